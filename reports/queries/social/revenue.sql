-- Orders and buyers are counted here over the whole period: their daily counts must not be added up. A week
-- without
-- a purchase brought 0; one whose purchases name no amount is not known.
select
    coalesce(currency, 'XXX') as currency,
    case
        when count(*) filter (where event_date >= $week_from) = 0
        then 0
        else sum(amount) filter (where event_date >= $week_from)
    end as revenue_week,
    case
        when count(*) filter (where event_date between $week_before_from and $week_before_through) = 0
        then 0
        else sum(amount) filter (where event_date between $week_before_from and $week_before_through)
    end as revenue_week_before,
    sum(amount) as revenue_month,
    count(*) as purchase_count,
    count(distinct order_id) as order_count,
    count(distinct user_id) as buyer_count,
    sum(quantity) as item_count,
    sum(amount) filter (where order_id is not null)::double
    / nullif(count(distinct order_id) filter (where amount is not null), 0) as average_order_amount
from social.fct_events
where event_type = 'purchase' and event_date between $month_from and $through_date
group by all
order by buyer_count desc, purchase_count desc, currency

-- Orders and buyers are counted here over the whole period: their daily counts must not be added up.
select
    coalesce(currency, 'XXX') as currency,
    sum(amount) filter (where event_date >= $week_from) as revenue_week,
    sum(amount) filter (
        where event_date between $week_before_from and $week_before_through
    ) as revenue_week_before,
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

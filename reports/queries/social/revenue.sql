-- Orders and buyers are counted here over the whole period: their daily counts must not be added up. A week
-- without
-- a purchase brought 0; one whose purchases name no amount is not known.
select
    coalesce(purchases.currency, 'XXX') as currency,
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
    -- At the rate of each day; amounts without a rate are not known, and said beside it.
    sum(cast(amount * rates.rate as decimal(38, 6))) as converted_month,
    (select max(converted_currency) from core.fct_exchange_rates) as converted_currency,
    count(amount) - count(amount * rates.rate) as unconverted_count,
    count(*) as purchase_count,
    count(distinct order_id) as order_count,
    count(distinct user_id) as buyer_count,
    sum(quantity) as item_count,
    sum(amount) filter (where order_id is not null)::double
    / nullif(count(distinct order_id) filter (where amount is not null), 0) as average_order_amount
from social.fct_events as purchases
left join
    core.fct_exchange_rates as rates
    on rates.currency = purchases.currency
    and rates.rate_date = purchases.event_date
where event_type = 'purchase' and event_date between $month_from and $through_date
group by all
order by buyer_count desc, purchase_count desc, currency

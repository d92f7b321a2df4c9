-- A day on which nothing was sold is 0; one of which no purchase names its amount is not known.
with
    spine as (select day as event_date from days_shown($month_from, $through_date, $first_date)),
    sold as (
        select event_date, currency, revenue_amount, order_count, purchase_count
        from social.agg_revenue_daily
        where event_date between $month_from and $through_date
    ),
    currencies as (select distinct currency from sold)
select
    event_date,
    currency,
    case when sold.purchase_count is null then 0 else sold.revenue_amount end as revenue_amount,
    coalesce(sold.order_count, 0) as order_count,
    coalesce(sold.purchase_count, 0) as purchase_count
from spine
cross join currencies
left join sold using (event_date, currency)
order by currency, event_date

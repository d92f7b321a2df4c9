-- At the rate of each day; amounts without a rate are not known, and counted beside it. A query of its own: without
-- rates, revenue is known all the same.
select
    coalesce(purchases.currency, 'XXX') as currency,
    sum(cast(purchases.amount * rates.rate as decimal(38, 6))) as converted_month,
    (select max(converted_currency) from core.fct_exchange_rates) as converted_currency,
    count(purchases.amount) - count(purchases.amount * rates.rate) as unconverted_count
from social.fct_events as purchases
left join
    core.fct_exchange_rates as rates
    on rates.currency = purchases.currency
    and rates.rate_date = purchases.event_date
where purchases.event_type = 'purchase' and purchases.event_date between $month_from and $through_date
group by all
order by currency

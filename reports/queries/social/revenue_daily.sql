select event_date, currency, revenue_amount, order_count, purchase_count
from social.agg_revenue_daily
where event_date between $month_from and $through_date
order by currency, event_date

-- The paths with the most purchases of each currency, as sessions show them; the currencies with the most first.
select path, currency, purchase_count, people_count, revenue_amount, purchase_share_ratio
from behavior.agg_conversion_paths
where timeframe = 'all_time' and path_source = 'observed'
qualify rank() over (partition by currency order by purchase_count desc) <= 5
order by sum(purchase_count) over (partition by currency) desc, currency, purchase_count desc, path
limit 60

select
    coalesce(model, 'not stated') as model,
    count(*) as request_count,
    sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens,
    sum(cache_write_5m_tokens) as cache_write_5m_tokens,
    sum(cache_write_1h_tokens) as cache_write_1h_tokens,
    sum(cache_read_tokens) as cache_read_tokens,
    sum(cost_usd) as cost_usd,
    sum(cost_usd) filter (where cost_source = 'reported') as reported_cost_usd,
    sum(cost_usd) filter (where cost_source = 'calculated') as calculated_cost_usd,
    count(*) filter (where is_price_missing) as price_missing_count
from conversations.fct_requests
where request_date between $month_from and $through_date
group by all
order by cost_usd desc nulls last, request_count desc, model

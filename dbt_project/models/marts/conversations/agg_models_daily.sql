select
    request_date as activity_date,
    coalesce(model, 'unknown') as model,
    count(*) as request_count,
    {% for kind in [
        "input_tokens",
        "output_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "cache_read_tokens",
        "total_tokens",
    ] -%}
        cast(sum({{ kind }}) as bigint) as {{ kind }},
    {% endfor -%}
    cast(sum(cost_usd) as decimal(38, 12)) as cost_usd,
    cast(sum(cost_calculated_usd) as decimal(38, 12)) as cost_calculated_usd,
    max(batch_id) as batch_id,
    max(loaded_at) as loaded_at
from {{ ref("fct_requests") }}
where request_date is not null
group by request_date, coalesce(model, 'unknown')

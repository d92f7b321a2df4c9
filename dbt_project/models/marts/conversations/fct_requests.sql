{{ config(materialized="view") }}

select
    request_key,
    request_id,
    message_id,
    conversation_id,
    agent_id,
    project,
    user_id,
    model,
    requested_at,
    {{ reporting_date("requested_at") }} as request_date,
    {{ reporting_hour_at("requested_at") }} as request_hour_at,
    input_tokens,
    output_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    cache_read_tokens,
    total_tokens,
    coalesce(cost_reported_usd, cost_calculated_usd) as cost_usd,
    cost_calculated_usd,
    case
        when cost_reported_usd is not null
        then 'reported'
        when cost_calculated_usd is not null
        then 'calculated'
    end as cost_source,
    price_key,
    price_key is null as is_price_missing,
    is_long_context,
    is_sidechain,
    deduplicated_by,
    copy_count,
    batch_id,
    loaded_at
from {{ ref("int_conversations__requests_priced") }}

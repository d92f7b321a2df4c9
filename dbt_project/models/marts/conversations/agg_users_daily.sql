select
    user_id,
    activity_date,
    cast(sum(created_count) as bigint) as conversation_count,
    count(distinct conversation_id) as active_conversation_count,
    cast(sum(message_count) as bigint) as message_count,
    cast(sum(request_count) as bigint) as request_count,
    cast(sum(total_tokens) as bigint) as total_tokens,
    cast(sum(cost_usd) as decimal(38, 12)) as cost_usd,
    {{ mean_response_seconds() }} as mean_response_seconds,
    cast(sum(active_micros) as double) / 1000000 as active_seconds,
    max(batch_id) as batch_id,
    max(loaded_at) as loaded_at
from {{ ref("int_conversations__activity_hourly") }}
where user_id is not null
group by user_id, activity_date

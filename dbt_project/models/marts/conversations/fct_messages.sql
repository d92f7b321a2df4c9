{{ config(materialized="view") }}

select
    message_key,
    conversation_id,
    user_id,
    source,
    message_id,
    role,
    sent_at,
    {{ reporting_date("sent_at") }} as message_date,
    {{ reporting_hour_at("sent_at") }} as message_hour_at,
    token_count,
    message_length,
    model,
    is_sidechain,
    tool_use_count,
    batch_id,
    loaded_at
from {{ ref("int_conversations__messages_merged") }}

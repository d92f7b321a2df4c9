{{ config(materialized="view") }}

select
    cast(activity_date as string) as date,
    conversation_count as total_conversations,
    message_count as total_messages,
    total_tokens,
    user_count as unique_users,
    mean_response_seconds as avg_response_time,
    loaded_at as created_at
from {{ ref("agg_conversations_daily") }}

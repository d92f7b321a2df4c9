{{ config(materialized="view") }}

select
    user_id,
    cast(activity_date as string) as date,
    conversation_count as conversations,
    message_count as messages,
    total_tokens as tokens,
    cast(round(active_seconds) as bigint) as session_duration
from {{ ref("agg_users_daily") }}

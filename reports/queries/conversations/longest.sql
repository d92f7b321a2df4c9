with
    ranked as (
        select *, rank() over (order by message_count desc) as place, count(*) over () as conversation_count
        from conversations.fct_conversations
        where conversation_date between $month_from and $through_date and message_count > 0
        qualify place <= 10
    )
select
    place,
    conversation_id,
    user_id,
    created_at,
    message_count,
    active_seconds,
    wall_seconds,
    total_tokens,
    cost_usd,
    engagement_score,
    conversation_count
from ranked
order by place, created_at, conversation_id
limit 25

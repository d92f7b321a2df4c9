with
    usage as (
        select
            user_id,
            sum(conversation_count) as conversation_count,
            sum(message_count) as message_count,
            sum(total_tokens) as total_tokens,
            sum(cost_usd) as cost_usd,
            sum(active_seconds) as active_seconds,
            count(*) as active_day_count
        from conversations.agg_users_daily
        where activity_date between $month_from and $through_date and user_id is not null
        group by user_id
    ),
    ranked as (
        select *, rank() over (order by message_count desc) as place, count(*) over () as person_count
        from usage
        qualify place <= 10
    ),
    responses as (
        select
            user_id, avg(response_seconds) as mean_response_seconds, count(response_seconds) as response_count
        from conversations.fct_turns
        where turn_date between $month_from and $through_date
        group by user_id
    )
select
    ranked.place,
    ranked.user_id,
    ranked.message_count,
    ranked.conversation_count,
    ranked.active_day_count,
    ranked.total_tokens,
    ranked.cost_usd,
    ranked.active_seconds,
    responses.mean_response_seconds,
    coalesce(responses.response_count, 0) as response_count,
    ranked.person_count
from ranked
left join responses using (user_id)
order by ranked.place, ranked.user_id
limit 25

with
    spine as (select day as activity_date from days_shown($month_from, $through_date, $first_date))
select
    spine.activity_date,
    coalesce(daily.conversation_count, 0) as conversation_count,
    coalesce(daily.active_conversation_count, 0) as active_conversation_count,
    coalesce(daily.message_count, 0) as message_count,
    coalesce(daily.user_count, 0) as user_count,
    coalesce(daily.input_tokens, 0) as input_tokens,
    coalesce(daily.output_tokens, 0) as output_tokens,
    coalesce(daily.cache_write_tokens, 0) as cache_write_tokens,
    coalesce(daily.cache_read_tokens, 0) as cache_read_tokens,
    coalesce(daily.total_tokens, 0) as total_tokens,
    -- Where no cost is known: without a token nothing was spent, and tokens without a price cost what nobody
    -- knows.
    coalesce(daily.cost_usd, case when coalesce(daily.total_tokens, 0) = 0 then 0 end) as cost_usd,
    daily.response_count,
    daily.p50_response_seconds,
    daily.p90_response_seconds,
    daily.p95_response_seconds,
    daily.error_count,
    daily.outcome_count,
    daily.error_rate_ratio
from spine
left join conversations.agg_conversations_daily as daily using (activity_date)
order by spine.activity_date

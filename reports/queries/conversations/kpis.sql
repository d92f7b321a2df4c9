with
    activity as (
        select
            coalesce(
                sum(conversation_count) filter (where activity_date >= $week_from), 0
            ) as conversations_week,
            coalesce(
                sum(conversation_count) filter (where activity_date <= $week_before_through), 0
            ) as conversations_week_before,
            coalesce(sum(message_count) filter (where activity_date >= $week_from), 0) as messages_week,
            coalesce(
                sum(message_count) filter (where activity_date <= $week_before_through), 0
            ) as messages_week_before,
            coalesce(sum(total_tokens) filter (where activity_date >= $week_from), 0) as tokens_week,
            coalesce(
                sum(total_tokens) filter (where activity_date <= $week_before_through), 0
            ) as tokens_week_before,
            -- Where no cost is known: without a token nothing was spent, and tokens without a price cost what
            -- nobody knows.
            coalesce(
                sum(cost_usd) filter (where activity_date >= $week_from), case when tokens_week = 0 then 0 end
            ) as cost_usd_week,
            coalesce(
                sum(cost_usd) filter (where activity_date <= $week_before_through),
                case when tokens_week_before = 0 then 0 end
            ) as cost_usd_week_before,
            -- A ratio is not averaged over days: sums are divided.
            sum(error_count) filter (where activity_date >= $week_from)
            / nullif(sum(outcome_count) filter (where activity_date >= $week_from), 0) as error_rate_week,
            sum(error_count) filter (where activity_date <= $week_before_through)
            / nullif(
                sum(outcome_count) filter (where activity_date <= $week_before_through), 0
            ) as error_rate_week_before,
            coalesce(sum(error_count) filter (where activity_date >= $week_from), 0) as errors_week,
            coalesce(sum(outcome_count) filter (where activity_date >= $week_from), 0) as outcomes_week
        from conversations.agg_conversations_daily
        where activity_date between $week_before_from and $through_date
    ),
    people as (
        select
            count(distinct user_id) filter (where activity_date >= $week_from) as active_users_week,
            count(distinct user_id) filter (
                where activity_date <= $week_before_through
            ) as active_users_week_before
        from conversations.agg_users_daily
        where activity_date between $week_before_from and $through_date
    ),
    responses as (
        select
            count(response_seconds) filter (where turn_date >= $week_from) as response_count,
            quantile_cont(response_seconds, 0.5) filter (where turn_date >= $week_from) as response_p50_week,
            quantile_cont(response_seconds, 0.5) filter (
                where turn_date <= $week_before_through
            ) as response_p50_week_before,
            quantile_cont(response_seconds, 0.9) filter (where turn_date >= $week_from) as response_p90_week,
            quantile_cont(response_seconds, 0.9) filter (
                where turn_date <= $week_before_through
            ) as response_p90_week_before,
            quantile_cont(response_seconds, 0.95) filter (where turn_date >= $week_from) as response_p95_week,
            quantile_cont(response_seconds, 0.95) filter (
                where turn_date <= $week_before_through
            ) as response_p95_week_before
        from conversations.fct_turns
        where turn_date between $week_before_from and $through_date
    )
select activity.*, people.*, responses.*
from activity, people, responses

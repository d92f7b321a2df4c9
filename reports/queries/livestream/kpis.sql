with
    days as (
        select
            *,
            case when activity_date >= $week_from then 'week' else 'before' end as period
        from livestream.agg_characters_daily
        where activity_date between $week_before_from and $through_date
    ),
    viewers as (
        select
            max(converted_currency) as converted_currency,
            coalesce(sum(interaction_count) filter (where period = 'week'), 0) as interactions_week,
            coalesce(sum(interaction_count) filter (where period = 'before'), 0) as interactions_week_before,
            sum(hours_watched) filter (where period = 'week') as hours_watched_week,
            sum(hours_watched) filter (where period = 'before') as hours_watched_week_before,
            sum(hours_watched) filter (where period = 'week')
            / nullif(sum(covered_seconds) filter (where period = 'week') / 3600, 0) as viewer_average_week,
            sum(hours_watched) filter (where period = 'before') / nullif(
                sum(covered_seconds) filter (where period = 'before') / 3600, 0
            ) as viewer_average_week_before,
            coalesce(sum(session_count) filter (where period = 'week'), 0) as sessions_week,
            coalesce(sum(session_count) filter (where period = 'before'), 0) as sessions_week_before,
            sum(interaction_count) filter (where period = 'week') / nullif(
                sum(hours_watched) filter (where period = 'week'), 0
            ) as interactions_per_viewer_hour_week,
            sum(interaction_count) filter (where period = 'before') / nullif(
                sum(hours_watched) filter (where period = 'before'), 0
            ) as interactions_per_viewer_hour_week_before,
            100
            * sum(error_count) filter (where period = 'week')
            / nullif(sum(interaction_count) filter (where period = 'week'), 0) as errors_per_100_week,
            100
            * sum(error_count) filter (where period = 'before')
            / nullif(sum(interaction_count) filter (where period = 'before'), 0) as errors_per_100_week_before
        from days
    ),
    people as (
        select
            count(distinct user_id) filter (where interaction_date >= $week_from) as people_week,
            count(distinct user_id) filter (
                where interaction_date <= $week_before_through
            ) as people_week_before,
            quantile_cont(response_seconds, 0.5) filter (
                where interaction_date >= $week_from
            ) as response_p50_week,
            quantile_cont(response_seconds, 0.5) filter (
                where interaction_date <= $week_before_through
            ) as response_p50_week_before,
            quantile_cont(response_seconds, 0.95) filter (
                where interaction_date >= $week_from
            ) as response_p95_week,
            quantile_cont(response_seconds, 0.95) filter (
                where interaction_date <= $week_before_through
            ) as response_p95_week_before
        from livestream.fct_interactions
        where interaction_date between $week_before_from and $through_date
    ),
    -- Also payments that a session's document counts without saying who paid; nothing paid is 0, payments without a rate
    -- are not known.
    revenue as (
        select
            coalesce(sum(super_chat_count) filter (where revenue_date >= $week_from), 0) as payments_week,
            coalesce(
                sum(super_chat_count) filter (where revenue_date <= $week_before_through), 0
            ) as payments_week_before,
            case
                when count(*) filter (where revenue_date >= $week_from) = 0
                then 0
                else sum(converted_amount) filter (where revenue_date >= $week_from)
            end as revenue_week,
            case
                when count(*) filter (where revenue_date <= $week_before_through) = 0
                then 0
                else sum(converted_amount) filter (where revenue_date <= $week_before_through)
            end as revenue_week_before,
            coalesce(
                sum(unconverted_super_chat_count) filter (where revenue_date >= $week_from), 0
            ) as unconverted_week
        from livestream.agg_revenue_daily
        where revenue_date between $week_before_from and $through_date
    ),
    paid as (
        select
            count(distinct user_id) filter (where paid_date >= $week_from) as payers_week,
            count(distinct user_id) filter (where paid_date <= $week_before_through) as payers_week_before,
            count(distinct case when payment_number > 1 then user_id end) filter (
                where paid_date >= $week_from
            ) / nullif(
                count(distinct user_id) filter (where paid_date >= $week_from), 0
            ) as repeat_payer_ratio_week,
            count(distinct case when payment_number > 1 then user_id end) filter (
                where paid_date <= $week_before_through
            ) / nullif(
                count(distinct user_id) filter (where paid_date <= $week_before_through), 0
            ) as repeat_payer_ratio_week_before
        from livestream.fct_super_chats
        where paid_date between $week_before_from and $through_date
    ),
    live as (select count(*) filter (where is_live) as live_sessions from livestream.fct_stream_sessions)
-- Where documents count interactions and payments without telling of whom, the people are not known: not 0.
select
    viewers.*,
    people.* replace (
        case when people_week > 0 or interactions_week = 0 then people_week end as people_week,
        case
            when people_week_before > 0 or interactions_week_before = 0 then people_week_before
        end as people_week_before
    ),
    revenue.*,
    paid.* replace (
        case when payers_week > 0 or payments_week = 0 then payers_week end as payers_week,
        case
            when payers_week_before > 0 or payments_week_before = 0 then payers_week_before
        end as payers_week_before
    ),
    live.*
from viewers, people, revenue, paid, live

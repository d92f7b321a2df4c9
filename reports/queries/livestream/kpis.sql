with
    days as (
        select
            *,
            case when activity_date >= $week_from then 'week' else 'before' end as period,
            hours_watched is not null and covered_seconds > 0 as has_viewers
        from livestream.agg_characters_daily
        where activity_date between $week_before_from and $through_date
    ),
    viewers as (
        select
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
    paid as (
        select
            max(converted_currency) as converted_currency,
            -- Nothing paid is 0; payments without a rate are not known.
            case
                when count(*) filter (where paid_date >= $week_from) = 0
                then 0
                else sum(converted_amount) filter (where paid_date >= $week_from)
            end as revenue_week,
            case
                when count(*) filter (where paid_date <= $week_before_through) = 0
                then 0
                else sum(converted_amount) filter (where paid_date <= $week_before_through)
            end as revenue_week_before,
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
            ) as repeat_payer_ratio_week_before,
            count(*) filter (where paid_date >= $week_from and is_rate_missing) as unconverted_week
        from livestream.fct_super_chats
        where paid_date between $week_before_from and $through_date
    ),
    live as (select count(*) filter (where is_live) as live_sessions from livestream.fct_stream_sessions)
select viewers.*, people.*, paid.*, live.*
from viewers, people, paid, live

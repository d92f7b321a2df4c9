with
    active_days as (
        select distinct user_id, event_date
        from social.fct_events
        where event_date between $month_before_from and $through_date and user_id is not null
    ),
    people as (
        select
            count(*) filter (where event_date = $through_date) as active_users_day,
            count(*) filter (where event_date = $day_before) as active_users_day_before,
            count(distinct user_id) filter (where event_date >= $week_from) as active_users_week,
            count(distinct user_id) filter (
                where event_date between $week_before_from and $week_before_through
            ) as active_users_week_before,
            count(distinct user_id) filter (where event_date >= $month_from) as active_users_month,
            count(distinct user_id) filter (
                where event_date <= $month_before_through
            ) as active_users_month_before,
            count(*) filter (where event_date >= $month_from) as user_days_month,
            count(*) filter (where event_date <= $month_before_through) as user_days_month_before
        from active_days
    ),
    activity as (
        select
            coalesce(sum(event_count) filter (where event_date >= $week_from), 0) as events_week,
            coalesce(
                sum(event_count) filter (where event_date <= $week_before_through), 0
            ) as events_week_before,
            coalesce(sum(new_user_count) filter (where event_date >= $week_from), 0) as new_users_week,
            coalesce(
                sum(new_user_count) filter (where event_date <= $week_before_through), 0
            ) as new_users_week_before
        from social.agg_activity_daily
        where event_date between $week_before_from and $through_date
    ),
    late as (
        select
            sum(late_event_count) filter (where event_date >= $week_from)
            / nullif(sum(event_count) filter (where event_date >= $week_from), 0) as late_share_week,
            sum(late_event_count) filter (where event_date <= $week_before_through) / nullif(
                sum(event_count) filter (where event_date <= $week_before_through), 0
            ) as late_share_week_before
        from social.agg_events_daily
        where event_date between $week_before_from and $through_date
    ),
    sessions as (
        select
            count(*) filter (where session_date >= $week_from) as sessions_week,
            count(*) filter (where session_date <= $week_before_through) as sessions_week_before,
            quantile_cont(duration_seconds, 0.5) filter (
                where session_date >= $week_from
            ) as session_seconds_week,
            quantile_cont(duration_seconds, 0.5) filter (
                where session_date <= $week_before_through
            ) as session_seconds_week_before
        from social.fct_sessions
        where session_date between $week_before_from and $through_date
    )
select
    people.* exclude (user_days_month, user_days_month_before),
    user_days_month / least(30, $days_covered) / nullif(active_users_month, 0) as stickiness_month,
    user_days_month_before / 30 / nullif(active_users_month_before, 0) as stickiness_month_before,
    activity.*,
    late.*,
    sessions.*
from people, activity, late, sessions

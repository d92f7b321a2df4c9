with
    spine as (select day as event_date from days_shown($month_from, $through_date, $first_date)),
    active_days as (
        select distinct user_id, event_date
        from social.fct_events
        where event_date between $rolling_from and $through_date and user_id is not null
    ),
    weekly as (
        select spine.event_date, count(distinct active_days.user_id) as weekly_user_count
        from spine
        left join active_days on active_days.event_date between spine.event_date - 6 and spine.event_date
        group by spine.event_date
    )
select
    spine.event_date,
    coalesce(daily.event_count, 0) as event_count,
    coalesce(daily.user_count, 0) as user_count,
    coalesce(daily.session_count, 0) as session_count,
    coalesce(daily.new_user_count, 0) as new_user_count,
    -- Seven days that the data does not cover yet would read as growth.
    case when spine.event_date >= $first_date::date + 6 then weekly.weekly_user_count end as weekly_user_count
from spine
join weekly using (event_date)
left join social.agg_activity_daily as daily using (event_date)
order by spine.event_date

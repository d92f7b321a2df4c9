with
    spine as (select day as session_date from days_shown($month_from, $through_date, $first_date)),
    days as (
        select
            session_date,
            count(*) as session_count,
            quantile_cont(duration_seconds, 0.5) as median_seconds,
            quantile_cont(duration_seconds, 0.9) as p90_seconds,
            avg(event_count) as mean_event_count
        from social.fct_sessions
        where session_date between $month_from and $through_date
        group by session_date
    )
select
    session_date, coalesce(session_count, 0) as session_count, median_seconds, p90_seconds, mean_event_count
from spine
left join days using (session_date)
order by session_date

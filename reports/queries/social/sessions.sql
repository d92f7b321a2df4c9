select
    session_date,
    count(*) as session_count,
    quantile_cont(duration_seconds, 0.5) as median_seconds,
    quantile_cont(duration_seconds, 0.9) as p90_seconds,
    avg(event_count) as mean_event_count
from social.fct_sessions
where session_date between $month_from and $through_date
group by session_date
order by session_date

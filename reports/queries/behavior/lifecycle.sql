-- The last 30 intervals of each lifecycle that have ended; who went dormant counts below the line.
select
    lifecycle_name,
    interval,
    interval_date,
    state,
    people_count,
    case when state = 'dormant' then - people_count else people_count end as signed_count,
    list_position(['new', 'returning', 'resurrecting', 'dormant'], state) as place
from behavior.agg_lifecycle
where is_mature
qualify dense_rank() over (partition by lifecycle_name order by interval_date desc) <= 30
order by lifecycle_name, interval_date, place

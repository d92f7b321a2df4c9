-- The newest period of each stickiness that has ended.
select
    stickiness_name,
    interval,
    period,
    period_date,
    active_interval_count,
    people_count,
    active_people_count,
    people_share_ratio
from behavior.agg_stickiness
where is_mature
qualify dense_rank() over (partition by stickiness_name order by period_date desc) = 1
order by stickiness_name, active_interval_count

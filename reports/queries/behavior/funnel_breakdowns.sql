-- The first step and the last required one, by the breakdown's values with the most people of each funnel.
with
    last_steps as (
        select funnel_name, max(step) as step
        from behavior.agg_funnels
        where not is_optional
        group by funnel_name
    )
select
    s.funnel_name,
    s.breakdown_value,
    s.entered_count as started_count,
    f.converted_count,
    f.conversion_from_first_ratio,
    f.median_seconds_from_first,
    f.p90_seconds_from_first
from behavior.agg_funnels as s
inner join last_steps as l on l.funnel_name = s.funnel_name
inner join
    behavior.agg_funnels as f
    on f.funnel_name = s.funnel_name
    and f.timeframe = s.timeframe
    and f.breakdown_value = s.breakdown_value
    and f.step = l.step
where s.timeframe = 'all_time' and s.step = 1 and s.breakdown_value <> '(all)'
qualify row_number() over (partition by s.funnel_name order by s.entered_count desc, s.breakdown_value) <= 10
order by s.funnel_name, s.entered_count desc, s.breakdown_value
limit 60

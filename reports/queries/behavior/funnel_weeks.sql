-- Conversion from the first to the last required step by the week of entry; weeks whose window is open are left out.
with
    last_steps as (
        select funnel_name, max(step) as step
        from behavior.agg_funnels
        where not is_optional
        group by funnel_name
    )
select
    f.funnel_name,
    f.period_date,
    -- who converts, and out of how many who started
    f.converted_count,
    s.entered_count as started_count,
    f.conversion_from_first_ratio
from behavior.agg_funnels as f
inner join last_steps as l on l.funnel_name = f.funnel_name and l.step = f.step
inner join
    behavior.agg_funnels as s
    on s.funnel_name = f.funnel_name
    and s.timeframe = f.timeframe
    and s.period_date = f.period_date
    and s.breakdown_value = f.breakdown_value
    and s.step = 1
where f.timeframe = 'week' and f.breakdown_value = '(all)' and f.is_mature
order by f.funnel_name, f.period_date

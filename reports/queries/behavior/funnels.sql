-- All who entered so far, each with their deepest attempt.
select
    funnel_name,
    unit,
    step,
    case
        when mode <> 'unordered' then step_event
        when step = 1 then 'any step'
        else 'any ' || step || ' steps'
    end as step_name,
    is_optional,
    entered_count,
    converted_count,
    dropped_count,
    conversion_from_previous_ratio,
    conversion_from_first_ratio,
    median_seconds_from_previous,
    p90_seconds_from_previous,
    is_mature
from behavior.agg_funnels
where timeframe = 'all_time' and breakdown_value = '(all)'
order by funnel_name, step

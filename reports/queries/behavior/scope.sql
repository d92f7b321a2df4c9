-- The last completed day on which anyone entered a funnel or a cohort.
with
    days as (
        select entry_date as day, loaded_at from behavior.fct_funnel_attempts
        union all
        select interval_date as day, loaded_at from behavior.agg_lifecycle where state <> 'dormant'
    )
select
    min(day) as first_date,
    coalesce(max(day) filter (where day < $today), max(day) filter (where day = $today), max(day)) as through_date,
    max(loaded_at) as loaded_at
from days

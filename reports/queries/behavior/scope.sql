-- The last completed day on which anyone entered a funnel or was active in a lifecycle; where neither is defined, the
-- weeks in which sessions began.
with
    days as (
        select entry_date as day, loaded_at from behavior.fct_funnel_attempts
        union all
        select interval_date as day, loaded_at from behavior.agg_lifecycle where state <> 'dormant'
    ),
    found as (
        select
            min(day) as first_date,
            coalesce(max(day) filter (where day < $today), max(day) filter (where day = $today), max(day)) as through_date,
            max(loaded_at) as loaded_at
        from days
    ),
    weeks as (
        select
            min(period_date) as first_date,
            least(max(period_date) + 6, greatest(min(period_date), $today::date - 1)) as through_date,
            max(loaded_at) as loaded_at
        from behavior.agg_journeys
        where timeframe = 'week'
    )
select
    coalesce(f.first_date, w.first_date) as first_date,
    coalesce(f.through_date, w.through_date) as through_date,
    greatest(f.loaded_at, w.loaded_at) as loaded_at
from found as f
cross join weeks as w

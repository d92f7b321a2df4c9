-- Four whole weeks, divided by the hours that existed: a day of 23 or 25 hours neither lowers nor lifts its
-- cells.
with
    existing as (
        select isodow(date) as weekday, hour_of_day, count(*) as hour_count
        from core.dim_hours
        where date between greatest($rhythm_from, $first_date) and $through_date
        group by all
    ),
    happened as (
        select isodow(event_date) as weekday, hour_of_day, sum(event_count) as event_count
        from social.agg_events_hourly
        where event_date between $rhythm_from and $through_date
        group by all
    )
select
    existing.weekday,
    existing.hour_of_day,
    coalesce(happened.event_count, 0) as event_count,
    existing.hour_count,
    coalesce(happened.event_count, 0) / existing.hour_count as events_per_hour
from existing
left join happened using (weekday, hour_of_day)
order by existing.weekday, existing.hour_of_day

-- Guards against a clock change that makes a date lose or gain an hour in the calendar, or leaves a gap
-- between dates.
{{ config(meta={"dagster": {"ref": {"name": "dim_dates"}}}) }}
select d.date, d.hours_in_day, h.hour_count
from (select *, lead(started_at) over (order by date) as next_started_at from {{ ref("dim_dates") }}) as d
left join
    (select date, count(*) as hour_count from {{ ref("dim_hours") }} group by date) as h on h.date = d.date
where
    h.hour_count is null
    or h.hour_count <> ceil(d.hours_in_day)
    or (d.next_started_at is not null and d.next_started_at <> d.ended_at)

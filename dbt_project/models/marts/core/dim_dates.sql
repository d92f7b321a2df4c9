with
    dates as (
        select
            date,
            min(hour_at) as started_at,
            {{ reporting_midnight_at("cast(date + interval '1 day' as date)") }} as ended_at,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("dim_hours") }}
        group by date
    )

select
    date,
    started_at,
    ended_at,
    {{ seconds_between("started_at", "ended_at") }} / 3600 as hours_in_day,
    cast(extract(year from date) as bigint) as year,
    cast(extract(quarter from date) as bigint) as quarter,
    cast(extract(month from date) as bigint) as month,
    cast(extract(day from date) as bigint) as day_of_month,
    {{ iso_weekday("date") }} as iso_weekday,
    {{ iso_weekday("date") }} >= 6 as is_weekend,
    cast(extract(week from date) as bigint) as iso_week,
    -- an ISO week belongs to the year of its Thursday
    cast(extract(year from cast(date_trunc('week', date) as date) + interval '3 days') as bigint) as iso_year,
    cast(date_trunc('week', date) as date) as week_started_on,
    cast(date_trunc('month', date) as date) as month_started_on,
    batch_id,
    loaded_at
from dates

{#- Hours are found by walking in steps that no zone's clock change divides. -#}
{%- set step = "1 hour" if reporting_timezone() == "UTC" else "15 minutes" %}

with
    span as (
        select
            min(date) as first_date,
            max(date) as last_date,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ active_dates() }} as active
    ),
    steps as (
        select
            {{
                explode_series(
                    reporting_midnight_at("first_date"),
                    add_seconds(reporting_midnight_at("cast(last_date + interval '1 day' as date)"), -1),
                    step,
                )
            }} as step_at, batch_id, loaded_at
        from span
        where first_date is not null
    ),
    hours as (
        select
            {{ reporting_hour_at("step_at") }} as hour_at,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from steps
        group by {{ reporting_hour_at("step_at") }}
    ),
    labelled as (
        select
            hour_at,
            {{ reporting_date("hour_at") }} as date,
            cast(extract(hour from {{ reporting_time("hour_at") }}) as bigint) as hour_of_day,
            batch_id,
            loaded_at
        from hours
    )

select
    hour_at,
    date,
    hour_of_day,
    count(*) over (partition by date, hour_of_day) > 1 as is_repeated_hour,
    batch_id,
    loaded_at
from labelled

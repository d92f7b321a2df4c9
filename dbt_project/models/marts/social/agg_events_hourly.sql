{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["hour_at", "event_type"],
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{%- set activity = ref("int_social__activity_grouped") %}
{%- set since = last_batch_id(ref("stg_social__events")) %}

select
    event_hour_at as hour_at,
    event_date,
    cast(extract(hour from {{ reporting_time("event_hour_at") }}) as bigint) as hour_of_day,
    event_type,
    {{ activity_measures() }},
    {{ newest_batch_id(activity) }} as batch_id,
    max(loaded_at) as loaded_at
from {{ activity }}
{% if is_incremental() %}
    where event_hour_at in (select distinct event_hour_at from {{ activity }} where batch_id > {{ since }})
{% endif %}
group by event_hour_at, event_date, event_type

{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["event_date", "event_type"],
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{%- set activity = ref("int_social__activity_grouped") %}
{%- set since = last_batch_id(ref("stg_social__events")) %}

select
    event_date,
    event_type,
    {{ activity_measures() }},
    cast(sum(late_event_count) as bigint) as late_event_count,
    {{ newest_batch_id(activity) }} as batch_id,
    max(loaded_at) as loaded_at
from {{ activity }}
{% if is_incremental() %}
    where event_date in (select distinct event_date from {{ activity }} where batch_id > {{ since }})
{% endif %}
group by event_date, event_type

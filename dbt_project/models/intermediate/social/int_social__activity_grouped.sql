{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["event_hour_at", "user_key"],
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{#- The unit of recomputation is one person's hour: late rows touch many hours but few people's hours. -#}
{%- set events = ref("fct_events") %}
{%- set since = last_batch_id(ref("stg_social__events")) %}

with
    {% if is_incremental() %}
        touched as (select distinct event_hour_at, user_id from {{ events }} where batch_id > {{ since }}),
    {% endif %}
    grouped as (
        select
            e.event_hour_at,
            event_date,
            event_type,
            coalesce(schema_version, '1.0.0') as schema_version,
            e.user_id,
            session_key,
            count(*) as event_count,
            count(*) filter (where is_late) as late_event_count,
            max(loaded_at) as loaded_at
        from {{ events }} as e
        {% if is_incremental() %}
            inner join
                touched as t on t.event_hour_at = e.event_hour_at and t.user_id is not distinct from e.user_id
        {% endif %}
        group by all
    )

select
    event_hour_at,
    event_date,
    event_type,
    schema_version,
    user_id,
    -- -1 stands for no person, so that the row can be found again by an equality
    coalesce({{ counting_key("user_id") }}, -1) as user_key,
    {{ counting_key("session_key") }} as session_number,
    event_count,
    late_event_count,
    {{ newest_batch_id(events) }} as batch_id,
    loaded_at
from grouped

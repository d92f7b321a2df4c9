{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_livestream__events')) }}",
            "{{ delete_changed_sessions() }}",
        ],
    )
}}

{%- set staged = ref("stg_livestream__events") %}
{%- set sessions = ref("int_livestream__sessions_resolved") %}
{%- set since = last_batch_id(staged) %}

select
    e.event_id,
    e.session_id,
    s.account_id,
    s.character_id,
    e.event_type as kind,
    e.error_type,
    e.error_message,
    e.component,
    e.occurred_at as happened_at,
    e.event_date as fault_date,
    e.is_late,
    {{ newest_batch_id(sessions) }} as batch_id,
    e.loaded_at
from {{ staged }} as e
inner join {{ sessions }} as s on s.session_id = e.session_id
where
    e.event_type in ('error', 'reconnect') {% if is_incremental() %} and s.batch_id > {{ since }} {% endif %}

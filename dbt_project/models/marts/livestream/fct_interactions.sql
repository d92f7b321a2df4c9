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
    e.interaction_id,
    e.session_id,
    s.account_id,
    s.character_id,
    e.user_id,
    e.occurred_at as interacted_at,
    e.event_date as interaction_date,
    e.super_chat_amount,
    case when e.super_chat_amount > 0 then coalesce(e.currency, {{ default_currency() }}) end as currency,
    e.response_seconds,
    e.emotion,
    e.is_late,
    {{ newest_batch_id(sessions) }} as batch_id,
    e.loaded_at
from {{ staged }} as e
inner join {{ sessions }} as s on s.session_id = e.session_id
where e.event_type = 'interaction' {% if is_incremental() %} and s.batch_id > {{ since }} {% endif %}

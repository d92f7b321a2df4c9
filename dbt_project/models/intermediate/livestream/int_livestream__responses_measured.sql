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

{%- set interactions = ref("fct_interactions") %}
{%- set sessions = ref("int_livestream__sessions_resolved") %}
{%- set since = last_batch_id(ref("stg_livestream__events")) %}
{%- set summarised %}
    (
        select *
        from {{ sessions }}
        where interaction_count = 0 and response_times is not null and batch_id > {{ since }}
    )
{%- endset %}

select
    session_id,
    account_id,
    character_id,
    interaction_date as response_date,
    response_seconds,
    false as is_reconstructed,
    {{ newest_batch_id(sessions) }} as batch_id
from {{ interactions }}
where response_seconds is not null and session_id in {{ changed_sessions(since) }}
union all
-- A document's response times have no moment: they count on the date of the start.
select
    session_id,
    account_id,
    character_id,
    {{ reporting_date("started_at") }} as response_date,
    {{ response_seconds("value") }} as response_seconds,
    true as is_reconstructed,
    {{ newest_batch_id(sessions) }} as batch_id
from
    {{
        exploded_numbers(
            summarised,
            ["session_id", "account_id", "character_id", "started_at"],
            "response_times",
        )
    }} as exploded
where value > 0

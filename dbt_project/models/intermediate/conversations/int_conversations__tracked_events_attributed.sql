{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="event_id",
        pre_hook="{{ clear_if_displaced(ref('stg_conversations__events')) }}",
    )
}}

{#- Producers name the person on some events of a conversation only; the others belong to the first one named. -#}
{%- set events = ref("stg_conversations__events") %}
{%- set since = last_batch_id(events) %}

with
    affected as (
        select *
        from {{ events }} as e
        {% if is_incremental() %}
            where e.batch_id > {{ since }} or e.conversation_id in {{ changed_tracked_conversations(since) }}
        {% endif %}
    ),
    owners as (
        select conversation_id, min_by(user_id, concat(cast(occurred_at as string), ' ', user_id)) as user_id
        from affected
        where conversation_id is not null and user_id is not null
        group by conversation_id
    )

select
    e.event_id,
    e.conversation_id,
    coalesce(e.user_id, o.user_id) as user_id,
    e.event_type,
    e.occurred_at,
    e.message_id,
    e.role,
    e.token_count,
    e.message_length,
    e.tokens,
    e.token_type,
    e.displaced_batch_id,
    {{ newest_batch_id(events) }} as batch_id,
    e.loaded_at
from affected as e
left join owners as o on o.conversation_id = e.conversation_id

{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_conversations() }}",
    )
}}
-- depends_on: {{ ref('stg_conversations__transcript_lines') }}, {{ ref('stg_conversations__events') }}
{%- set lines = ref("int_conversations__lines_deduplicated") %}
{%- set events = ref("int_conversations__tracked_events_attributed") %}

with
    said as (
        select
            'transcript' as source,
            conversation_id,
            user_id,
            line_identity as said_id,
            message_key,
            occurred_at,
            is_person_typed as is_prompt,
            loaded_at
        from {{ lines }} as l
        where
            -- Sub-agents answer the main agent, not the person.
            (l.is_person_typed or (l.is_assistant and not l.is_sidechain))
            and l.occurred_at is not null
            and l.conversation_id is not null
            {% if is_incremental() %}
                and l.conversation_id
                in {{ changed_transcript_conversations(last_batch_id_of("transcript")) }}
            {% endif %}
        union all
        select
            'tracked' as source,
            conversation_id,
            user_id,
            event_id as said_id,
            event_id as message_key,
            occurred_at,
            role = 'user' as is_prompt,
            loaded_at
        from {{ events }} as e
        where
            e.event_type = 'message_sent'
            and e.role in ('user', 'assistant')
            and e.conversation_id is not null
            {% if is_incremental() %}
                and e.conversation_id in {{ changed_tracked_conversations(last_batch_id_of("tracked")) }}
            {% endif %}
    ),
    numbered as (
        select
            *,
            sum(case when is_prompt then 1 else 0 end) over (
                partition by source, conversation_id
                order by occurred_at, is_prompt desc, said_id
                rows unbounded preceding
            ) as turn_number
        from said
    ),
    turns as (
        select
            source,
            conversation_id,
            max(case when is_prompt then said_id end) as prompt_id,
            max(case when is_prompt then user_id end) as user_id,
            min(case when is_prompt then occurred_at end) as prompted_at,
            min(case when not is_prompt then occurred_at end) as first_response_at,
            max(case when not is_prompt then occurred_at end) as last_response_at,
            count(distinct case when not is_prompt then message_key end) as assistant_message_count,
            max(loaded_at) as loaded_at
        from numbered
        where turn_number > 0
        group by source, conversation_id, turn_number
    )

select
    {{ surrogate_key(["source", "prompt_id"]) }} as turn_key,
    conversation_id,
    user_id,
    source,
    prompted_at,
    first_response_at,
    last_response_at,
    {{ unix_micros("first_response_at") }} - {{ unix_micros("prompted_at") }} as response_micros,
    {{ unix_micros("last_response_at") }} - {{ unix_micros("prompted_at") }} as turn_micros,
    assistant_message_count,
    case
        when source = 'tracked' then {{ newest_batch_id(events) }} else {{ newest_batch_id(lines) }}
    end as batch_id,
    loaded_at
from turns

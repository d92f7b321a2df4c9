{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_messages() }}",
    )
}}
-- depends_on: {{ ref('stg_conversations__transcript_lines') }}, {{ ref('stg_conversations__events') }}
{%- set lines = ref("int_conversations__lines_deduplicated") %}
{%- set requests = ref("int_conversations__requests_deduplicated") %}
{%- set events = ref("int_conversations__tracked_events_attributed") %}

with
    message_lines as (
        select
            l.*,
            r.conversation_id as request_conversation_id,
            r.output_tokens,
            r.is_sidechain as is_sidechain_request,
            row_number() over (
                partition by l.message_key
                order by l.occurred_at nulls last, l.conversation_id nulls last, l.line_identity
            ) as line_rank
        from {{ lines }} as l
        left join {{ requests }} as r on r.request_key = l.message_key
        where
            -- What a person or an agent asked and what was answered; not what the client wrote in between.
            (
                l.is_assistant
                or (
                    l.line_type = 'user'
                    and not (l.is_meta or l.is_tool_result or l.is_machine_text or l.is_compact_summary)
                )
            )
            and not coalesce(r.is_replay, false)
            {% if is_incremental() %}
                and l.message_key in {{ changed_messages(last_batch_id_of("transcript")) }}
            {% endif %}
    ),
    transcript_messages as (
        select
            message_key,
            max(
                case when line_rank = 1 then coalesce(request_conversation_id, conversation_id) end
            ) as conversation_id,
            max(case when line_rank = 1 then user_id end) as user_id,
            'transcript' as source,
            max(case when line_rank = 1 then message_id end) as message_id,
            max(case when is_assistant then 'assistant' else 'user' end) as role,
            min(occurred_at) as sent_at,
            max(output_tokens) as token_count,
            cast(sum(text_length) as bigint) as message_length,
            max(case when line_rank = 1 then model end) as model,
            bool_and(coalesce(is_sidechain_request, is_sidechain)) as is_sidechain,
            cast(sum(tool_use_count) as bigint) as tool_use_count,
            {{ newest_batch_id(lines) }} as batch_id,
            max(loaded_at) as loaded_at
        from message_lines
        group by message_key
    ),
    tracked_messages as (
        select
            {{ surrogate_key(["'tracked'", "event_id"]) }} as message_key,
            conversation_id,
            user_id,
            'tracked' as source,
            message_id,
            role,
            occurred_at as sent_at,
            token_count,
            message_length,
            cast(null as string) as model,
            false as is_sidechain,
            cast(null as bigint) as tool_use_count,
            batch_id,
            loaded_at
        from {{ events }}
        where
            event_type = 'message_sent'
            {% if is_incremental() %} and batch_id > {{ last_batch_id_of("tracked") }} {% endif %}
    )

select *
from transcript_messages
union all
select *
from tracked_messages

{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_conversations(by_source=false) }}",
    )
}}
-- depends_on: {{ ref('stg_conversations__transcript_lines') }}, {{ ref('stg_conversations__events') }}
{%- set lines = ref("int_conversations__lines_deduplicated") %}
{%- set events = ref("int_conversations__tracked_events_attributed") %}

with
    moments as (
        select
            'transcript' as source,
            conversation_id,
            user_id,
            project,
            occurred_at,
            line_identity as moment_id,
            is_error,
            is_assistant or is_tool_result or is_error as is_outcome,
            loaded_at
        from {{ lines }} as l
        where
            l.occurred_at is not null and l.conversation_id is not null
            {% if is_incremental() %} and l.conversation_id in {{ changed_conversations() }} {% endif %}
        union all
        select
            'tracked' as source,
            conversation_id,
            user_id,
            cast(null as string) as project,
            occurred_at,
            event_id as moment_id,
            event_type = 'error' as is_error,
            event_type in ('message_sent', 'error') as is_outcome,
            loaded_at
        from {{ events }} as e
        where
            e.conversation_id is not null
            {% if is_incremental() %} and e.conversation_id in {{ changed_conversations() }} {% endif %}
    ),
    -- Where both sources tell of a conversation, its time passes once: a gap ends at the next moment of
    -- either.
    gaps as (
        select
            *,
            {{
                unix_micros(
                    "lead(occurred_at) over (partition by conversation_id order by occurred_at, moment_id)"
                )
            }} - {{ unix_micros("occurred_at") }} as gap_micros
        from moments
    )

select
    conversation_id,
    source,
    user_id,
    project,
    {{ reporting_hour_at("occurred_at") }} as hour_at,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at,
    -- A longer silence is not work; a gap counts in the hour in which it starts.
    cast(
        sum(least(coalesce(gap_micros, 0), {{ var("active_gap_cap_seconds") }} * 1000000)) as bigint
    ) as active_micros,
    count(case when is_error then 1 end) as error_count,
    -- What may turn out to be an error: answers, results of tools, tracked messages.
    count(case when is_outcome then 1 end) as outcome_count,
    case
        when source = 'tracked' then {{ newest_batch_id(events) }} else {{ newest_batch_id(lines) }}
    end as batch_id,
    max(loaded_at) as loaded_at
from gaps
group by conversation_id, source, user_id, project, {{ reporting_hour_at("occurred_at") }}

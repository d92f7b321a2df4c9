{{ config(materialized="incremental", incremental_strategy="delete+insert", unique_key="line_identity") }}

{%- set lines = ref("stg_conversations__transcript_lines") %}

with
    copies as (
        select
            *,
            row_number() over (
                partition by line_identity
                -- Of a session that lies in two folders all counts in one: keys differ by line.
                order by
                    is_forked_copy,
                    is_sidechain,
                    occurred_at nulls last,
                    conversation_id,
                    user_id,
                    project,
                    line_key
            ) as copy_rank,
            max(loaded_at) over (partition by line_identity) as newest_loaded_at
        from {{ lines }} as l
        {% if is_incremental() %}
            where
                l.line_identity
                in (select n.line_identity from {{ lines }} as n where n.batch_id > {{ last_batch_id() }})
        {% endif %}
    )

select
    line_identity,
    conversation_id,
    user_id,
    project,
    agent_id,
    line_type,
    role,
    occurred_at,
    {{ line_message_key() }} as message_key,
    message_id,
    model,
    is_assistant,
    is_person_typed,
    is_sidechain,
    is_meta,
    is_tool_result,
    is_machine_text,
    is_compact_summary,
    is_error,
    tool_use_count,
    text_length,
    text,
    {{ newest_batch_id(lines) }} as batch_id,
    newest_loaded_at as loaded_at
from copies
where copy_rank = 1

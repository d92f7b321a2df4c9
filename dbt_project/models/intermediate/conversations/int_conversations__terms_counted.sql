{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_conversations() }}",
    )
}}
-- depends_on: {{ ref('stg_conversations__transcript_lines') }}, {{ ref('stg_conversations__events') }}
{#- Words of three letters or more that people and assistants wrote; empty where the text is not kept. -#}
{%- set lines = ref("int_conversations__lines_deduplicated") %}
{%- set words_per_conversation = 100 %}
{#- The client wraps what was typed: <command-name>/clear</command-name>, <bash-input>ls</bash-input>. -#}
{%- set typed = without_matches("l.text", "</?[a-z]+([-_][a-z]+)+>") %}

with
    words as (
        select l.conversation_id, {{ words_of(typed) }} as term, l.loaded_at
        from {{ lines }} as l
        where
            l.text is not null
            and l.conversation_id is not null
            and not (l.is_meta or l.is_tool_result or l.is_machine_text or l.is_compact_summary)
            -- What the client puts in the place of an answer: an error of the API, No response requested.
            and l.model is distinct from '<synthetic>'
            {% if is_incremental() %}
                and l.conversation_id
                in {{ changed_transcript_conversations(last_batch_id_of("transcript")) }}
            {% endif %}
    ),
    counted as (
        select conversation_id, term, count(*) as term_count, max(loaded_at) as loaded_at
        from words
        where
            length(term) between 3 and 40
            and term not in (select s.term from {{ ref("conversations_stopwords") }} as s)
        group by conversation_id, term
    )

select
    conversation_id,
    'transcript' as source,
    term,
    term_count,
    {{ newest_batch_id(lines) }} as batch_id,
    loaded_at
from counted
qualify
    row_number() over (partition by conversation_id order by term_count desc, term)
    <= {{ words_per_conversation }}

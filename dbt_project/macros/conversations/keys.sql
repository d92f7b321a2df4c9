{#
    Conversations: names, keys and what changed.

    price_list_model(model)    the price list's name of a model, from the many spellings that transcripts hold:
                               'us.anthropic.claude-opus-4-1-20250805-v1:0', 'anthropic/claude-opus-4.1',
                               'claude-opus-4-1@20250805', 'claude-opus-4-1-20250805[1m]' and 'claude-4.1-opus' are all
                               'claude-opus-4-1'
    is_regional_model(model)   BOOLEAN, never NULL: whether Bedrock keeps the model's requests inside a part of the
                               world, for which newer models cost more. Anthropic itself tells it of each request
    five_minute_tokens(prefix) BIGINT: tokens written to the five-minute cache. What the split of cache writes leaves open,
                               or all where there is no split, is the default of five minutes
    speaker(role)              who speaks in a tracked message: frameworks call the user human and the assistant ai or model
    token_kind(type)           input or output: providers call them prompt and completion, with _tokens or without
    last_batch_id_of(sources)  BIGINT literal: the highest batch_id that {% raw %}{{ this }}{% endraw %} holds of rows of one `source`
                               ('tracked' or 'transcript'), whose staging models count their batches apart; 0 for both
                               when a tracked event was displaced since (the model's pre_hook then empties it)
#}
{% macro price_list_model(model) -%}
    {#- No escapes in the patterns: engines differ in them. -#}
    {%- set patterns = [
        "^.*/",
        "^([a-z-]+[.])*anthropic[.]",
        "^(anthropic|databricks)[:-]+",
        "[[][0-9a-z]+[]]",
        ":[0-9a-z:.]+",
        "[@-](20[0-9]{6}|latest|default)",
        "-thinking$",
        "-v[0-9]+$",
    ] -%}
    {%- set state = namespace(sql="lower(" ~ model ~ ")") -%}
    {%- for pattern in patterns -%}
        {%- set state.sql = without_first_match(state.sql, pattern) -%}
    {%- endfor -%}
    {%- set name = without_first_match("replace(" ~ state.sql ~ ", '.', '-')", "-0$") -%}
    {#- From its fourth generation on the family stands before the version; resellers keep the older order. -#}
    {%- set older = "^claude-([4-9](-[0-9])?)-(opus|sonnet|haiku)" -%}
    {%- set version = first_match(name, older, 1) -%}
    {%- set family = first_match(name, older, 3) -%}
    {{
        return(
            "case when "
            ~ family
            ~ " <> '' then concat('claude-', "
            ~ family
            ~ ", '-', "
            ~ version
            ~ ", "
            ~ without_first_match(name, older)
            ~ ") else "
            ~ name
            ~ " end"
        )
    }}
{%- endmacro %}

{% macro is_regional_model(model) -%}
    {%- set found = [] -%}
    {%- for region in ["us", "eu", "jp", "au"] -%}
        {%- do found.append("lower(" ~ model ~ ") like '%" ~ region ~ ".anthropic.%'") -%}
    {%- endfor -%}
    {{ return("coalesce(" ~ found | join(" or ") ~ ", false)") }}
{%- endmacro %}

{% macro five_minute_tokens(prefix="") -%}
    greatest(
        coalesce({{ prefix }}cache_write_5m_tokens, 0),
        coalesce({{ prefix }}cache_creation_tokens, 0) - coalesce({{ prefix }}cache_write_1h_tokens, 0),
        0
    )
{%- endmacro %}

{% macro speaker(role) -%}
    case
        when lower({{ role }}) = 'human'
        then 'user'
        when lower({{ role }}) in ('ai', 'model')
        then 'assistant'
        else nullif(lower({{ role }}), '')
    end
{%- endmacro %}

{% macro token_kind(type) -%}
    case
        when lower({{ type }}) in ('input', 'input_tokens', 'prompt', 'prompt_tokens')
        then 'input'
        when lower({{ type }}) in ('output', 'output_tokens', 'completion', 'completion_tokens')
        then 'output'
        else nullif({{ type }}, '')
    end
{%- endmacro %}

{% macro last_batch_id_of(source) -%}
    {%- if execute and is_incremental() and not is_event_displaced() -%}
        {{ return(_held_batch_id(source) | string) }}
    {%- endif -%}
    {{ return("0") }}
{%- endmacro %}

{#
    Whether a tracked event took the place of another since the model last ran; the model then starts anew. Not where it
    holds no tracked events, as none can have lost its place there.
#}
{% macro is_event_displaced() -%}
    {%- set last = _held_batch_id("tracked") -%}
    {{ return(last > 0 and _is_displaced(ref("stg_conversations__events"), last)) }}
{%- endmacro %}

{% macro _held_batch_id(source) -%}
    {%- set held = "select coalesce(max(batch_id), 0) from " ~ this ~ " where source = '" ~ source ~ "'" -%}
    {{ return(_scalar(held) | int) }}
{%- endmacro %}

{#
    Subqueries of one column, conversation_id: the conversations whose figures may have changed since a batch. A line
    is counted in one of the conversations that hold a copy of it; a new copy may move it, so all of them change.
#}
{% macro changed_transcript_conversations(since) -%}
    (
        select distinct c.conversation_id
        from {{ ref("stg_conversations__transcript_lines") }} as c
        where
            c.line_identity in (
                select n.line_identity
                from {{ ref("stg_conversations__transcript_lines") }} as n
                where n.batch_id > {{ since }}
            )
            or c.request_id is not null
            and c.message_id in (
                select n.message_id
                from {{ ref("stg_conversations__transcript_lines") }} as n
                where
                    n.batch_id > {{ since }}
                    and n.message_id is not null
                    and n.request_id is not null
                    and n.is_usage
            )
    )
{%- endmacro %}

{% macro changed_tracked_conversations(since) -%}
    (
        select distinct n.conversation_id
        from {{ ref("stg_conversations__events") }} as n
        where n.batch_id > {{ since }} and n.conversation_id is not null
    )
{%- endmacro %}

{# Those of either source, for a model that computes both together. #}
{% macro changed_conversations() -%}
    (
        select t.conversation_id
        from {{ changed_transcript_conversations(last_batch_id_of("transcript")) }} as t
        union
        select e.conversation_id
        from {{ changed_tracked_conversations(last_batch_id_of("tracked")) }} as e
    )
{%- endmacro %}

{#
    For pre_hook of a model with rows by conversation and source: deletes the rows of all conversations that the model
    is about to recompute, also of those that will have no row any more.
#}
{% macro delete_changed_conversations(by_source=true) -%}
    {%- if execute and is_incremental() and is_event_displaced() -%} delete from {{ this }}
    {%- elif execute and is_incremental() and not by_source -%}
        delete from {{ this }} where conversation_id in {{ changed_conversations() }}
    {%- elif execute and is_incremental() -%}
        delete from {{ this }}
        where
            source = 'transcript'
            and conversation_id in {{ changed_transcript_conversations(last_batch_id_of("transcript")) }}
            or source = 'tracked'
            and conversation_id in {{ changed_tracked_conversations(last_batch_id_of("tracked")) }}
    {%- endif -%}
{%- endmacro %}

{#
    Subquery of one column, message_key: the transcripts' messages whose lines or whose request changed. A new copy may
    take a line away from the message that another copy of it made.
#}
{% macro changed_messages(since) -%}
    (
        select l.message_key
        from {{ ref("int_conversations__lines_deduplicated") }} as l
        where l.batch_id > {{ since }}
        union
        select r.request_key
        from {{ ref("int_conversations__requests_deduplicated") }} as r
        where r.batch_id > {{ since }}
        union
        select c.request_key
        from {{ ref("stg_conversations__transcript_lines") }} as c
        where
            c.request_key is not null
            and c.line_identity in (
                select n.line_identity
                from {{ ref("stg_conversations__transcript_lines") }} as n
                where n.batch_id > {{ since }}
            )
    )
{%- endmacro %}

{# For pre_hook: deletes the messages that are recomputed, also of requests that turned out to be replays. #}
{% macro delete_changed_messages() -%}
    {%- if execute and is_incremental() and is_event_displaced() -%} delete from {{ this }}
    {%- elif execute and is_incremental() -%}
        delete from {{ this }}
        where
            source = 'transcript'
            and message_key in {{ changed_messages(last_batch_id_of("transcript")) }}
            or source = 'tracked'
            and message_key in (
                select {{ surrogate_key(["'tracked'", "e.event_id"]) }}
                from {{ ref("int_conversations__tracked_events_attributed") }} as e
                where e.batch_id > {{ last_batch_id_of("tracked") }}
            )
    {%- endif -%}
{%- endmacro %}

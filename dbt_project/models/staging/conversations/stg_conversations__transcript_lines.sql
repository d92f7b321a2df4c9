{{ config(materialized="incremental", incremental_strategy="append") }}

{%- set columns = [
    "path_id",
    "project",
    "file_session_id",
    "agent_id",
    "type",
    "subtype",
    "uuid",
    "session_id",
    "timestamp",
    "is_sidechain",
    "is_meta",
    "is_compact_summary",
    "is_api_error_message",
    "is_forked_copy",
    "role",
    "message_id",
    "request_id",
    "model",
    "speed",
    "inference_geo",
    "has_usage",
    "input_tokens",
    "output_tokens",
    "cache_creation_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "other_attempts",
    "cost_usd",
    "is_tool_result",
    "is_machine_text",
    "tool_use_count",
    "text_length",
    "is_error",
    "line_hash",
    "text",
] %}
{%- set loads = source("raw_conversations", "_dlt_loads") %}

with
    arrivals as (select * from {{ new_raw_rows("raw_conversations", "transcript_lines", columns) }} as a),
    -- A file that was truncated or replaced is read again whole, under a new file_id. Its lines are
    -- known by the folder, the path, the text and how often the text stood in the file before: "keep
    -- every row" must not count a second reading, nor lose a line that a file really holds twice.
    occurrences as (
        select distinct
            r.file_id,
            r.line_number,
            dense_rank() over (partition by r.file_id, r.line_hash order by r.line_number) as occurrence
        from {{ source("raw_conversations", "transcript_lines") }} as r
        inner join {{ loads }} as l on r._dlt_load_id = l.load_id and l.status = 0
        where r.file_id in (select a.file_id from arrivals as a)
    ),
    roots as (
        select f.file_id, max(f.root) as root
        from {{ source("raw_conversations", "files") }} as f
        where f.file_id in (select a.file_id from arrivals as a)
        group by f.file_id
    ),
    identified as (
        select
            a.*,
            r.root,
            o.occurrence,
            {{ surrogate_key(["r.root", "a.path_id", "a.line_hash", "o.occurrence"]) }} as line_key
        from arrivals as a
        inner join occurrences as o on o.file_id = a.file_id and o.line_number = a.line_number
        left join roots as r on r.file_id = a.file_id
    ),
    source as (
        select *
        from identified as i
        {% if is_incremental() %}
            where not exists (select 1 from {{ this }} as t where t.line_key = i.line_key)
        {% endif %}
        qualify
            row_number() over (
                partition by i.line_key order by i.loaded_at, i.load_id, i.file_id, i.line_number
            )
            = 1
    ),
    renamed as (
        select
            -- ids
            line_key,
            -- Copies of a line in resumed and forked files keep its uuid. A line that has none, such as
            -- one of a queue, is known by its text in its session, which may lie in two folders; not a
            -- request without message id.
            case
                when uuid is not null
                then {{ surrogate_key(["uuid"]) }}
                when session_id is null or timestamp is null or has_usage and message_id is null
                then line_key
                else {{ surrogate_key(["'text'", "session_id", "line_hash", "occurrence"]) }}
            end as line_identity,
            coalesce(session_id, file_session_id) as conversation_id,
            concat('claude-', substr(replace(root, 'claude/', ''), 1, 12)) as user_id,
            project,
            agent_id,
            message_id,
            request_id,
            -- kind and time
            coalesce(type, role) as line_type,
            subtype,
            coalesce(role, type) as role,
            timestamp as occurred_at,
            coalesce(role, type, case when has_usage then 'assistant' end) = 'assistant' as is_assistant,
            coalesce(
                coalesce(type, role) = 'user'
                and not (is_sidechain or is_meta or is_tool_result or is_compact_summary or is_machine_text),
                false
            ) as is_person_typed,
            is_sidechain,
            is_meta,
            is_tool_result,
            is_compact_summary,
            is_machine_text,
            is_forked_copy,
            is_error,
            -- usage
            case
                when speed = 'fast' and model is not null then concat(model, '-fast') else model
            end as model,
            {{ price_list_model("model") }} as price_list_model,
            speed = 'fast' as is_fast,
            coalesce(inference_geo = 'us', false) or {{ is_regional_model("model") }} as is_regional,
            -- '<synthetic>' answers are the client's own: they carry no tokens and were never requested.
            (
                has_usage
                and coalesce(role, type, 'assistant') = 'assistant'
                or coalesce(type = 'progress', false)
                and output_tokens is not null
            )
            and model is distinct from '<synthetic>' as is_usage,
            coalesce(input_tokens, 0) as input_tokens,
            coalesce(output_tokens, 0) as output_tokens,
            coalesce(cache_creation_tokens, 0) as cache_creation_tokens,
            {{ five_minute_tokens() }} as cache_write_5m_tokens,
            coalesce(cache_write_1h_tokens, 0) as cache_write_1h_tokens,
            coalesce(cache_read_tokens, 0) as cache_read_tokens,
            other_attempts,
            cost_usd,
            -- content
            tool_use_count,
            text_length,
            text,
            -- arrival
            load_id,
            file_id,
            line_number,
            {{ next_batch_id() }} as batch_id,
            loaded_at
        from source
    )

select
    *,
    input_tokens
    + output_tokens
    + cache_write_5m_tokens
    + cache_write_1h_tokens
    + cache_read_tokens as total_tokens,
    -- Copies of one request share this key: (1) message and request id across all files; (2) without a
    -- request id only inside the session and with the same prompt side (cache writes as one: not all
    -- copies split them, and not all add them up), because one relay gives every answer the same id;
    -- (3) without a message id every line stands for itself.
    case
        when not is_usage
        then null
        when message_id is null
        then {{ surrogate_key(["'line'", "line_key"]) }}
        when request_id is not null
        then {{ surrogate_key(["'request'", "message_id", "request_id"]) }}
        else
            {{
                surrogate_key(
                    [
                        "'session'",
                        "conversation_id",
                        "message_id",
                        "input_tokens",
                        "cache_write_5m_tokens + cache_write_1h_tokens",
                        "cache_read_tokens",
                    ]
                )
            }}
    end as request_key,
    case
        when not is_usage
        then null
        when message_id is null
        then 'line'
        when request_id is not null
        then 'request'
        else 'session'
    end as deduplicated_by
from renamed

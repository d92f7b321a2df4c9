create table raw_conversations._dlt_loads as
select load_id, 'conversations' as schema_name, status, inserted_at, schema_version_hash, n
from raw_social._dlt_loads;

create table raw_conversations.events as
select
    'c' || l.n || '-' || i as event_id, true as has_event_id,
    ['conversation_created', 'message_sent', 'token_usage', 'user_activity'][1 + i % 4] as type,
    date_trunc('hour', l.inserted_at::timestamp) - to_seconds(i) as "timestamp",
    'chat' || l.n as conversation_id, 'u' || (i % 3) as user_id, '{"role": "user"}' as data,
    'events' || l.n as file_id, i + 1 as line_number, l.load_id as _dlt_load_id
from raw_conversations._dlt_loads l, range(20) t(i);

-- Each session: 120 prompts, each answered ten seconds later.
create table raw_conversations.transcript_lines as
select
    'path' as path_id, 'project' as project, 'session' || l.n as file_session_id, null::varchar as agent_id,
    case when i % 2 = 0 then 'user' else 'assistant' end as type, 'uuid' || l.n || '-' || i as uuid,
    'uuid' || l.n || '-' || (i - 1) as parent_uuid, 'session' || l.n as session_id,
    date_trunc('hour', l.inserted_at::timestamp) - interval 2 hour + to_seconds(10 * i) as "timestamp",
    false as is_sidechain, false as is_meta, case when i % 2 = 0 then 'user' else 'assistant' end as role,
    case when i % 2 = 1 then 'm' || l.n || '-' || i end as message_id,
    case when i % 2 = 1 then 'r' || l.n || '-' || i end as request_id,
    case when i % 2 = 1 then 'model-a' end as model,
    case when i % 2 = 1 then 100::bigint end as input_tokens, case when i % 2 = 1 then 50::bigint end as output_tokens,
    case when i % 2 = 1 then 20::bigint end as cache_creation_tokens,
    case when i % 2 = 1 then 20::bigint end as cache_write_5m_tokens,
    case when i % 2 = 1 then 0::bigint end as cache_write_1h_tokens,
    case when i % 2 = 1 then 5::bigint end as cache_read_tokens,
    null::decimal(24, 12) as cost_usd, i % 2 = 1 and i < 239 as has_usage,
    -- The usage of the answer after it.
    case when i = 237 then '[{"place": 1}]' end as other_attempts, false as is_tool_result, '["Read"]' as tool_names,
    1::bigint as tool_use_count, 10::bigint as text_length, false as is_error, '2.0.0' as client_version,
    null::varchar as "text", 'lines' || l.n as file_id, i + 1 as line_number, l.load_id as _dlt_load_id
from raw_conversations._dlt_loads l, range(240) t(i);

create table raw_conversations.rejects as
select * replace ('conversations' as source, 'events' || substr(file_id, 5) as file_id) from raw_social.rejects;

create table raw_conversations.reject_replays as from raw_social.reject_replays limit 0;

create table raw_conversations.files as
select
    * replace (
        'events' || n as file_id, 23::bigint as lines_read, 20::bigint as rows_loaded
    )
from (select f.*, l.n from raw_social.files f join raw_social._dlt_loads l on l.load_id = f._dlt_load_id)
union all
select
    * replace (
        'lines' || n as file_id, 'transcript_lines' as resource, 240::bigint as lines_read,
        240::bigint as rows_loaded, 0::bigint as rows_rejected, 0::bigint as rows_blank
    )
from (select f.*, l.n from raw_social.files f join raw_social._dlt_loads l on l.load_id = f._dlt_load_id);

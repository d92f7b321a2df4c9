-- Sessions of two characters, one a day and character: from start to end an hour, a sample a minute.
create schema if not exists raw_livestream;

create table raw_livestream._dlt_loads as
select
    (1700000000 + n) || '.7' as load_id, 'livestream' as schema_name, 0::bigint as status,
    date_trunc('day', now()) - interval 12 hour - to_days((getvariable('days') - 1 - n)::int) as inserted_at,
    'v1' as schema_version_hash, n
from range(getvariable('days')) t(n);

create table raw_livestream.events as
with shapes as (
    select
        l.n, l.load_id, character, i,
        'stream-' || character || '-' || l.n as session_id,
        l.inserted_at::timestamp - interval 2 hour as started_at,
        case
            when i = 0 then 'session_start' when i = 1 then 'session_end' when i < 62 then 'viewer_sample'
            when i < 122 then 'interaction' when i = 122 then 'error' else 'reconnect'
        end as type
    from raw_livestream._dlt_loads l, (values ('ada'), ('bob')) c(character), range(124) t(i)
)
select
    type || '-' || session_id || '-' || i as event_id, true as has_event_id, false as is_document, type,
    'account' as account_id, character as character_id, session_id, null::varchar as video_id,
    started_at + case type
        when 'session_start' then interval 0 second when 'session_end' then interval 1 hour
        when 'viewer_sample' then to_seconds((i - 2) * 60) when 'interaction' then to_seconds((i - 62) * 60 + 30)
        else interval 10 minute
    end as "timestamp",
    null::timestamp as ended_at,
    case when type = 'interaction' then 'i' || i end as interaction_id,
    case when type = 'interaction' then 'fan' || i % 20 end as user_id,
    case when type = 'interaction' and i % 10 = 0 then 5::decimal(18, 6) end as super_chat_amount,
    case when type = 'interaction' and i % 10 = 0 then ['EUR', 'USD'][1 + i // 10 % 2] end as currency,
    case when type = 'interaction' and i % 3 > 0 then 800.0::double + i end as response_time,
    case when type = 'interaction' then 'joy' end as emotion,
    case when type = 'viewer_sample' then 100::bigint + i end as viewer_count,
    case when type = 'error' then 'timeout' end as error_type,
    case when type = 'error' then 'no answer from [redacted]' end as error_message,
    case when type in ('error', 'reconnect') then 'voice' end as component,
    json_object('sessionId', session_id)::varchar as data, null::varchar as extra,
    'stream-file' || n as file_id, (case when character = 'ada' then 0 else 124 end) + i + 1 as line_number,
    load_id as _dlt_load_id
from shapes;

create table raw_livestream.rejects as
select
    'r' || n as reject_id, 'livestream' as source, 'events' as resource, n || '.jsonl' as file,
    249::bigint as line_number, 'invalid_json' as reason_code, 'the line is no JSON' as reason_text,
    '{"type": ' as raw_text, inserted_at::timestamp as rejected_at, 'stream-file' || n as file_id,
    load_id as _dlt_load_id
from raw_livestream._dlt_loads;

create table raw_livestream.files as
select
    'stream-file' || n as file_id, 'events' as resource, n || '.jsonl' as file, 'root' as root, 'jsonl' as format,
    1::bigint as generation, 0::bigint as start_offset, 1000::bigint as end_offset, 1000::bigint as size_bytes,
    0::bigint as modified_ns, 0::bigint as changed_ns, 1::bigint as inode, sha256('s' || n) as content_sha256,
    249::bigint as lines_read, 248::bigint as rows_loaded, 1::bigint as rows_rejected, 0::bigint as rows_blank,
    0::bigint as rows_pending, 'loaded' as status, inserted_at::timestamp as loaded_at, load_id as _dlt_load_id
from raw_livestream._dlt_loads;

create table raw_livestream.reject_replays (
    reject_id varchar, outcome varchar, reason_code varchar, replayed_at timestamp, _dlt_load_id varchar
);


create schema if not exists raw_fx;

create table raw_fx._dlt_loads as
select * replace ((1700000000 + n) || '.8' as load_id, 'fx' as schema_name) from raw_livestream._dlt_loads;

create table raw_fx.rates as
select
    sha256('rate' || n || i) as rate_id, inserted_at::date - i::int as rate_date,
    '{"USD":"1.25"}' as rates, 'fx-file' || n as file_id, i + 2 as line_number, load_id as _dlt_load_id
from raw_fx._dlt_loads, range(30) t(i);

create table raw_fx.rejects as
select
    'r' || n as reject_id, 'fx' as source, 'rates' as resource, n || '.csv' as file, 32::bigint as line_number,
    'wrong_column_count' as reason_code, 'too few' as reason_text, 'bad' as raw_text,
    inserted_at::timestamp as rejected_at, 'fx-file' || n as file_id, load_id as _dlt_load_id
from raw_fx._dlt_loads;

create table raw_fx.files as
select
    f.* replace (
        replace(f.file_id, 'stream', 'fx') as file_id, 'rates' as resource, replace(f.file, 'jsonl', 'csv') as file,
        'csv' as format, 31::bigint as lines_read, 30::bigint as rows_loaded,
        replace(f._dlt_load_id, '.7', '.8') as _dlt_load_id
    )
from raw_livestream.files f;

create table raw_fx.reject_replays as from raw_livestream.reject_replays;

create table raw_fx.collections as
select
    'collection' || n as collection_id, 'rates' as resource, null::varchar as account_id, s.state as status,
    inserted_at::timestamp - interval 2 minute as started_at,
    case when s.state = 'succeeded' then inserted_at::timestamp - interval 1 minute end as ended_at,
    1::bigint as requests, 0::bigint as retries, 30::bigint as "rows", 0::bigint as points, null::varchar as error,
    inserted_at::timestamp - case when s.state = 'succeeded' then interval 1 minute else interval 2 minute end as recorded_at,
    'states' || n as file_id, case when s.state = 'succeeded' then 2 else 1 end as line_number, load_id as _dlt_load_id
from raw_fx._dlt_loads, (values ('running'), ('succeeded')) as s(state);

insert into raw_fx.files by name
select
    * replace (
        replace(file_id, 'fx-file', 'states') as file_id, 'collections' as resource, 2::bigint as lines_read,
        2::bigint as rows_loaded, 0::bigint as rows_rejected
    )
from raw_fx.files;

-- One load a day at noon, the newest yesterday: its time of day does not depend on when the tests run.
create table raw_social._dlt_loads as
select
    (1700000000 + n) || '.5' as load_id, 'social' as schema_name, 0::bigint as status,
    date_trunc('day', now()) - interval 12 hour - to_days((getvariable('days') - 1 - n)::int) as inserted_at,
    'v1' as schema_version_hash, n
from range(getvariable('days')) t(n);

create table raw_social.events as
select
    'e' || l.n || '-' || i as event_id,
    true as has_event_id,
    ['view', 'engagement', 'purchase', 'stream', 'session'][1 + i % 5] as event_type,
    'u' || (i % 150) as user_id,
    's' || (i % 150) || '-' || l.n as session_id,
    date_trunc('hour', l.inserted_at::timestamp) - to_seconds(i) as "timestamp",
    case i % 3 when 0 then null when 1 then '1.0.0' else '1.1.0' end as schema_version,
    'ios' as platform,
    sha256('agent' || i % 9) as user_agent_hash,
    sha256('address' || i % 9) as ip_address_hash,
    'key1' as pii_key_id,
    json_object('contentType', 'post', 'contentId', 'post-' || i % 7, 'appVersion', '2.1.0.14')::varchar as data,
    null::varchar as extra,
    'file' || l.n as file_id,
    i + 1 as line_number,
    l.load_id as _dlt_load_id
from raw_social._dlt_loads l, range(300) t(i);

-- The last load repeats three events.
insert into raw_social.events
select e.* replace ('file' || (getvariable('days') - 1) as file_id, 400 + e.line_number as line_number, l.load_id as _dlt_load_id)
from raw_social.events e, raw_social._dlt_loads l
where e.file_id = 'file0' and e.line_number <= 3 and l.n = getvariable('days') - 1;

create table raw_social.rejects as
select
    'r' || n as reject_id, 'social' as source, 'events' as resource, n || '.jsonl' as file, 301::bigint as line_number,
    'invalid_json' as reason_code, 'The line is not JSON.' as reason_text, '{"eventType": ' as raw_text,
    inserted_at::timestamp as rejected_at, 'file' || n as file_id, load_id as _dlt_load_id
from raw_social._dlt_loads;

create table raw_social.files as
select
    'file' || n as file_id, 'events' as resource, n || '.jsonl' as file, 'root' as root, 'jsonl' as format,
    1::bigint as generation, 0::bigint as start_offset, 1000::bigint as end_offset, 1000::bigint as size_bytes,
    0::bigint as modified_ns, 0::bigint as changed_ns, 1::bigint as inode, sha256('c' || n) as content_sha256,
    303 + repeated as lines_read, 300 + repeated as rows_loaded, 1::bigint as rows_rejected, 2::bigint as rows_blank,
    0::bigint as rows_pending, 'loaded' as status, inserted_at::timestamp as loaded_at, load_id as _dlt_load_id
from (select *, case when n = getvariable('days') - 1 then 3 else 0 end as repeated from raw_social._dlt_loads);

-- A load that was killed after its copy: its rows do not count.
insert into raw_social.events
select * replace ('killed' as _dlt_load_id) from raw_social.events where file_id = 'file0' and line_number < 10;

create table raw_social.reject_replays (
    reject_id varchar, outcome varchar, reason_code varchar, replayed_at timestamp, _dlt_load_id varchar
);

-- One reject was taken in again after a fix; the ledger still counts its line as rejected.
insert into raw_social.reject_replays
select 'r0', 'loaded', null, inserted_at::timestamp, load_id from raw_social._dlt_loads where n = getvariable('days') - 1;
insert into raw_social.events
select e.* replace ('replayed' as event_id, 301 as line_number, p._dlt_load_id as _dlt_load_id)
from raw_social.events e, raw_social.reject_replays p
where e.file_id = 'file0' and e.line_number = 1 and e._dlt_load_id <> 'killed';

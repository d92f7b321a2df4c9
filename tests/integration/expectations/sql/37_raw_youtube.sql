-- A fetch of a stream and twenty messages a load, one of them paid; the last two of an archive.
create schema raw_youtube;

create table raw_youtube._dlt_loads as select * replace ('youtube' as schema_name) from raw_social._dlt_loads;

create table raw_youtube.videos as
select
    'videos-' || n as collection_id, null::varchar as account_id, inserted_at::timestamp - interval 1 hour as collected_at,
    'abcdefghij' || n % 10 as video_id, 'UC1' as channel_id, 'Live' as title, 'chat' || n as live_chat_id,
    null::timestamp as scheduled_start_at, inserted_at::timestamp - interval 3 hour as actual_start_at,
    null::timestamp as actual_end_at, 5::bigint as concurrent_viewers, null::varchar as extra, 'videos' || n as file_id,
    1::bigint as line_number, load_id as _dlt_load_id
from raw_youtube._dlt_loads;

create table raw_youtube.chat_messages as
select
    case when i < 18 then 'chat_messages-' || n end as collection_id, case when i < 18 then 'UC1' end as account_id,
    case when i < 18 then inserted_at::timestamp - interval 1 hour end as collected_at, 'm' || n || '-' || i as message_id,
    'chat' || n as live_chat_id, 'abcdefghij' || n % 10 as video_id,
    case when i % 10 = 0 then 'superChatEvent' else 'textMessageEvent' end as type, sha256('author' || i) as author_hash,
    'key1' as pii_key_id, inserted_at::timestamp - interval 2 hour + to_seconds(i) as published_at,
    case when i % 10 = 0 then 5000000::bigint end as amount_micros, case when i % 10 = 0 then 'EUR' end as currency,
    case when i % 10 = 0 then 5::decimal(18, 6) end as amount, case when i % 10 = 0 then 2::bigint end as tier,
    null::varchar as "text", 3::bigint as text_length, null::varchar as deleted_message_id, false as is_member,
    case when i < 18 then 'api' else 'archive' end as origin, null::varchar as details,
    'chat_messages' || n as file_id, i + 1 as line_number, load_id as _dlt_load_id
from raw_youtube._dlt_loads, range(20) as r(i);

create table raw_youtube.collections as
select
    resource || '-' || n as collection_id, resource, null::varchar as account_id, s.status,
    inserted_at::timestamp - interval 2 hour as started_at,
    case when s.status <> 'running' then inserted_at::timestamp - interval 1 hour end as ended_at, 2::bigint as requests,
    0::bigint as retries, 2::bigint as "rows", 6::bigint as points, null::varchar as error,
    inserted_at::timestamp - interval 1 hour as recorded_at, 'collections' || n as file_id,
    row_number() over (partition by n) as line_number, load_id as _dlt_load_id
from raw_youtube._dlt_loads, (values ('running'), ('succeeded')) as s(status), (values ('videos'), ('chat_messages')) as r(resource);

create table raw_youtube.rejects as
select * replace ('youtube' as source, 'chat_messages' as resource, 'chat_messages' || substr(file_id, 5) as file_id)
from raw_social.rejects;

create table raw_youtube.reject_replays as from raw_social.reject_replays limit 0;

create table raw_youtube.files as
select
    f.* replace (
        r.resource || l.n as file_id, r.resource as resource, loaded + rejected + blank as lines_read, loaded as rows_loaded,
        rejected as rows_rejected, blank as rows_blank
    )
from raw_social.files as f
join raw_social._dlt_loads as l on l.load_id = f._dlt_load_id
cross join (
    values ('videos', 1::bigint, 0::bigint, 0::bigint), ('chat_messages', 20, 1, 2), ('collections', 4, 0, 0)
) as r(resource, loaded, rejected, blank);

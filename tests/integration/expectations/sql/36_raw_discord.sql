-- A reading a load: messages that are there, one that was taken away.
create schema raw_discord;

create table raw_discord._dlt_loads as select * replace ('discord' as schema_name) from raw_social._dlt_loads;

create table raw_discord.messages as
select
    'messages-' || n as collection_id, '2001' as account_id, inserted_at::timestamp - interval 1 hour as collected_at,
    (1000 * n + place)::varchar as message_id, '2001' as channel_id, case when place < 30 then '9' end as guild_id,
    case when place < 30 then sha256('author' || n) end as author_hash, case when place < 30 then 'key1' end as pii_key_id,
    null::varchar as author_twitch_id, case when place < 30 then false end as is_bot,
    case when place < 30 then inserted_at::timestamp - interval 2 hour end as sent_at, null::timestamp as edited_at,
    case when place < 30 then '[{"clip_id":"Clip-1001","url":"https://'
        || case when place = 1 then 'go.twitch.tv/name/clip' else 'clips.twitch.tv' end || '/Clip-1001"}]' end as clip_links,
    case
        when place < 30
        then '[{"emoji_id":null,"emoji_name":"🔥","is_animated":false,"normal_count":2,"burst_count":1}]'
    end as reactions,
    place = 30 as is_gone, 'messages' || n as file_id, place::bigint as line_number, load_id as _dlt_load_id
from raw_discord._dlt_loads, range(1, 31) as p(place);

create table raw_discord.collections as
select
    'messages-' || n as collection_id, 'messages' as resource, '2001' as account_id, s.status,
    inserted_at::timestamp - interval 2 hour as started_at,
    case when s.status <> 'running' then inserted_at::timestamp - interval 1 hour end as ended_at, 2::bigint as requests,
    0::bigint as retries, 2::bigint as "rows", 2::bigint as points, null::varchar as error,
    inserted_at::timestamp - interval 1 hour as recorded_at, 'collections' || n as file_id,
    row_number() over (partition by n) as line_number, load_id as _dlt_load_id
from raw_discord._dlt_loads, (values ('running'), ('succeeded')) as s(status);

create table raw_discord.rejects as
select * replace ('discord' as source, 'messages' as resource, 'messages' || substr(file_id, 5) as file_id)
from raw_social.rejects;

create table raw_discord.reject_replays as from raw_social.reject_replays limit 0;

create table raw_discord.files as
select
    f.* replace (
        r.resource || l.n as file_id, r.resource as resource, loaded + rejected + blank as lines_read, loaded as rows_loaded,
        rejected as rows_rejected, blank as rows_blank
    )
from raw_social.files as f
join raw_social._dlt_loads as l on l.load_id = f._dlt_load_id
cross join (values ('messages', 30::bigint, 1::bigint, 2::bigint), ('collections', 2, 0, 0)) as r(resource, loaded, rejected, blank);

-- A collection a load and table: two channels, one of them live, one video, one clip that is there and one that is gone.
create schema raw_twitch;

create table raw_twitch._dlt_loads as select * replace ('twitch' as schema_name) from raw_social._dlt_loads;

create temp table answers as
select n, load_id, inserted_at::timestamp - interval 1 hour as collected_at, account_id
from raw_twitch._dlt_loads, (values ('1001'), ('1002')) as a(account_id);

create table raw_twitch.users as
select
    'users-' || n as collection_id, account_id, collected_at, account_id as user_id, 'name' || account_id as login,
    'Name' as display_name, '' as type, 'partner' as broadcaster_type, '' as description,
    timestamp '2020-01-01' as created_at, '{"offline_image_url": ""}' as extra,
    'users' || n as file_id, account_id::bigint - 1000 as line_number, load_id as _dlt_load_id
from answers;

create table raw_twitch.channels as
select
    'channels-' || n as collection_id, account_id, collected_at, account_id as broadcaster_id,
    'name' || account_id as broadcaster_login, 'Name' as broadcaster_name, 'en' as broadcaster_language,
    '509658' as game_id, 'Just Chatting' as game_name, 'Live' as title, 0::bigint as delay, '[]' as tags,
    '[]' as content_classification_labels, false as is_branded_content, null::varchar as extra,
    'channels' || n as file_id, account_id::bigint - 1000 as line_number, load_id as _dlt_load_id
from answers;

create table raw_twitch.followers as
select
    'followers-' || n as collection_id, account_id, collected_at, account_id as broadcaster_id,
    1000 + n as total, null::varchar as extra,
    'followers' || n as file_id, account_id::bigint - 1000 as line_number, load_id as _dlt_load_id
from answers;

create table raw_twitch.subscriptions as
select
    'subscriptions-' || n as collection_id, account_id, collected_at, account_id as broadcaster_id, 12::bigint as total,
    20::bigint as points, 8::bigint as tier1_count, 3::bigint as tier2_count, 1::bigint as tier3_count,
    2::bigint as gift_count, true as is_complete, null::varchar as extra,
    'subscriptions' || n as file_id, 1::bigint as line_number, load_id as _dlt_load_id
from answers where account_id = '1001';

create table raw_twitch.streams as
select
    'streams-' || n as collection_id, account_id, collected_at, 's' || n as stream_id, account_id as user_id,
    'name' || account_id as user_login, 'Name' as user_name, '509658' as game_id, 'Just Chatting' as game_name,
    'live' as type, 'Live' as title, 100 + n as viewer_count, collected_at - interval 1 hour as started_at,
    'en' as language, '[]' as tags, false as is_mature, null::varchar as extra,
    'streams' || n as file_id, 1::bigint as line_number, load_id as _dlt_load_id
from answers where account_id = '1001';

create table raw_twitch.stream_polls as
select
    'streams-' || n as collection_id, null::varchar as account_id, collected_at,
    '["1001","1002"]' as polled_account_ids, 1::bigint as live_count, null::varchar as extra,
    'stream_polls' || n as file_id, 1::bigint as line_number, load_id as _dlt_load_id
from answers where account_id = '1001';

create table raw_twitch.videos as
select
    'videos-' || n as collection_id, account_id, collected_at, 'v' || n as video_id, 's' || n as stream_id,
    account_id as user_id, 'name' || account_id as user_login, 'Video' as title, '' as description,
    collected_at - interval 1 day as created_at, collected_at - interval 1 day as published_at,
    'https://www.twitch.tv/videos/1' as url, 'public' as viewable, 10 + n as view_count, 'en' as language,
    'archive' as type, 3600::bigint as duration_seconds, null::varchar as muted_segments, null::varchar as extra,
    'videos' || n as file_id, 1::bigint as line_number, load_id as _dlt_load_id
from answers where account_id = '1001';

create table raw_twitch.clips as
select
    'clips-' || n as collection_id, account_id, collected_at, 'Clip-' || account_id as clip_id,
    'https://clips.twitch.tv/Clip' as url, case when not gone then account_id end as broadcaster_id,
    'Name' as broadcaster_name, '7' as creator_id, 'fan' as creator_name, null::varchar as video_id,
    '509658' as game_id, 'en' as language, 'Clip' as title, case when not gone then 5 + n end as view_count,
    case when not gone then timestamp '2026-01-01' end as created_at, 30.0::double as duration_seconds,
    null::bigint as vod_offset, false as is_featured, gone as was_looked_up, gone as is_gone, null::varchar as extra,
    'clips' || n as file_id, account_id::bigint - 1000 as line_number, load_id as _dlt_load_id
from (select *, account_id = '1002' as gone from answers);

create table raw_twitch.games as
select
    'games-' || n as collection_id, null::varchar as account_id, collected_at, '509658' as game_id,
    'Just Chatting' as name, '' as igdb_id, 'https://static-cdn.example.com/box.jpg' as box_art_url,
    null::varchar as extra,
    'games' || n as file_id, 1::bigint as line_number, load_id as _dlt_load_id
from answers where account_id = '1001';

create temp table resources as
select * from (values
    ('users', 2), ('channels', 2), ('followers', 2), ('subscriptions', 1), ('streams', 1), ('stream_polls', 1),
    ('videos', 1), ('clips', 2), ('games', 1)
) as r(resource, row_count);

create table raw_twitch.collections as
select
    resource || '-' || n as collection_id, resource, null::varchar as account_id, status,
    collected_at - interval 1 minute as started_at, case when status <> 'running' then collected_at end as ended_at,
    1::bigint as requests, 0::bigint as retries, row_count::bigint as "rows", 1::bigint as points,
    null::varchar as error, collected_at as recorded_at,
    'collections' || n as file_id, row_number() over (partition by n) as line_number, load_id as _dlt_load_id
from answers, resources, (values ('running'), ('succeeded')) as s(status)
where account_id = '1001' and resource <> 'stream_polls';

create table raw_twitch.rejects as
select * replace ('twitch' as source, 'users' as resource, 'users' || substr(file_id, 5) as file_id)
from raw_social.rejects;

create table raw_twitch.reject_replays as from raw_social.reject_replays limit 0;

-- Of each file: what was loaded; in that of the users one line more was rejected, two were blank.
create table raw_twitch.files as
select
    f.* replace (
        c.resource || l.n as file_id, c.resource as resource,
        c.row_count + case when c.resource = 'users' then 3 else 0 end as lines_read, c.row_count as rows_loaded,
        case when c.resource = 'users' then 1 else 0 end::bigint as rows_rejected,
        case when c.resource = 'users' then 2 else 0 end::bigint as rows_blank
    )
from raw_social.files as f
join raw_social._dlt_loads as l on l.load_id = f._dlt_load_id
cross join (select resource, row_count::bigint as row_count from resources union all select 'collections', 16) as c;
drop table answers;
drop table resources;

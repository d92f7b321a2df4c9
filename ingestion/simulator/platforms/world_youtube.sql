-- Streams of two YouTube channels and what people wrote and paid in their chats.
create table youtube_channels as
select 'UC' || md5(concat_ws(':', 'channel', n))[1:22] as channel_id, n as channel_number, ['Mio', 'Vesper'][1 + n] as title
from range(2) as r(n);

-- A stream belongs to a session of the streaming app: the video's id is made of the session's.
create table youtube_videos as
select
    sha256(session_id)[1:11] as video_id,
    channel_id,
    'Cg0KC' || md5('chat' || session_id) as live_chat_id,
    session_id,
    title || ' live: ' || pick(['karaoke', 'Q&A <3', 'chatting, "again"', '歌枠'], 'stream_title', session_id, 0) as title,
    started_at - interval 15 minute as scheduled_at,
    started_at,
    started_at + to_seconds(3600 + chance('stream_length', session_id, 0, 5400)) as ended_at,
    -- Of some streams there is a file of an archiver, of some of these nothing else.
    case chance('archived', session_id, 0, 5) when 0 then 'page' when 1 then 'downloader' end as archived_as,
    archived_as is not null and chance('only_archived', session_id, 0, 2) = 0 as is_archived_only
from (
    select
        c.*,
        uuid_text(md5(concat_ws(':', 'session', getvariable('seed'), channel_number, day))) as session_id,
        day_at(day) + to_seconds(36000 + chance('stream_at', channel_number, day, 28800)) as started_at
    from youtube_channels as c, range(getvariable('days')) as d(day)
    where chance('youtube_streams', channel_number, day, 10) < 4
);

create table youtube_authors as
select
    'UC' || md5(concat_ws(':', 'author', n))[1:22] as author_id,
    ['canary-ann', 'canary-bob', 'canary-<b>c</b>', '=canary-()', 'canary-エマ'][1 + n % 5] || n as name,
    n % 6 = 0 as is_member
from range(150) as r(n);

create temp table chat_prices as
select * from (values
    ('USD', [1.99, 5, 20, 100]), ('EUR', [2, 4.99, 10, 50]), ('JPY', [200, 500, 1000, 10000]), ('GBP', [1, 4.5, 20, 45.25]),
    ('CAD', [2.79, 10, 13.99, 70]), ('BRL', [5, 10.9, 27.9, 110]), ('KRW', [1000, 5000, 20000, 100000])
) as t(currency, prices);

create temp table chat_lines as
select
    video_id,
    live_chat_id,
    'LCC.EhwKGkN' || md5(concat_ws(':', video_id, i))[1:30] as message_id,
    started_at + to_microseconds(1000 * chance('message_at', video_id, i, 1000 * date_diff('second', started_at, ended_at))) as published_at,
    i,
    chance('message_kind', video_id, i, 1000) as kind,
    least(chance('author', video_id, i, 150), chance('author2', video_id, i, 150)) as author_number,
    chance('is_deleted', video_id, i, 40) = 0 as is_deleted
from youtube_videos, range(200) as r(i);

create table youtube_messages as
select
    message_id,
    live_chat_id,
    case
        when kind < 850 then 'textMessageEvent'
        when kind < 920 then 'superChatEvent'
        when kind < 940 then 'superStickerEvent'
        when kind < 960 then 'newSponsorEvent'
        when kind < 975 then 'memberMilestoneChatEvent'
        when kind < 985 then 'membershipGiftingEvent'
        when kind < 995 then 'giftMembershipReceivedEvent'
        else 'userBannedEvent'
    end as type,
    a.author_id,
    published_at,
    case when kind between 850 and 939 then (1000000 * p.prices[1 + chance('price', message_id, 0, 4)])::bigint end as amount_micros,
    case when kind between 850 and 939 then p.currency end as currency,
    case when kind between 850 and 939 then 1 + chance('price', message_id, 0, 4) end as tier,
    case
        when kind < 920
        then pick(['hi canary-text', 'lol', 'www', '草', 'so good', 'https://example.org/canary-link', ''], 'chat_text', message_id, 0)
    end as text,
    null::varchar as deleted_message_id
from chat_lines
join youtube_authors as a on a.rowid = author_number
join chat_prices as p on p.rowid = chance('currency', message_id, 0, 7)
union all
-- A moderator takes a message away.
select
    'LCC.EhwKGkN' || md5('deleted' || l.message_id)[1:30], l.live_chat_id, 'messageDeletedEvent', a.author_id,
    least(l.published_at + to_seconds(5 + chance('deleted_in', l.message_id, 0, 600)), v.ended_at), null, null, null, null,
    l.message_id
from chat_lines as l
join youtube_videos as v using (video_id)
join youtube_authors as a on a.rowid = 149
where l.is_deleted and kind < 850;

-- Sessions of streaming characters with all that happened in them, from hashes of (seed, what, place).
-- Times are whole quarter seconds, so that sums of seconds are exact.
create or replace macro fate(what, a, b) as draw(hash(getvariable('seed'), what, a, b));

create table stream_characters as
select
    n as character_number,
    ['ada', 'bob-7', 'Chloé', 'dee; drop', '<b>eve</b>', 'finn'][n % 6 + 1] || case when n < 6 then '' else '-' || n end as character_id,
    -- two characters share an account; some apps name none
    case when n % 6 < 4 then 'studio-' || n // 2 end as account_id,
    20 + fate('popularity', n, 0) % 300 as popularity
from range(getvariable('stream_characters')) as r(n);

create table stream_sessions as
with slots as (
    select
        d.day, c.character_number, s.slot, c.character_id, c.account_id, c.popularity,
        fate('session', d.day * 1000 + c.character_number, s.slot) as h
    from range(getvariable('days')) as d(day), stream_characters as c, range(2) as s(slot)
),
placed as (
    select
        *,
        case when slot = 1 and h % 5 = 0 then 10 + h // 7 % 170 else 10 + h // 7 % 110 end as minutes,
        getvariable('first_day') + to_days(day::int) + to_milliseconds((
            -- the last day's sessions end before its evening; some of the others run past midnight
            (case when slot = 0 then 8 when day + 1 = getvariable('days') then 14 when h % 5 = 0 then 22 else 17 end) * 3600000
            + h // 1000 % 14400 * 250
        )::bigint) as started_at
    from slots
    where (day + character_number) % 4 <> 0 and (slot = 0 or h % 3 > 0)
),
formed as (
    select
        md5(concat_ws('-', 'stream', getvariable('seed'), day, character_number, slot)) as session_id,
        character_id, account_id, null::varchar as video_id, popularity, h, minutes, started_at,
        started_at + to_milliseconds((minutes * 60000 + 3000 + h // 77 % 200 * 250)::bigint) as ended_at,
        case when h // 13 % 10 < 6 then 'events' when h // 13 % 10 < 8 then 'both' when h // 13 % 10 = 8 then 'document' else 'growing' end as form,
        h // 17 % 12 = 0 as is_crashed,
        false as is_live
    from placed
    union all
    -- two that still run when the simulation ends
    select
        md5(concat_ws('-', 'live', getvariable('seed'), character_number)), character_id, account_id, null, popularity,
        fate('live', character_number, 0), 49, getvariable('first_day') + to_days(getvariable('days')::int) - to_milliseconds(3000000 + 250 * character_number),
        null, 'events', false, true
    from stream_characters where character_number < 2
    union all
    -- streams that are on YouTube, too
    select
        session_id, ['mio', 'vesper'][1 + ascii(channel_id[-1:]) % 2], 'studio-youtube', video_id, 80,
        fate('youtube', day(started_at), session_id), date_diff('minute', started_at, ended_at), started_at, ended_at, 'events', false, false
    from world.youtube_videos
)
select
    *,
    row_number() over (order by started_at, session_id) as session_number,
    form <> 'document' as has_events,
    -- crashed: nothing tells an end
    form = 'events' and is_crashed as has_no_end,
    form = 'events' and not is_crashed and not is_live and h // 19 % 2 = 0 as repeats_stats,
    video_id is not null or h // 23 % 17 > 0 as has_start,
    minutes > 60 and h // 29 % 6 = 0 as is_silent
from formed;

create table stream_samples as
select
    session_number, i as place,
    started_at + to_milliseconds((i * 60000 + case when form = 'document' then 0 else v % 8 * 250 end)::bigint) as sampled_at,
    greatest(0, floor(popularity * (0.4 + 0.6 * least(i, 20) / 20.0) + v // 8 % 25 - 8))::bigint as viewer_count
from (
    select s.*, r.i, fate('sample', s.session_number, r.i) as v
    from stream_sessions as s, range(1, s.minutes + 1) as r(i)
)
-- the platform does not answer at times; once it is silent for half an hour
where v % 60 > 0 and not (is_silent and i between 10 and 37);

create table stream_interactions as
select
    s.session_number, 'i-' || md5(concat_ws('-', s.session_id, i)) as interaction_id,
    s.started_at + to_milliseconds(((f // 7) % (s.minutes * 240) * 250)::bigint) as interacted_at,
    case when f % 20 > 0 then 'fan-' || least(f // 31 % 200, f // 611 % 200) end as user_id,
    case when s.video_id is null and f // 41 % 12 = 0 then [2, 4.99, 5, 10, 500, 50][f // 43 % 6 + 1]::decimal(18, 6) when f // 41 % 12 = 1 then 0 end as super_chat_amount,
    case when s.video_id is null and f // 41 % 12 = 0 then ['EUR', 'USD', 'USD', 'GBP', 'JPY', 'BRL', 'EUR', 'ARS', 'USD', 'EUR', 'GBP', 'USD', 'CAD', 'EUR', 'JPY', 'SEK', 'USD', 'EUR', 'KRW', null][f // 43 % 20 + 1] end as currency,
    case f // 47 % 10 when 0 then 0 when 1 then null else 250 + f // 53 % 40 * 125 + case when f // 59 % 15 = 0 then 8000 else 0 end end as response_ms,
    case when f // 61 % 8 > 0 then ['joy', 'surprise', 'calm', 'sad', 'anger'][f // 67 % 5 + 1] end as emotion
from (
    select s.*, r.i, fate('interaction', s.session_number, r.i) as f
    from stream_sessions as s, range(case when s.h % 9 = 0 then 0 else 3 + s.h // 37 % 50 end) as r(i)
) as s
union all
-- An app that reads YouTube's chat logs what was paid there, without the currency.
select
    s.session_number, case when ascii(m.message_id[-1:]) % 2 = 0 then m.message_id else 'Ch' || m.message_id[7:] end,
    m.published_at, 'viewer-' || md5(m.author_id)[:8], (m.amount_micros / 1000000)::decimal(18, 6), null, 1500, 'joy'
from world.youtube_messages as m
join world.youtube_videos as v using (live_chat_id)
join stream_sessions as s on s.session_id = v.session_id
where m.amount_micros is not null and ascii(m.message_id[-2:-2]) % 4 > 0 and m.published_at <= v.ended_at;

create table stream_faults as
select
    session_number, kind, place,
    started_at + to_milliseconds((minutes * 60000 // (n + 1) * (place + 1) // 250 * 250 + case kind when 'error' then 250 else 500 end)::bigint) as happened_at,
    ['voice', 'avatar', 'chat', null][f % 4 + 1] as component
from (
    select s.*, k.kind, r.place, fate(k.kind || ' count', s.session_number, 0) % 5 as n, fate(k.kind, s.session_number, r.place) as f
    from stream_sessions as s, (values ('error'), ('reconnect')) as k(kind), range(fate(k.kind || ' count', s.session_number, 0) % 5) as r(place)
);

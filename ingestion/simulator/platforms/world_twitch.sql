-- Channels, their streams and videos, and when a collector asks for them. All times are UTC.
-- A number from 0 to n - 1 that belongs to the names of what it is for.
create macro chance(what, a, b, n) as draw(hash(getvariable('seed'), what, a, b)) % n;
create macro pick(list, what, a, b) as list[1 + chance(what, a, b, len(list))];
create macro day_at(day) as getvariable('first_at') + to_days(day::int);

create table channels as
select
    (20000000 + 7919 * n)::varchar as account_id,
    ['nightowl', 'pixelfox', 'lofi_lena', 'speedy_sam', 'retro_rita', 'brewmaster'][1 + n % 6]
    || case when n >= 6 then '_' || n else '' end as login,
    case n % 6 when 2 then 'ロフィLena' when 3 then '<b>Sam</b>' else upper(login[1:1]) || login[2:] end as display_name,
    getvariable('first_at') - to_days((400 + 31 * (n % 60))::int) as created_at,
    case n % 3 when 0 then 'Streams most evenings. "Questions"? Ask, ''friend''.' when 1 then '' else '{{ 7*7 }} =1+1' end
        as description,
    ['partner', 'affiliate', ''][1 + n % 3] as broadcaster_type,
    -- The first two, and a part of many.
    n < 2 or n % 100 = 50 as has_user_token,
    ['en', 'de', 'ja'][1 + n % 3] as language,
    n as account_number
from range(getvariable('accounts')) as r(n);

-- Steps up and down from a base.
create table follower_counts as
select
    account_id,
    "at",
    500 + chance('followers', account_id, 0, 50000)
    + sum(chance('follower_step', account_id, "at", 9) - 3) over (partition by account_id order by "at") as followers
from channels, generate_series(
    getvariable('first_at'), getvariable('end_at'), to_hours(getvariable('step_hours')::int)
) as s("at");
alter table follower_counts alter followers type bigint;

create table subscriber_counts as
select
    account_id,
    day_at(day) as "at",
    (20 + chance('tier1', account_id, 0, 300) + 2 * day + chance('tier1_step', account_id, day, 7))::bigint as tier1,
    (3 + chance('tier2', account_id, day, 5))::bigint as tier2,
    (1 + chance('tier3', account_id, day, 3))::bigint as tier3,
    (tier1 // 4)::bigint as gifted,
    (tier1 + 2 * tier2 + 6 * tier3)::bigint as points
from channels, range(getvariable('days') + 1) as d(day)
where has_user_token;

-- The last one is not resolved by the platform.
create table games as
select * from (values
    ('509658', 'Just Chatting', true), ('33214', 'Fortnite', true), ('512953', 'ELDEN RING', true),
    ('509663', 'Special Events', true), ('743', 'Chess', true), ('26936', 'Music', true),
    ('1469308723', 'Software and Game Development', true), ('999999999', null, false)
) as t(game_id, name, is_resolved);

create macro any_game(what, a, b) as
    case when chance(what || '_odd', a, b, 40) = 0 then '999999999'
    else pick(['509658', '33214', '512953', '743', '26936', '1469308723', '509658'], what, a, b) end;

-- One evening of an account on a date: one stream, one that was restarted, or two far from each other.
create temp table evenings as
select
    account_id,
    account_number,
    day,
    -- The first account is live when the simulated time ends.
    account_number = 0 and day = getvariable('days') - 1 as is_last,
    day_at(day)
    + to_seconds(case when is_last then 72037 else 50400 + chance('start', account_id, day, 25200) end) as started_at,
    case when is_last then 18000 else 4800 + chance('length', account_id, day, 12000) end as seconds,
    case when is_last then 3 else chance('kind', account_id, day, 8) end as kind
from channels, range(getvariable('days')) as d(day)
where is_last or chance('streams', account_id, day, 100) < getvariable('stream_percent');

create temp table pieces as
select account_id, day, 1 as part, started_at, started_at + to_seconds(seconds) as ended_at from evenings where kind > 1
union all
select account_id, day, 1, started_at, started_at + to_seconds(seconds // 2) from evenings where kind < 2
union all
-- Kind 0 was restarted after some minutes and is one broadcast; kind 1 began again 90 minutes later.
select
    account_id, day, 2,
    started_at + to_seconds(seconds // 2 + case kind when 0 then 200 else 5400 end),
    started_at + to_seconds(seconds + case kind when 0 then 200 else 5400 end)
from evenings
where kind < 2;

create table streams as
select
    (40000000000 + 17 * row_number() over (order by p.started_at, account_id))::varchar as stream_id,
    account_id,
    2 * day + case when part = 2 and kind = 1 then 1 else 0 end as broadcast_number,
    p.started_at,
    p.ended_at,
    any_game('game', account_id, day) as game_id,
    pick(
        ['Late night chatting', 'First playthrough !commands', '<script>alert(1)</script>', 'Ranked climb | day ' || day,
        'cooking & coding', '=HYPERLINK("x")', 'マラソン配信'], 'title', account_id, day
    ) as title,
    c.language,
    false as is_mature
from pieces as p join evenings as e using (account_id, day) join channels as c using (account_id);

-- What is played, and under which title, from when on.
create table stream_segments as
select stream_id, started_at as from_at, game_id, title from streams
union all
select
    stream_id,
    date_trunc('minute', started_at) + to_seconds(60 * (date_diff('minute', started_at, ended_at) // 2)),
    any_game('second_game', stream_id, 0),
    title || ' (part 2)'
from streams
where chance('segments', stream_id, 0, 2) = 0;

-- Every minute in which the platform says that a stream is live. A flap: ten minutes are missing although it goes on.
create table stream_viewers as
select
    stream_id,
    minute_at,
    (
        (30 + chance('audience', account_id, 0, 2000)) * (40 + 2 * least(minute, 30))
        * (90 + chance('viewers', stream_id, minute_at, 21)) // 10000
    )::bigint as viewers
from (
    select
        stream_id,
        account_id,
        date_diff('second', started_at, ended_at) > 3600 and chance('flap', stream_id, 0, 3) = 0 as has_flap,
        unnest(
            generate_series(date_trunc('minute', started_at) + interval 1 minute, ended_at - interval 1 second, interval 1 minute)
        ) as minute_at,
        date_diff('minute', started_at, minute_at) as minute
    from streams
)
where not (has_flap and minute between 40 and 49);

-- An archive is there when its stream is over; channels that are no partners lose it after a week.
create table videos as
select
    (2000000000 + 13 * row_number() over (order by created_at, account_id, type))::varchar as video_id, *
from (
    select
        account_id, stream_id, started_at as created_at, started_at as published_at,
        date_diff('second', started_at, ended_at) as duration_seconds, title, 'archive' as type,
        case when broadcaster_type <> 'partner' then ended_at + interval 7 day end as deleted_at, ended_at as listed_at
    from streams join channels using (account_id)
    where chance('archive', stream_id, 0, 10) > 0
    union all
    select
        account_id, null, started_at + interval 1 day, started_at + interval 26 hour,
        900 + chance('highlight_length', stream_id, 0, 900), 'Best of: ' || title, 'highlight', null,
        started_at + interval 26 hour
    from streams
    where chance('highlight', stream_id, 0, 4) = 0
    union all
    select
        account_id, null, created_at + interval 30 day, created_at + interval 30 day, 201, 'Channel trailer', 'upload',
        null, created_at + interval 30 day
    from channels
);

-- The number of views that something had at steps of time, once it was there: fast at first, towards a limit.
create macro grown(views_limit, hours, half_hours) as (views_limit * hours // (hours + half_hours))::bigint;

create table video_views as
select
    video_id,
    "at",
    grown(20 + chance('video_views', video_id, 0, 30000), 1 + date_diff('hour', created_at, "at"), 48) as views
from (
    select
        video_id,
        created_at,
        unnest(
            list_prepend(
                greatest(listed_at, getvariable('first_at')),
                generate_series(
                    greatest(date_trunc('day', listed_at), getvariable('first_at')), getvariable('end_at'),
                    to_hours(getvariable('step_hours')::int)
                )
            )
        ) as "at",
        listed_at
    from videos
)
where "at" >= listed_at and "at" >= getvariable('first_at')
group by all;

-- When the collector asks: polls of live streams, and everything else once a day.
create table polls as
select "at" from generate_series(
    getvariable('first_at'), getvariable('end_at') - interval 1 minute, to_minutes(getvariable('poll_minutes')::int)
) as s("at");
create table daily_collections as
select day_at(day) + interval 2 hour as "at" from range(getvariable('days')) as d(day);

-- What the platform does not give: kind 'error' answers 503, 'withdrawn' hides a list but not its total.
create table outages as
select * from (
    select 'streams' as resource, null::varchar as account_id, 'error' as kind,
        day_at(getvariable('days') // 2) + interval 19 hour as from_at, 50 as minutes
    union all
    select 'followers', account_id, 'error', day_at(getvariable('days') // 2), 1440
    -- The last one: the time that its repeats take moves no other channel's answers.
    from channels where account_number = getvariable('accounts') - 1
    union all
    select 'subscriptions', account_id, 'withdrawn', day_at(getvariable('days') // 3), 2880
    from channels where account_number = 1
)
where getvariable('has_outages');

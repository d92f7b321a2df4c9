-- Clips, who made them, and how often they were watched.
create table creators as
select
    (70000000 + 104729 * n)::varchar as creator_id,
    ['ClipGoblin', 'moment_hunter', 'Zoë', '"quoted"', 'ハイライト', 'fan'][1 + n % 6] || '_' || n as name,
    timestamp '2015-01-01' as from_at
from range(25) as r(n)
union all
-- One gives up the name, and another takes it.
select (70000000 + 104729 * 3)::varchar, 'renamed_three', day_at(getvariable('days') // 3)
union all
select
    (70000000 + 104729 * 4)::varchar,
    '"quoted"_3',
    greatest(day_at(getvariable('days') // 2), day_at(getvariable('days') // 3) + interval 1 hour);

create temp table new_clips as
-- While a stream runs.
select
    s.account_id,
    s.stream_id as origin,
    i,
    s.started_at + to_seconds(60 + chance('clip_at', s.stream_id, i, date_diff('second', s.started_at, s.ended_at) - 60))
        as created_at,
    s.started_at as origin_started_at,
    v.video_id,
    c.language
from streams as s
join channels as c using (account_id)
left join videos as v on v.stream_id = s.stream_id
join range(getvariable('clips') + 4) as r(i)
    on i < getvariable('clips') - 2 + chance('clip_count', s.stream_id, 0, 5)
union all
-- From before the simulated time, of streams whose videos are gone.
select
    account_id, 'old', i,
    getvariable('first_at') - to_seconds(86400 + chance('old_clip_at', account_id, i, 80 * 86400)),
    null, null, language
from channels, range(getvariable('old_clips')) as r(i);

create table clips as
select
    pick(['Brave', 'Sneaky', 'Amber', 'Gentle', 'Loud', 'Wise'], 'slug1', origin || account_id, i)
    || pick(['Otter', 'Falcon', 'Kappa', 'Noodle', 'Robot'], 'slug2', origin || account_id, i)
    || '-' || md5(concat_ws(':', getvariable('seed'), account_id, origin, i))[1:16] as clip_id,
    n.account_id,
    (70000000 + 104729 * least(chance('creator', origin || n.account_id, i, 25), chance('creator2', origin || n.account_id, i, 25)))
        ::varchar as creator_id,
    n.created_at,
    coalesce(
        (
            select max_by(g.game_id, g.from_at) from stream_segments as g
            where g.stream_id = n.origin and g.from_at <= n.created_at
        ),
        any_game('old_game', n.account_id, i)
    ) as game_id,
    pick(
        ['what was that', 'LMAO', 'clutch!!', 'the <i>moment</i>', 'he said it', '{{ config }}', 'gg, "wp"', 'いいね'],
        'clip_title', n.origin || n.account_id, i
    ) as title,
    (50 + chance('clip_length', n.origin || n.account_id, i, 551))::double / 10 as duration_seconds,
    n.video_id,
    case when n.video_id is not null then date_diff('second', n.origin_started_at, n.created_at) end as vod_offset,
    case
        when chance('deleted', n.origin || n.account_id, i, 20) = 0
        then n.created_at + to_hours((20 + chance('deleted_at', n.origin || n.account_id, i, 100))::int)
    end as deleted_at,
    n.language,
    chance('featured', n.origin || n.account_id, i, 15) = 0 as is_featured
from new_clips as n
where n.created_at < getvariable('end_at');

-- NULL: an answer at that time leaves the number out.
create table clip_views as
select
    clip_id,
    "at",
    case
        when chance('view_count_missing', clip_id, "at", 40) > 0
        then grown(
            -- Each step of fame is half as likely as the one before. One draw: two of the same clip hang together.
            [3, 8, 15, 40, 90, 250, 1200, 30000][1 + least(7, floor(-log2((1 + chance('fame', clip_id, 0, 256)) / 256)))::int]
            + chance('fame_rest', clip_id, 0, 20),
            date_diff('minute', created_at, "at") // 6, 300
        )
    end as views
from (
    select
        clip_id,
        created_at,
        unnest(
            list_prepend(
                greatest(created_at, getvariable('first_at')),
                generate_series(
                    greatest(date_trunc('day', created_at), getvariable('first_at')), getvariable('end_at'),
                    to_hours(getvariable('step_hours')::int)
                )
            )
        ) as "at"
    from clips
)
where "at" >= created_at and "at" >= getvariable('first_at')
group by all;

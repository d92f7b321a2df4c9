-- Two Discord channels in which people share clips: messages, what they link to, and reactions that come and go.
create table discord_channels as
select
    (900000000000000000 + 1048576 * n)::varchar as channel_id, '800000000000000000' as guild_id,
    ['clips', 'best-of'][1 + n] as name, n as channel_number
from range(2) as r(n);

-- Some people are known on Twitch too.
create table discord_members as
select
    (700000000000000000 + 4194301 * n)::varchar as author_id,
    ['canary-ann', 'canary-bob', 'canary-"cid"', 'canary-<i>dan</i>', 'canary-エマ'][1 + n % 5] || '_' || n as username,
    n = 0 as is_bot,
    case when n between 1 and 12 then (70000000 + 104729 * (n - 1))::varchar end as creator_id
from range(40) as r(n);

-- Of a world of many channels, the first ones only: two Discord channels do not grow with it.
create temp table shared_clips as
select c.* from clips as c join channels as h using (account_id) where h.account_number < 6;

-- Why a message is written: shares of a clip in the days after it was made, and talk without a clip.
create temp table spoken as
select
    clip_id,
    i,
    c.created_at + to_seconds(90 + chance('share_after', clip_id, i, 3 * 86400)) as sent_at,
    chance('share_channel', clip_id, i, 2) as channel_number,
    -- At times, the one who made the clip.
    chance('share_by_creator', clip_id, i, 4) = 0 as is_by_clip_creator
from shared_clips as c, range(least(chance('shares', clip_id, 0, 5), chance('shares2', clip_id, 0, 5))) as r(i)
union all
-- Old clips are found again.
select
    clip_id, 100,
    getvariable('first_at') + to_seconds(chance('again', clip_id, 0, getvariable('days')::bigint * 86400)),
    chance('again_channel', clip_id, 0, 2), false
from shared_clips
where created_at < getvariable('first_at') and chance('is_found_again', clip_id, 0, 3) = 0
union all
select
    null, day * 1000 + i, day_at(day) + to_seconds(chance('talk', day, i, 86400)), chance('talk_channel', day, i, 2), false
from range(getvariable('days')) as d(day), range(60) as r(i);

create temp table written as
select
    s.*,
    c.account_id,
    h.login,
    coalesce(
        case when is_by_clip_creator then own.author_id end,
        (700000000000000000 + 4194301 * chance('author', clip_id, i, 40))::varchar
    ) as author_id,
    case when s.clip_id is null then 9 else chance('manner', clip_id, i, 9) end as manner,
    chance('deleted_message', clip_id, i, 15) = 0 as is_deleted,
    (
        (epoch_ms(sent_at) - 1420070400000) * 4194304
        + row_number() over (partition by epoch_ms(sent_at) order by clip_id, i)
    )::varchar as message_id
from spoken as s
left join clips as c using (clip_id)
left join channels as h on h.account_id = c.account_id
left join discord_members as own on own.creator_id = c.creator_id
where s.sent_at between getvariable('first_at') and getvariable('end_at') - interval 1 second;

create table discord_messages as
select
    message_id,
    d.channel_id,
    author_id,
    sent_at,
    -- A link that is taken out again; a typing error that is mended.
    case when manner in (6, 8) then sent_at + to_minutes((30 + chance('edited', message_id, 0, 3000))::int) end as edited_at,
    case when is_deleted then sent_at + to_minutes((10 + chance('deleted_after', message_id, 0, 5000))::int) end as deleted_at,
    manner,
    clip_id,
    login,
    case manner
        when 0 then 'gg https://clips.twitch.tv/' || clip_id
        when 1 then 'https://www.twitch.tv/' || login || '/clip/' || clip_id || '?featured=false&filter=clips'
        when 2 then 'from the phone: https://m.twitch.tv/' || login || '/clip/' || clip_id || '. lol'
        when 3 then 'again https://clips.twitch.tv/' || clip_id || ' and https://clips.twitch.tv/' || clip_id || '?x=1'
        when 4 then ''
        when 5 then '<https://clips.twitch.tv/' || clip_id || '>'
        when 9 then pick(['hello there', 'who wins?', 'see https://notclips.twitch.tv/clip', 'canary-talk'], 'talk', message_id, 0)
        else 'look twitch.tv/' || login || '/clip/' || clip_id
    end as content,
    coalesce(a.creator_id = c.creator_id, false) as is_by_clip_creator
from written
join discord_channels as d using (channel_number)
join discord_members as a using (author_id)
left join clips as c using (clip_id);

-- Which clips a message links to, from when on, up to an edit.
create table discord_links as
select message_id, clip_id, sent_at as from_at, case when manner = 6 then edited_at end as to_at
from discord_messages
where clip_id is not null;

create temp table emoji as
select * from (values
    (0, null, '🔥', false), (1, null, '😂', false), (2, null, '👍', false), (3, null, '💀', false), (4, null, '❤️', false),
    (5, null, '👎', false), (6, '41771983429993937', 'LUL', false), (7, '41771983429993938', 'pepeD', true),
    -- A custom emoji that was deleted has lost its name.
    (8, '41771983429993939', null, false)
) as t(emoji_number, emoji_id, emoji_name, is_animated);

-- Counts from a time on, up to the next row of the emoji: more, then some are taken back; at times all of them.
create table discord_reactions as
select
    message_id, emoji_id, emoji_name, is_animated, "at", normal_count, burst_count,
    normal_count + burst_count = 0 as is_gone
from (
    select
        m.message_id,
        e.* exclude (emoji_number),
        m.sent_at + to_minutes([3, 70, 600, 1700, 4000][step]) as "at",
        (chance('fans', m.message_id, emoji_number, 9) * [1, 3, 5, 6, 4][step] // 4
        * case when step = 5 and chance('all_gone', m.message_id, emoji_number, 8) = 0 then 0 else 1 end)::bigint as normal_count,
        case
            when chance('bursts', m.message_id, emoji_number, 3) = 0 and step > 1 and chance('all_gone', m.message_id, emoji_number, 8) > 0
            then 1 + chance('burst', m.message_id, emoji_number, 2)
            else 0
        end as burst_count
    from discord_messages as m, emoji as e, range(1, 6) as r(step)
    where chance('reacts', m.message_id, emoji_number, 5) = 0
)
where "at" < getvariable('end_at');

-- Days on which a channel does not answer.
create table discord_outages as
select channel_id, day_at(getvariable('days') // 2) as from_at, 1440 as minutes
from discord_channels
where channel_number = 1 and getvariable('has_outages');

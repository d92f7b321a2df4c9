-- What the clips marts must hold: the world as the collector saw it at its daily times.
-- Each statement below a `-- mart:` line becomes truth/<name>.parquet.
create temp table clip_days as
select row_number() over (order by "at") - 1 as day, "at", "at"::date as date from world.daily_collections
;

-- Days until a clip of an age is read again by its id.
create temp macro reread_days(age) as case when age < 7 then 1 when age < 30 then 3 when age < 90 then 7 else 30 end
;

-- What each daily collection does about each clip: lists of the last 7 days (first of 90), then lookups of what is due.
create temp table clip_visits as
with recursive visits as (
    select clip_id, -1::bigint as day, null::bigint as next_day, 0 as gone_count, null::varchar as how from world.clips
    union all
    select
        clip_id,
        day,
        case
            when how in ('listed', 'found') then day + reread_days(date_diff('day', created_at::date, date))
            when how = 'gone' then case when gone_count = 0 then day + 1 end
            else next_day
        end,
        case when how in ('listed', 'found') then 0 when how = 'gone' then gone_count + 1 else gone_count end,
        how
    from (
        select
            v.clip_id,
            d.day,
            d.date,
            v.next_day,
            v.gone_count,
            c.created_at,
            c.created_at <= d."at" and (c.deleted_at is null or c.deleted_at > d."at") as is_there,
            case
                when is_there and c.created_at >= d."at" - case d.day when 0 then interval 90 day else interval 7 day end
                then 'listed'
                when v.next_day <= d.day then case when is_there then 'found' else 'gone' end
            end as how
        from visits as v
        join clip_days as d on d.day = v.day + 1
        join world.clips as c using (clip_id)
    )
)
select v.clip_id, d."at" as visited_at, v.how
from visits as v join clip_days as d using (day)
where v.how is not null
;

create temp table seen_clips as
select
    v.clip_id,
    c.account_id,
    c.creator_id,
    c.game_id,
    c.created_at,
    v.visited_at,
    v.how,
    case when v.how <> 'gone' then w.views end as views,
    (epoch_us(v.visited_at) - epoch_us(c.created_at)) / 1e6 as age_seconds
from clip_visits as v
join world.clips as c using (clip_id)
asof left join world.clip_views as w on w.clip_id = v.clip_id and w."at" <= v.visited_at
;

-- Counts of views, each with the one before; a clip that is first counted at more than 48 hours has a baseline.
create temp table view_steps as
select
    *,
    lag(age_seconds) over clip as age_before,
    lag(views) over clip as views_before,
    case when views_before is not null then views - views_before when age_seconds <= 172800 then views end as gained,
    case when views_before is null and age_seconds > 172800 then views end as baseline
from seen_clips
where views is not null
window clip as (partition by clip_id order by visited_at)
;

create temp macro views_at(clip, hours) as (
    select round(
        coalesce(s.views_before, 0)
        + (s.views - coalesce(s.views_before, 0))
        * ((hours * 3600 - coalesce(s.age_before, 0)) / (s.age_seconds - coalesce(s.age_before, 0)))
    )::bigint
    from view_steps as s
    where
        s.clip_id = clip and s.age_seconds > 0
        and hours * 3600 > coalesce(s.age_before, 0) and hours * 3600 <= s.age_seconds
        and s.age_seconds - coalesce(s.age_before, 0) <= 172800
)
;

-- Messages are read again for 7 days; a channel's outage makes a reading fall out.
create temp table message_readings as
select
    m.message_id,
    m.channel_id,
    m.author_id,
    m.clip_id,
    m.is_by_clip_creator,
    m.sent_at,
    d."at" as read_at,
    m.deleted_at <= d."at" as is_gone,
    m.manner = 6 and m.edited_at <= d."at" as is_unlinked
from world.discord_messages as m
join clip_days as d on m.sent_at <= d."at"
where
    m.clip_id is not null
    and not exists (
        select 1 from world.discord_outages as o
        where o.channel_id = m.channel_id and d."at" >= o.from_at and d."at" < o.from_at + to_minutes(o.minutes)
    )
qualify
    -- seen for the first time, or still young
    row_number() over (partition by m.message_id order by d."at") = 1
    or m.sent_at > d."at" - interval 7 day
;

-- A message that was never read with a link is not known; what is gone, or has lost its link, is told of once.
create temp table message_states as
select *
from (
    select
        *,
        is_gone is true or is_unlinked is true as is_over,
        row_number() over (partition by message_id order by read_at) as reading,
        bool_or(not (is_gone is true or is_unlinked is true)) over (
            partition by message_id order by read_at rows between unbounded preceding and 1 preceding
        ) as was_known,
        lag(is_gone is true or is_unlinked is true) over (partition by message_id order by read_at) as was_over
    from message_readings
)
where (not is_over or was_known) and not (is_over and coalesce(was_over, false))
;

create temp table reaction_states as
with
    emoji as (select distinct message_id, emoji_id, emoji_name, is_animated from world.discord_reactions),
    given as (
        select
            s.message_id, s.read_at, s.is_over, s.is_gone, e.emoji_id, e.emoji_name, e.is_animated,
            case when s.is_gone is true then 0 else coalesce(r.normal_count, 0) end as normal_count,
            case when s.is_gone is true then 0 else coalesce(r.burst_count, 0) end as burst_count
        from message_states as s
        join emoji as e using (message_id)
        asof left join (
            select *, coalesce(emoji_id, emoji_name) as emoji from world.discord_reactions
        ) as r
            on r.message_id = s.message_id and r.emoji = coalesce(e.emoji_id, e.emoji_name) and r."at" <= s.read_at
    )
select
    *,
    normal_count - coalesce(lag(normal_count) over emoji, 0) as normal_gained,
    burst_count - coalesce(lag(burst_count) over emoji, 0) as burst_gained
from given
window emoji as (partition by message_id, emoji_id, emoji_name order by read_at)
;

-- mart: clips.fct_clip_snapshots
select
    s.clip_id,
    s.account_id,
    s.visited_at as snapshot_at,
    reporting_date(s.visited_at) as snapshot_date,
    s.age_seconds,
    s.views as view_count,
    v.gained as views_gained,
    v.baseline as baseline_views,
    s.how <> 'listed' as was_looked_up,
    s.how = 'gone' as is_gone
from seen_clips as s
left join view_steps as v on v.clip_id = s.clip_id and v.visited_at = s.visited_at
order by all
;

-- mart: clips.fct_discord_shares
-- the author's hash is the ingestion's
select
    message_id,
    m.clip_id,
    c.account_id,
    channel_id,
    arg_min(is_by_clip_creator, read_at) as is_by_clip_creator,
    m.sent_at as shared_at,
    reporting_date(m.sent_at) as share_date,
    bool_or(is_over) as is_deleted
from message_states as m
join world.clips as c using (clip_id)
where c.clip_id in (select clip_id from seen_clips where how <> 'gone')
group by all
order by all
;

-- mart: clips.fct_discord_reactions
-- when exactly a channel was read depends on the waits of that night
select
    s.account_id,
    message_id,
    emoji_id,
    emoji_name,
    is_animated,
    normal_count,
    burst_count,
    normal_count + burst_count as reaction_count,
    normal_gained + burst_gained as reactions_gained,
    row_number() over (partition by message_id, emoji_id, emoji_name order by read_at desc) = 1 as is_current
from reaction_states as r
join "clips.fct_discord_shares" as s using (message_id)
where normal_gained <> 0 or burst_gained <> 0
order by all
;

-- mart: clips.dim_clips
with
    latest as (
        select
            clip_id,
            account_id,
            created_at,
            game_id,
            creator_id,
            arg_max(views, visited_at) as view_count,
            max(visited_at) filter (where views is not null) as view_count_at,
            min(visited_at) filter (where how <> 'gone') as first_seen_at,
            max(visited_at) filter (where how <> 'gone') as last_seen_at,
            max(visited_at) as last_updated_at,
            count(*) filter (where how <> 'gone') as snapshot_count,
            arg_max(how, visited_at) = 'gone' as is_deleted
        from seen_clips
        group by all
    ),
    shares as (
        select clip_id, count(*) as share_count, count(*) filter (where is_by_clip_creator) as own_count
        from "clips.fct_discord_shares" where not is_deleted group by all
    ),
    reactions as (
        select s.clip_id, sum(reaction_count) as reaction_count, sum(burst_count) as burst_count
        from "clips.fct_discord_shares" as s
        join "clips.fct_discord_reactions" as r using (message_id)
        where not s.is_deleted and r.is_current
        group by all
    )
select
    l.clip_id,
    l.account_id,
    h.display_name as account_name,
    l.creator_id,
    n.name as creator_name,
    l.game_id,
    coalesce(g.name, 'unknown') as game_name,
    c.title,
    'https://clips.twitch.tv/' || l.clip_id as url,
    c.language,
    c.video_id,
    c.vod_offset::double as vod_offset_seconds,
    c.duration_seconds,
    c.is_featured,
    l.view_count,
    l.view_count_at,
    views_at(l.clip_id, 24) as views_at_24h,
    views_at(l.clip_id, 72) as views_at_72h,
    views_at(l.clip_id, 168) as views_at_168h,
    coalesce(s.share_count, 0) as discord_shares,
    coalesce(s.own_count, 0) as discord_shares_by_creator,
    coalesce(r.reaction_count, 0)::bigint as discord_reactions,
    coalesce(r.burst_count, 0)::bigint as discord_burst_reactions,
    l.created_at as clip_created_at,
    reporting_date(l.created_at) as clip_date,
    hour_start(l.created_at) as clip_hour_at,
    l.first_seen_at,
    l.last_seen_at,
    l.last_updated_at,
    l.snapshot_count,
    l.is_deleted
from latest as l
join world.clips as c using (clip_id)
join world.channels as h on h.account_id = l.account_id
left join world.games as g on g.game_id = l.game_id
asof left join world.creators as n on n.creator_id = l.creator_id and n.from_at <= l.last_seen_at
left join shares as s on s.clip_id = l.clip_id
left join reactions as r on r.clip_id = l.clip_id
order by all
;

-- mart: clips.dim_creators
with
    names as (
        select s.account_id, s.creator_id, n.name, s.visited_at
        from seen_clips as s
        asof left join world.creators as n on n.creator_id = s.creator_id and n.from_at <= s.visited_at
        where s.how <> 'gone'
    ),
    spans as (
        select account_id, creator_id, name as creator_name, min(visited_at) as first_seen_at, max(visited_at) as last_seen_at
        from names group by all
    )
select
    *,
    last_seen_at = max(last_seen_at) over (partition by account_id, creator_id) as is_current,
    count(*) over (partition by account_id, creator_id) as name_count,
    count(*) over (partition by account_id, lower(creator_name)) > 1 as is_name_reused
from spans
order by all
;

-- mart: clips.dim_games
select distinct
    account_id, game_id, game_name, game_name <> 'unknown' as is_resolved, true as is_current,
    (game_name <> 'unknown')::bigint as name_count,
    min(first_seen_at) over (partition by account_id, game_id) as first_clip_seen_at
from "clips.dim_clips"
order by all
;

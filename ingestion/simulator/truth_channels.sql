-- What the marts of the Twitch channels must hold: the world as it was when the collector asked.
-- Streams are unrolled into their seconds, so that no gap, cap, midnight or hour needs a rule of its own.
-- Each statement below a `-- mart:` line becomes truth/<name>.parquet.
create temp table channel_looks as
select p."at" as look_at
from (select "at" from world.polls union select "at" from world.daily_collections) as p
where
    not exists (
        select 1
        from world.outages as o
        where
            o.resource = 'streams' and o.kind = 'error'
            and p."at" >= o.from_at and p."at" < o.from_at + to_minutes(o.minutes::int)
    )
;

create temp table channel_seen as
select s.stream_id, s.account_id, s.broadcast_number, s.started_at, l.look_at, v.viewers
from channel_looks as l
join world.stream_viewers as v on v.minute_at = date_trunc('minute', l.look_at)
join world.streams as s using (stream_id)
;

create temp table channel_ends as
with last_seen as (
    select stream_id, account_id, broadcast_number, started_at, max(look_at) as last_seen_at
    from channel_seen
    group by all
)
select
    s.*,
    n.next_look_at is null as is_live,
    case
        when n.next_look_at is null then s.last_seen_at
        else least(n.next_look_at, n.next_started_at, s.last_seen_at + interval 20 minute)
    end as until_at
from last_seen as s
join (
    select
        s.stream_id,
        (select min(look_at) from channel_looks where look_at > s.last_seen_at) as next_look_at,
        (
            select min(n.started_at) from last_seen as n
            where n.account_id = s.account_id and n.started_at > s.started_at
        ) as next_started_at
    from last_seen as s
) as n using (stream_id)
;

-- One row a second that a stream was live, with the look whose viewers and category stand for it.
create temp table channel_seconds as
with unrolled as (
    select stream_id, account_id, unnest(generate_series(started_at, until_at - interval 1 second, interval 1 second)) as s
    from channel_ends
)
select
    u.stream_id,
    u.account_id,
    u.s,
    hour_start(u.s) as hour_at,
    reporting_date(u.s) as date,
    coalesce(l.look_at, e.first_look_at) as look_at,
    case when u.s < l.look_at + interval 20 minute then l.viewers end as viewers
from unrolled as u
join (select stream_id, min(look_at) as first_look_at from channel_seen group by all) as e using (stream_id)
asof left join channel_seen as l on l.stream_id = u.stream_id and l.look_at <= u.s
;

create temp table channel_samples as
select s.*, g.game_id, hour_start(s.look_at) as hour_at, reporting_date(s.look_at) as date
from channel_seen as s
asof join world.stream_segments as g on g.stream_id = s.stream_id and g.from_at <= s.look_at
;

create temp table channel_counts as
select
    c.account_id,
    d."at" as counted_at,
    reporting_date(d."at") as date,
    f.followers
from world.daily_collections as d
cross join world.channels as c
asof join world.follower_counts as f on f.account_id = c.account_id and f."at" <= d."at"
where
    not exists (
        select 1 from world.outages as o
        where o.resource = 'followers' and o.account_id = c.account_id and d."at" >= o.from_at
        and d."at" < o.from_at + to_minutes(o.minutes::int)
    )
;

-- Followers between two counts belong to the streams of that time, second by second.
create temp table channel_gains as
select stream_id, sum(share) as gained, sum(seconds) as known_seconds
from (
    select
        stream_id,
        count(*) as seconds,
        (gained::double * count(*) / sum(count(*)) over (partition by u.account_id, counted_at))::decimal(38, 6) as share
    from channel_seconds as u
    asof join (
        select account_id, counted_at, lead(followers) over w - followers as gained
        from channel_counts
        window w as (partition by account_id order by counted_at)
    ) as c on c.account_id = u.account_id and c.counted_at <= u.s
    where gained is not null
    group by stream_id, u.account_id, counted_at, gained
)
group by all
;

-- mart: channels.fct_channel_snapshots_daily
with
    asked as (
        select c.account_id, reporting_date(d."at") as date, d."at" from world.daily_collections as d cross join world.channels as c
    ),
    gained as (
        select *, followers - lag(followers) over w as gained, date - lag(date) over w as days
        from channel_counts
        window w as (partition by account_id order by date)
    ),
    subscribers as (
        select
            a.account_id, a.date, s.tier1 + s.tier2 + s.tier3 as subscribers, s.points, s.tier1, s.tier2, s.tier3, s.gifted,
            o.resource is null as is_complete
        from asked as a
        asof join world.subscriber_counts as s on s.account_id = a.account_id and s."at" <= a."at"
        left join world.outages as o
            on o.resource = 'subscriptions' and o.account_id = a.account_id and a."at" >= o.from_at
            and a."at" < o.from_at + to_minutes(o.minutes::int)
    )
select
    a.account_id,
    a.date as snapshot_date,
    g.counted_at as followers_at,
    g.followers as follower_count,
    g.gained as followers_gained,
    g.days as days_since_previous,
    s.subscribers as subscriber_count,
    s.subscribers - lag(s.subscribers) over (partition by a.account_id order by a.date) as subscribers_gained,
    s.points as subscriber_points,
    case when s.is_complete then s.tier1 end as tier1_count,
    case when s.is_complete then s.tier2 end as tier2_count,
    case when s.is_complete then s.tier3 end as tier3_count,
    case when s.is_complete then s.gifted end as gift_count,
    s.is_complete as is_subscription_complete,
    g.followers is null as is_missing,
    coalesce(g.days > 1, false) as is_after_gap
from asked as a
left join gained as g using (account_id, date)
left join subscribers as s using (account_id, date)
;

-- mart: channels.fct_stream_sessions
select
    e.stream_id,
    e.account_id,
    first_value(e.stream_id) over (partition by e.account_id, e.broadcast_number order by e.started_at) as broadcast_id,
    reporting_date(e.started_at) as stream_date,
    e.started_at,
    case when not e.is_live then e.until_at end as ended_at,
    e.last_seen_at,
    e.is_live,
    s.seconds::double as duration_seconds,
    s.covered::double as covered_seconds,
    s.covered / s.seconds as sample_coverage_ratio,
    l.looks as sample_count,
    s.viewer_seconds::double / 3600 as hours_watched,
    s.viewer_seconds::double / nullif(s.covered, 0) as average_viewers,
    l.peak as peak_viewers,
    l.mean as mean_sample_viewers,
    case when g.known_seconds = s.seconds then g.gained::double end as followers_gained,
    l.games as game_count
from channel_ends as e
join (
    select stream_id, count(*) as seconds, count(viewers) as covered, sum(viewers) as viewer_seconds
    from channel_seconds group by all
) as s using (stream_id)
join (
    select stream_id, count(*) as looks, max(viewers) as peak, sum(viewers)::double / count(*) as mean,
        count(distinct game_id) as games
    from channel_samples group by all
) as l using (stream_id)
left join channel_gains as g using (stream_id)
;

-- mart: channels.fct_broadcasts
select
    s.broadcast_id,
    s.account_id,
    min(s.started_at) as started_at,
    case when bool_and(not s.is_live) then max(s.ended_at) end as ended_at,
    count(*) as stream_count,
    sum(s.duration_seconds) as streamed_seconds,
    sum(s.hours_watched) as hours_watched,
    max(s.peak_viewers) as peak_viewers
from "channels.fct_stream_sessions" as s
group by all
;

-- mart: channels.agg_channels_hourly
with
    lived as (
        select account_id, hour_at, date, count(distinct stream_id) as streams, count(*) as seconds, count(viewers) as covered,
            sum(viewers) as viewer_seconds
        from channel_seconds group by all
    ),
    looked as (
        select account_id, hour_at, count(*) as looks, max(viewers) as peak from channel_samples group by all
    )
select
    account_id,
    hour_at,
    v.date as stream_date,
    hour(local_time(hour_at)) as hour_of_day,
    v.seconds::double as streamed_seconds,
    v.covered::double as covered_seconds,
    coalesce(l.looks, 0) as sample_count,
    v.viewer_seconds::double / 3600 as hours_watched,
    v.viewer_seconds::double / nullif(v.covered, 0) as average_viewers,
    l.peak as peak_viewers
from lived as v
left join looked as l using (account_id, hour_at)
;

-- mart: channels.fct_video_snapshots
select
    * exclude (created_at),
    case
        when lag(view_count) over w is not null then view_count - lag(view_count) over w
        when created_at >= (select min("at") from world.daily_collections) then view_count
    end as views_gained,
    date_diff('second', lag(collected_at) over w, collected_at)::double as seconds_since_previous
from (
    select
        v.video_id,
        d."at" as collected_at,
        v.account_id,
        reporting_date(d."at") as snapshot_date,
        v.stream_id,
        v.type,
        v.title,
        w.views as view_count,
        v.created_at
    from world.videos as v
    join world.daily_collections as d on v.listed_at <= d."at" and (v.deleted_at is null or d."at" < v.deleted_at)
    asof join world.video_views as w on w.video_id = v.video_id and w."at" <= d."at"
)
window w as (partition by video_id order by collected_at)
;

-- mart: channels.agg_channels_daily
with
    lived as (
        select account_id, date, count(distinct stream_id) as streams, count(*) as seconds, count(viewers) as covered,
            sum(viewers) as viewer_seconds
        from channel_seconds group by all
    ),
    looked as (select account_id, date, count(*) as looks, max(viewers) as peak from channel_samples group by all),
    started as (
        select account_id, date, count(*) as broadcasts
        from (select account_id, reporting_date(started_at) as date from "channels.fct_broadcasts")
        group by all
    ),
    viewed as (
        select account_id, snapshot_date as date, sum(views_gained)::bigint as views
        from "channels.fct_video_snapshots" group by all
    )
select
    account_id,
    date as activity_date,
    n.follower_count,
    n.followers_gained,
    coalesce(v.streams, 0) as stream_count,
    coalesce(b.broadcasts, 0) as broadcast_count,
    coalesce(v.seconds, 0) / 3600 as hours_streamed,
    v.covered::double as covered_seconds,
    v.viewer_seconds::double / 3600 as hours_watched,
    v.viewer_seconds::double / nullif(v.covered, 0) as average_viewers,
    l.peak as peak_viewers,
    w.views as video_views_gained
from (select account_id, snapshot_date as date, * from "channels.fct_channel_snapshots_daily") as n
full join lived as v using (account_id, date)
full join started as b using (account_id, date)
left join looked as l using (account_id, date)
left join viewed as w using (account_id, date)
;

-- mart: channels.agg_channel_games_daily
select
    p.account_id,
    p.game_id,
    p.date as stream_date,
    coalesce(g.name, 'unknown') as game_name,
    p.streams as stream_count,
    p.seconds / 3600 as hours_streamed,
    p.covered::double as covered_seconds,
    p.viewer_seconds / 3600 as hours_watched,
    p.viewer_seconds / p.covered as average_viewers,
    p.seconds / sum(p.seconds) over (partition by p.account_id, p.date) as streamed_share_ratio
from (
    select u.account_id, l.game_id, u.date, count(distinct u.stream_id) as streams, count(*) as seconds,
        sum(u.viewers)::double as viewer_seconds, count(u.viewers) as covered
    from channel_seconds as u
    join channel_samples as l on l.stream_id = u.stream_id and l.look_at = u.look_at
    group by all
) as p
left join world.games as g using (game_id)
;

-- mart: channels.agg_channel_games
with
    played as (
        select
            u.account_id, l.game_id, count(distinct u.stream_id) as streams, count(distinct u.date) as days, count(*) as seconds,
            sum(u.viewers)::double as viewer_seconds, count(u.viewers) as covered, min(u.date) as first_date,
            max(u.date) as last_date
        from channel_seconds as u
        join channel_samples as l on l.stream_id = u.stream_id and l.look_at = u.look_at
        group by all
    )
select
    p.account_id,
    p.game_id,
    coalesce(g.name, 'unknown') as game_name,
    p.streams as stream_count,
    p.days as stream_day_count,
    p.first_date,
    p.last_date,
    p.seconds / 3600 as hours_streamed,
    p.viewer_seconds / 3600 as hours_watched,
    p.viewer_seconds / p.covered as average_viewers,
    p.seconds / sum(p.seconds) over (partition by p.account_id) as streamed_share_ratio
from played as p
left join world.games as g using (game_id)
;

-- mart: channels.agg_videos
with
    dates as (select max(snapshot_date) as as_of_date, max(collected_at) as as_of_at from "channels.fct_video_snapshots"),
    newest as (
        select distinct on (video_id) * from "channels.fct_video_snapshots" order by video_id, collected_at desc
    ),
    gains as (
        select n.video_id, k.days, d.as_of_date,
            case
                when n.snapshot_date <= d.as_of_date - k.days then null
                when max(s.collected_at) is not null then n.view_count - arg_max(s.view_count, s.collected_at)
                when reporting_date(v.created_at) > d.as_of_date - k.days or d.as_of_at - v.created_at < to_days(k.days)
                then n.view_count
            end as gained
        from newest as n
        cross join dates as d
        cross join (values (1), (7), (30)) as k(days)
        join world.videos as v using (video_id)
        left join "channels.fct_video_snapshots" as s
            on s.video_id = n.video_id and s.snapshot_date <= d.as_of_date - k.days
        group by n.video_id, k.days, d.as_of_date, d.as_of_at, n.snapshot_date, n.view_count, v.created_at
    )
select
    n.video_id,
    n.account_id,
    n.view_count,
    max(g.gained) filter (where g.days = 1) as views_gained_1d,
    max(g.gained) filter (where g.days = 7) as views_gained_7d,
    max(g.gained) filter (where g.days = 30) as views_gained_30d
from newest as n
join gains as g using (video_id)
group by all
;

-- mart: channels.dim_channels
select
    account_id,
    (select min("at") from world.polls) as valid_from_at,
    login,
    display_name,
    broadcaster_type,
    created_at,
    true as is_current
from world.channels
;

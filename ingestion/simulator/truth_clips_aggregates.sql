-- What the aggregates of the clips marts must hold, from the clips, snapshots and shares of truth_clips.sql.
create temp table newest as select max(visited_at) as as_of, reporting_date(max(visited_at)) as as_of_date from seen_clips
;

create temp macro first_of(kind, date) as case kind when 'day' then date else date_trunc(kind, date)::date end;
create temp macro after(kind, date) as (
    date + case kind when 'day' then interval 1 day when 'week' then interval 7 day else interval 1 month end
)::date
;

-- Every period with each account's clips in it.
create temp table period_clips as
select
    kind as period_type,
    utc_of(first_of(kind, clip_date)::timestamp) as period_started_at,
    utc_of(after(kind, first_of(kind, clip_date))::timestamp) as period_ended_at,
    first_of(kind, clip_date) as period_date,
    c.*
from "clips.dim_clips" as c, (select unnest(['day', 'week', 'month']) as kind)
union all
select 'all_time', utc_of(first_date::timestamp), as_of, first_date, c.* exclude (first_date)
from (select *, min(clip_date) over (partition by account_id) as first_date from "clips.dim_clips") as c, newest
union all
select kind, as_of - span, as_of, reporting_date(as_of - span), c.*
from "clips.dim_clips" as c, newest, (values
    ('rolling_24h', interval 24 hour), ('rolling_7d', interval 168 hour), ('rolling_30d', interval 720 hour)
) as t(kind, span)
where c.clip_created_at > as_of - span and c.clip_created_at <= as_of
;

create temp table newest_names as select account_id, creator_id, creator_name from "clips.dim_creators" where is_current
;

-- mart: clips.agg_creators_period
with
    games as (
        select account_id, period_type, period_started_at, creator_id, game_id, any_value(game_name) as name,
            count(*) as clips, coalesce(sum(view_count), -1) as views
        from period_clips where game_id <> 'unknown' group by all
    ),
    tops as (
        select * from games
        qualify row_number() over (
            partition by account_id, period_type, period_started_at, creator_id order by clips desc, views desc, game_id
        ) = 1
    ),
    sums as (
        select
            account_id, period_type, period_started_at, period_ended_at, period_date, creator_id,
            count(*) as clip_count,
            count(view_count) as viewed_clip_count,
            sum(view_count)::bigint as total_views,
            avg(view_count) as avg_view_count,
            sum(discord_shares)::bigint as discord_shares,
            sum(discord_reactions)::bigint as discord_reactions,
            count(distinct game_id) filter (where game_id <> 'unknown') as unique_games,
            max(view_count) filter (where not is_deleted) as top_clip_views
        from period_clips group by all
    )
select
    s.*,
    s.period_ended_at <= n.as_of as is_complete,
    c.creator_name,
    t.game_id as top_game_id,
    t.name as top_game_name,
    t.clips as top_game_clip_count,
    rank() over (partition by s.account_id, s.period_type, s.period_started_at order by clip_count desc) as clip_rank,
    count(*) over (partition by s.account_id, s.period_type, s.period_started_at) as creator_count
from sums as s
cross join newest as n
join newest_names as c on c.account_id = s.account_id and c.creator_id = s.creator_id
left join tops as t
    on t.account_id = s.account_id and t.period_type = s.period_type
    and t.period_started_at = s.period_started_at and t.creator_id = s.creator_id
order by all
;

-- mart: clips.agg_games_period
select
    account_id, period_type, period_started_at, period_ended_at, game_id, any_value(game_name) as game_name,
    count(*) as clip_count,
    count(view_count) as viewed_clip_count,
    sum(view_count)::bigint as total_views,
    avg(view_count) as avg_view_count,
    sum(discord_shares)::bigint as discord_shares,
    sum(discord_reactions)::bigint as discord_reactions,
    count(distinct creator_id) as unique_creators,
    (
        array_agg(clip_id order by view_count desc, clip_id desc) filter (where not is_deleted and view_count is not null)
    )[1] as top_clip_id,
    max(view_count) filter (where not is_deleted) as top_clip_views,
    rank() over (partition by account_id, period_type, period_started_at order by count(*) desc) as clip_rank,
    case
        when count(view_count) > 0
        then rank() over (
            partition by account_id, period_type, period_started_at order by sum(view_count) desc nulls last
        )
    end as view_rank
from period_clips
group by account_id, period_type, period_started_at, period_ended_at, game_id
order by all
;

-- mart: clips.agg_overview
select
    account_id,
    count(*) as total_clips,
    sum(view_count)::bigint as total_views,
    count(distinct creator_id) as unique_creators,
    count(distinct game_id) filter (where game_id <> 'unknown') as unique_games,
    count(*) filter (where is_deleted) as deleted_clip_count,
    sum(discord_shares)::bigint as discord_shares,
    sum(discord_shares_by_creator)::bigint as discord_shares_by_creator,
    sum(discord_reactions)::bigint as discord_reactions,
    min(clip_date) as first_clip_date,
    max(clip_date) as last_clip_date,
    (
        select game_id from "clips.dim_clips" as g where g.account_id = c.account_id and game_id <> 'unknown'
        group by game_id order by count(*) desc, sum(view_count) desc nulls last, game_id limit 1
    ) as top_game_id,
    (
        select creator_id from "clips.dim_clips" as g where g.account_id = c.account_id
        group by creator_id order by count(*) desc, sum(view_count) desc nulls last, creator_id limit 1
    ) as top_creator_id,
    any_value(as_of) as as_of_at
from "clips.dim_clips" as c, newest
group by account_id
order by all
;

-- mart: clips.agg_engagement_timeline
with
    shares as (
        select s.account_id, s.share_date, s.message_id, s.clip_id, coalesce(sum(r.reaction_count), 0) as reactions
        from "clips.fct_discord_shares" as s
        left join (select distinct on (message_id, emoji_id, emoji_name) * from "clips.fct_discord_reactions" where is_current) as r
            on r.message_id = s.message_id
        where not s.is_deleted group by all
    ),
    periods as (
        select distinct account_id, kind as period_type, first_of(kind, date) as period_date
        from (
            select account_id, clip_date as date from "clips.dim_clips"
            union select account_id, snapshot_date from "clips.fct_clip_snapshots"
            union select account_id, share_date from shares
        ), (select unnest(['day', 'week', 'month']) as kind)
    )
select
    p.account_id,
    p.period_type,
    p.period_date,
    (select count(*) from "clips.dim_clips" as c
        where c.account_id = p.account_id and first_of(p.period_type, c.clip_date) = p.period_date) as clip_count,
    (select count(distinct creator_id) from "clips.dim_clips" as c
        where c.account_id = p.account_id and first_of(p.period_type, c.clip_date) = p.period_date) as creator_count,
    (select case when count(view_count) > 0 then coalesce(sum(views_gained), 0) end::bigint from "clips.fct_clip_snapshots" as c
        where c.account_id = p.account_id and first_of(p.period_type, c.snapshot_date) = p.period_date) as views_gained,
    (select case when count(view_count) > 0 then coalesce(sum(baseline_views), 0) end::bigint from "clips.fct_clip_snapshots" as c
        where c.account_id = p.account_id and first_of(p.period_type, c.snapshot_date) = p.period_date) as baseline_views,
    (select count(*) from shares as c
        where c.account_id = p.account_id and first_of(p.period_type, c.share_date) = p.period_date) as discord_shares,
    (select coalesce(sum(reactions), 0)::bigint from shares as c
        where c.account_id = p.account_id and first_of(p.period_type, c.share_date) = p.period_date) as discord_reactions
from periods as p
order by all
;

-- mart: clips.agg_view_curve
with
    known as (
        select account_id, clip_id, hours, views_at(clip_id, hours) as views, views_at(clip_id, 168) as week_views
        from "clips.dim_clips", (select unnest([1, 6, 12, 24, 48, 72, 168, 336, 720]) as hours)
    )
select
    account_id,
    hours::bigint as age_hours,
    count(*) as clip_count,
    avg(views) as mean_views,
    quantile_cont(views, 0.5)::double as p50_views,
    quantile_cont(views, 0.9)::double as p90_views,
    count(week_views) as full_age_clip_count,
    sum(views) filter (where week_views is not null)::bigint as full_age_clip_views,
    sum(week_views)::bigint as full_age_views,
    case
        when hours <= 168 then sum(views) filter (where week_views is not null) / nullif(sum(week_views), 0)::double
    end as share_of_full_age_ratio
from known
where views is not null
group by account_id, hours
order by all
;

-- mart: clips.agg_viral_clips
with
    aged as (
        select account_id, clip_id, hours, views_at(clip_id, hours) as views
        from "clips.dim_clips", newest, (select unnest([24, 72, 168]) as hours)
        where clip_created_at > as_of - interval 90 day
    ),
    placed as (
        select a.clip_id, a.hours, a.views, count(*) as n, count(*) filter (where o.views < a.views) as below
        from aged as a join aged as o using (account_id, hours)
        where a.views is not null and o.views is not null
        group by all
    ),
    judged as (
        select *, below / (n - 1)::double as percentile, n >= 20 and percentile >= 0.95 and views >= 100 as is_viral from placed
    )
select
    c.clip_id,
    c.account_id,
    c.creator_id,
    c.view_count,
    d.views as views_at_24h,
    case when d.n >= 20 then d.percentile end as percentile_at_24h_ratio,
    d.n as compared_at_24h,
    coalesce(d.is_viral, false) as is_viral_at_24h,
    case when t.n >= 20 then t.percentile end as percentile_at_72h_ratio,
    coalesce(t.is_viral, false) as is_viral_at_72h,
    coalesce(w.is_viral, false) as is_viral_at_168h,
    coalesce(d.is_viral, false) or coalesce(t.is_viral, false) or coalesce(w.is_viral, false) as is_viral,
    coalesce(c.view_count >= 1000, false) as has_min_views,
    (select count(*) + 1 from "clips.dim_clips" as o where o.account_id = c.account_id and o.view_count > c.view_count)
        as view_rank
from "clips.dim_clips" as c
left join judged as d on d.clip_id = c.clip_id and d.hours = 24
left join judged as t on t.clip_id = c.clip_id and t.hours = 72
left join judged as w on w.clip_id = c.clip_id and w.hours = 168
where coalesce(d.is_viral, false) or coalesce(t.is_viral, false) or coalesce(w.is_viral, false) or c.view_count >= 1000
order by all
;

-- mart: clips.agg_peak_times
with
    accounts as (select account_id, min(clip_date) as first_date from "clips.dim_clips" group by all),
    hours as (
        select distinct account_id, hour_start(moment) as hour_at
        from accounts, newest, generate_series(
            utc_of(first_date::timestamp), as_of, interval 15 minutes
        ) as s(moment)
    ),
    existing as (
        select account_id, isodow(local_time(hour_at)) as weekday, hour(local_time(hour_at)) as hour, count(*) as n
        from hours group by all
    )
select
    e.account_id,
    e.weekday::bigint as iso_weekday,
    e.hour::bigint as hour_of_day,
    count(c.clip_id) as clip_count,
    e.n as hour_count,
    count(c.clip_id) / e.n::double as clips_per_hour
from existing as e
left join "clips.dim_clips" as c
    on c.account_id = e.account_id and isodow(local_time(c.clip_created_at)) = e.weekday
    and hour(local_time(c.clip_created_at)) = e.hour
group by e.account_id, e.weekday, e.hour, e.n
order by all
;

-- mart: clips.agg_period_comparison
with
    spans as (
        select
            kind as period_type,
            utc_of(first_of(kind, first_of(kind, as_of_date) - 1)::timestamp) as started,
            utc_of(first_of(kind, as_of_date)::timestamp) as ended,
            utc_of(first_of(kind, first_of(kind, first_of(kind, as_of_date) - 1) - 1)::timestamp) as before
        from newest, (select unnest(['day', 'week', 'month']) as kind)
        union all
        -- both ends a microsecond on, since these windows hold their end
        select kind, as_of - span + interval 1 microsecond, as_of + interval 1 microsecond, as_of - 2 * span + interval 1 microsecond
        from newest, (values
            ('rolling_24h', interval 24 hour), ('rolling_7d', interval 168 hour), ('rolling_30d', interval 720 hour)
        ) as t(kind, span)
    ),
    happened as (
        select account_id, 'clip_count' as metric, clip_created_at as moment, 1 as value from "clips.dim_clips"
        union all
        select account_id, 'views_gained', snapshot_at, views_gained from "clips.fct_clip_snapshots"
        where views_gained is not null
        union all
        select account_id, 'discord_shares', shared_at, 1 from "clips.fct_discord_shares" where not is_deleted
    ),
    known as (select account_id, metric, min(moment) as first_at from happened group by all)
select
    a.account_id,
    s.period_type,
    m.metric,
    s.started as period_started_at,
    s.ended as period_ended_at,
    case
        when any_value(k.first_at) >= s.ended then null
        else coalesce(sum(h.value) filter (where h.moment >= s.started and h.moment < s.ended), 0)
    end::bigint as value,
    case
        when any_value(k.first_at) < s.before
        then coalesce(sum(h.value) filter (where h.moment >= s.before and h.moment < s.started), 0)
    end::bigint as previous_value
from (select distinct account_id from "clips.dim_clips") as a
cross join spans as s
cross join (select distinct metric from happened) as m
left join happened as h on h.account_id = a.account_id and h.metric = m.metric
left join known as k on k.account_id = a.account_id and k.metric = m.metric
group by a.account_id, s.period_type, m.metric, s.started, s.ended, s.before
union all
-- people are counted, not added
select
    a.account_id,
    s.period_type,
    'creator_count',
    s.started,
    s.ended,
    case
        when min(c.clip_created_at) >= s.ended then null
        else count(distinct c.creator_id) filter (where c.clip_created_at >= s.started and c.clip_created_at < s.ended)
    end,
    case
        when min(c.clip_created_at) < s.before
        then count(distinct c.creator_id) filter (where c.clip_created_at >= s.before and c.clip_created_at < s.started)
    end
from (select distinct account_id from "clips.dim_clips") as a
cross join spans as s
join "clips.dim_clips" as c on c.account_id = a.account_id
group by a.account_id, s.period_type, s.started, s.ended, s.before
union all
select
    a.account_id,
    s.period_type,
    'discord_reactions',
    s.started,
    s.ended,
    case
        when min(c.shared_at) >= s.ended then null
        else coalesce(sum(r.reaction_count) filter (where c.shared_at >= s.started and c.shared_at < s.ended), 0)
    end,
    case
        when min(c.shared_at) < s.before
        then coalesce(sum(r.reaction_count) filter (where c.shared_at >= s.before and c.shared_at < s.started), 0)
    end
from (select distinct account_id from "clips.dim_clips") as a
cross join spans as s
left join (select * from "clips.fct_discord_shares" where not is_deleted) as c on c.account_id = a.account_id
left join (select distinct on (message_id, emoji_id, emoji_name) * from "clips.fct_discord_reactions" where is_current) as r
    on r.message_id = c.message_id
group by a.account_id, s.period_type, s.started, s.ended, s.before
order by all
;

-- mart: clips.agg_schedule_to_clip_lag
with
    broadcasts as (
        select broadcast_id, account_id, min(started_at) as started_at, max(coalesce(ended_at, last_seen_at)) as ended_at
        from "channels.fct_stream_sessions" group by all
    ),
    made as (
        select
            c.account_id, b.broadcast_id, c.clip_id, epoch(c.clip_created_at - b.started_at) as lag,
            floor(least(lag, epoch(b.ended_at - b.started_at)) / 1800) as bucket, c.clip_created_at <= b.ended_at + interval 10 minute as is_in
        from "clips.dim_clips" as c
        asof join broadcasts as b on b.account_id = c.account_id and b.started_at <= c.clip_created_at
    ),
    buckets as (
        select account_id, n as bucket, count(*) as broadcasts
        from broadcasts, range(100) as r(n) where epoch(ended_at - started_at) >= 1800 * n group by all
    )
select
    b.account_id,
    (b.bucket * 30)::bigint as lag_bucket_minutes,
    (select count(*) from made as m where m.account_id = b.account_id and is_in and m.bucket = b.bucket) as clip_count,
    b.broadcasts as broadcast_count,
    (select median(lag) from made as m where m.account_id = b.account_id and is_in)::double as median_lag_seconds,
    (select count(*) from made as m where m.account_id = b.account_id and is_in) as matched_clip_count,
    (select count(*) from made as m where m.account_id = b.account_id and not is_in) as unmatched_clip_count
from buckets as b
order by all
;

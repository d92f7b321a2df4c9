-- Twitch channels by week, month and hour of the week, from the seconds and marts of truth_channels.sql.
-- Each statement below a `-- mart:` line becomes truth/<name>.parquet.
-- A channel by the periods of a grain, week or month: streams and seconds of each, never added up from dates.
create temp macro channel_periods(grain) as table
with
    days as (select *, date_trunc(grain, activity_date)::date as period_date from "channels.agg_channels_daily"),
    asked as (
        select account_id, date_trunc(grain, date)::date as period_date, count(*) as days
        from (
            select account_id, snapshot_date as date from "channels.fct_channel_snapshots_daily"
            union select account_id, date from channel_seconds
        )
        group by all
    ),
    lived as (
        select account_id, date_trunc(grain, date)::date as period_date, count(distinct stream_id) as streams,
            count(distinct date) as days, count(*) as seconds, sum(viewers)::double as viewer_seconds, count(viewers) as covered
        from channel_seconds group by all
    )
select
    d.account_id,
    d.period_date,
    coalesce(any_value(a.days), 0) as asked_day_count,
    count(d.follower_count) as snapshot_day_count,
    arg_max(d.follower_count, d.activity_date) filter (where d.follower_count is not null) as follower_count,
    sum(d.followers_gained)::bigint as followers_gained,
    coalesce(any_value(l.streams), 0) as stream_count,
    sum(d.broadcast_count)::bigint as broadcast_count,
    coalesce(any_value(l.days), 0) as stream_day_count,
    coalesce(any_value(l.seconds), 0) / 3600 as hours_streamed,
    any_value(l.viewer_seconds) / 3600 as hours_watched,
    any_value(l.viewer_seconds) / any_value(l.covered) as average_viewers,
    max(d.peak_viewers) as peak_viewers,
    sum(d.video_views_gained)::bigint as video_views_gained
from days as d
left join asked as a using (account_id, period_date)
left join lived as l using (account_id, period_date)
group by all
;

-- mart: channels.agg_channels_weekly
from channel_periods('week')
;

-- mart: channels.agg_channels_monthly
from channel_periods('month')
;

-- mart: channels.agg_channels_growth
with
    periods as (
        select 'day' as timeframe, * rename (activity_date as period_date) from "channels.agg_channels_daily"
        union all by name
        select 'week' as timeframe, * from "channels.agg_channels_weekly"
        union all by name
        select 'month' as timeframe, * from "channels.agg_channels_monthly"
    ),
    ends as (
        select account_id, min(activity_date) as first_date, max(activity_date) as last_date
        from "channels.agg_channels_daily"
        group by all
    )
select
    p.account_id,
    p.timeframe,
    p.period_date,
    date_diff(p.timeframe, p.period_date, e.last_date) > 0 as is_complete,
    b.account_id is not null as has_before,
    b.account_id is not null and b.period_date >= e.first_date as is_before_complete,
    p.follower_count,
    b.follower_count as follower_count_before,
    (p.follower_count - b.follower_count) / b.follower_count as follower_growth_ratio,
    p.followers_gained,
    b.followers_gained as followers_gained_before,
    p.broadcast_count,
    b.broadcast_count as broadcast_count_before,
    p.hours_streamed,
    b.hours_streamed as hours_streamed_before,
    p.hours_watched,
    b.hours_watched as hours_watched_before,
    p.average_viewers,
    b.average_viewers as average_viewers_before,
    p.video_views_gained,
    b.video_views_gained as video_views_gained_before
from periods as p
join ends as e using (account_id)
left join periods as b
    on b.account_id = p.account_id and b.timeframe = p.timeframe
    and date_diff(p.timeframe, b.period_date, p.period_date) = 1
;

-- mart: channels.agg_stream_frequency
with
    lasted as (
        select account_id, reporting_date(started_at) as date,
            epoch(coalesce(ended_at, last_seen_at) - started_at) as seconds
        from (
            select s.account_id, min(s.started_at) as started_at, max(s.last_seen_at) as last_seen_at,
                case when bool_and(not s.is_live) then max(s.ended_at) end as ended_at
            from "channels.fct_stream_sessions" as s
            group by s.account_id, s.broadcast_id
        )
    )
select
    p.account_id,
    p.timeframe,
    p.period_date,
    p.stream_count,
    p.broadcast_count,
    p.stream_day_count,
    p.asked_day_count,
    p.stream_day_count / nullif(p.asked_day_count, 0) as stream_day_ratio,
    p.hours_streamed,
    avg(l.seconds) as mean_broadcast_seconds,
    max(l.seconds)::double as longest_broadcast_seconds
from (
    select 'week' as timeframe, * from "channels.agg_channels_weekly"
    union all
    select 'month', * from "channels.agg_channels_monthly"
) as p
left join lasted as l on l.account_id = p.account_id and date_trunc(p.timeframe, l.date)::date = p.period_date
group by all
;

-- mart: channels.agg_best_hours
with
    existing as (
        select account_id, isodow(reporting_date(hour_at)) as weekday, hour(local_time(hour_at)) as hour_of_day, count(*) as hours
        from (
            select distinct account_id, hour_start(quarter) as hour_at
            from (
                select account_id, unnest(generate_series(
                    utc_of(min(activity_date)::timestamp),
                    utc_of((max(activity_date) + 1)::timestamp) - interval 15 minutes,
                    interval 15 minutes
                )) as quarter
                from "channels.agg_channels_daily" group by account_id
            )
        )
        where hour_at <= (select max(look_at) from channel_looks)
        group by all
    ),
    lived as (
        select account_id, isodow(date) as weekday, hour(local_time(hour_at)) as hour_of_day, count(*) as seconds,
            count(distinct stream_id) as streams, count(viewers) as covered, sum(viewers)::double as viewer_seconds
        from channel_seconds group by all
    )
select
    account_id,
    weekday,
    hour_of_day,
    e.hours as hours_existed,
    coalesce(l.streams, 0) as stream_count,
    coalesce(l.seconds, 0) / 3600 as hours_streamed,
    l.viewer_seconds / nullif(l.covered, 0) as average_viewers,
    coalesce(l.seconds, 0) / 3600 / e.hours as streamed_ratio,
    if(l.seconds is null, 0, l.viewer_seconds / nullif(sign(l.covered), 0) / 3600 / e.hours) as watched_per_hour
from existing as e
left join lived as l using (account_id, weekday, hour_of_day)
;

-- Two channels of 35_raw_twitch.sql, asked once a day: the first is live for an hour before each look and 20 minutes after.
create schema channels;

create table channels.fct_channel_snapshots_daily as
select
    f.account_id, f.collected_at::date as snapshot_date, f.collected_at as followers_at, f.total::bigint as follower_count,
    (f.total - lag(f.total) over w)::bigint as followers_gained, f.collected_at::date - lag(f.collected_at::date) over w
    as days_since_previous, s.total as subscriber_count, s.total - lag(s.total) over w as subscribers_gained,
    s.points as subscriber_points, s.tier1_count, s.tier2_count, s.tier3_count, s.gift_count,
    s.is_complete as is_subscription_complete, 'Live' as title, '509658' as game_id, 'Just Chatting' as game_name,
    'en' as language, false as is_missing, false as is_after_gap, 1::bigint as batch_id,
    f.collected_at + interval 1 hour as loaded_at
from raw_twitch.followers as f
left join raw_twitch.subscriptions as s on s.account_id = f.account_id and s.collected_at = f.collected_at
where f._dlt_load_id in (select load_id from raw_twitch._dlt_loads where status = 0)
window w as (partition by f.account_id order by f.collected_at);

create table channels.fct_stream_sessions as
select
    stream_id, account_id, stream_id as broadcast_id, started_at::date as stream_date, started_at,
    collected_at + interval 20 minute as ended_at, collected_at as last_seen_at, false as is_live,
    4800::double as duration_seconds, 4800::double as covered_seconds, 1::double as sample_coverage_ratio,
    1::bigint as sample_count, viewer_count * 4 / 3 as hours_watched, viewer_count::double as average_viewers,
    viewer_count::bigint as peak_viewers, viewer_count::double as mean_sample_viewers, 1::double as followers_gained,
    title, game_id as main_game_id, game_name as main_game_name, 1::bigint as game_count, language, is_mature,
    1::bigint as batch_id, collected_at + interval 1 hour as loaded_at
from raw_twitch.streams where _dlt_load_id in (select load_id from raw_twitch._dlt_loads where status = 0);
create table channels.fct_broadcasts as
select
    broadcast_id, account_id, stream_date as broadcast_date, started_at, ended_at, last_seen_at, is_live,
    1::bigint as stream_count, duration_seconds, duration_seconds as streamed_seconds, covered_seconds,
    sample_coverage_ratio, sample_count, hours_watched, average_viewers, peak_viewers, mean_sample_viewers,
    followers_gained, title, game_count, batch_id, loaded_at
from channels.fct_stream_sessions;

create table channels.agg_channels_hourly as
select
    account_id, date_trunc('hour', started_at) + to_hours(part::int) as hour_at, stream_date, 1::bigint as hour_of_day,
    1::bigint as stream_count, case part when 0 then 3600 else 1200 end::double as streamed_seconds,
    streamed_seconds as covered_seconds, 1::double as sample_coverage_ratio, part as sample_count,
    average_viewers * streamed_seconds / 3600 as hours_watched, average_viewers, peak_viewers, mean_sample_viewers,
    batch_id, loaded_at
from channels.fct_stream_sessions, range(2) as p(part);

create table channels.fct_video_snapshots as
select
    video_id, collected_at, account_id, collected_at::date as snapshot_date, stream_id, type, title,
    view_count::bigint as view_count, view_count::bigint as views_gained, null::double as seconds_since_previous,
    86400::double as age_seconds, 1::bigint as batch_id, collected_at + interval 1 hour as loaded_at
from raw_twitch.videos where _dlt_load_id in (select load_id from raw_twitch._dlt_loads where status = 0);

create table channels.agg_videos as
select
    video_id, account_id, stream_id, title, type, 'en' as language, 'https://www.twitch.tv/videos/1' as url,
    collected_at - interval 1 day as created_at, collected_at - interval 1 day as published_at,
    3600::double as duration_seconds, view_count, null::bigint as views_gained_1d, null::bigint as views_gained_7d,
    null::bigint as views_gained_30d, snapshot_date as as_of_date, 1::bigint as snapshot_count,
    collected_at as first_snapshot_at, collected_at as last_snapshot_at, batch_id, loaded_at
from channels.fct_video_snapshots;

create table channels.agg_channels_daily as
select
    n.account_id, n.snapshot_date as activity_date, n.follower_count, n.followers_gained, n.subscriber_count,
    n.subscribers_gained, n.is_missing, count(s.stream_id) as stream_count, count(s.stream_id) as broadcast_count,
    count(distinct s.main_game_id) as game_count, coalesce(sum(s.duration_seconds) / 3600, 0) as hours_streamed,
    sum(s.covered_seconds) as covered_seconds, max(s.sample_coverage_ratio) as sample_coverage_ratio,
    sum(s.sample_count)::bigint as sample_count, sum(s.hours_watched) as hours_watched,
    max(s.average_viewers) as average_viewers, max(s.peak_viewers) as peak_viewers,
    max(s.mean_sample_viewers) as mean_sample_viewers, any_value(v.views)::bigint as video_views_gained,
    n.batch_id, n.loaded_at
from channels.fct_channel_snapshots_daily as n
left join channels.fct_stream_sessions as s on s.account_id = n.account_id and s.last_seen_at::date = n.snapshot_date
left join (
    select account_id, snapshot_date, sum(views_gained) as views from channels.fct_video_snapshots group by all
) as v on v.account_id = n.account_id and v.snapshot_date = n.snapshot_date
group by all;

create macro channel_periods(grain) as table
select
    account_id, date_trunc(grain, activity_date)::date as period_date, count(*) as asked_day_count,
    count(follower_count) as snapshot_day_count, max(follower_count) as follower_count,
    sum(followers_gained)::bigint as followers_gained, max(subscriber_count) as subscriber_count,
    sum(subscribers_gained)::bigint as subscribers_gained, sum(stream_count)::bigint as stream_count,
    sum(broadcast_count)::bigint as broadcast_count, count(*) filter (where hours_streamed > 0) as stream_day_count,
    max(game_count) as game_count, sum(hours_streamed) as hours_streamed, sum(covered_seconds) as covered_seconds,
    max(sample_coverage_ratio) as sample_coverage_ratio, sum(sample_count)::bigint as sample_count,
    sum(hours_watched) as hours_watched, max(average_viewers) as average_viewers, max(peak_viewers) as peak_viewers,
    max(mean_sample_viewers) as mean_sample_viewers, sum(video_views_gained)::bigint as video_views_gained,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from channels.agg_channels_daily group by all;
create table channels.agg_channels_weekly as from channel_periods('week');
create table channels.agg_channels_monthly as from channel_periods('month');

create table channels.agg_channels_growth as
with periods as (
    select 'day' as timeframe, interval 1 day as step, * rename (activity_date as period_date) from channels.agg_channels_daily
    union all by name
    select 'week' as timeframe, interval 7 day as step, * from channels.agg_channels_weekly
    union all by name
    select 'month' as timeframe, interval 1 month as step, * from channels.agg_channels_monthly
)
select
    p.account_id, p.timeframe, p.period_date, true as is_complete, b.account_id is not null as has_before,
    b.account_id is not null as is_before_complete,
    p.follower_count, b.follower_count as follower_count_before, 0.1::double as follower_growth_ratio,
    p.followers_gained, b.followers_gained as followers_gained_before, p.subscribers_gained,
    b.subscribers_gained as subscribers_gained_before, p.broadcast_count, b.broadcast_count as broadcast_count_before,
    p.hours_streamed, b.hours_streamed as hours_streamed_before, p.hours_watched, b.hours_watched as hours_watched_before,
    p.average_viewers, b.average_viewers as average_viewers_before, p.video_views_gained,
    b.video_views_gained as video_views_gained_before, p.batch_id, p.loaded_at
from periods as p
left join periods as b
    on b.account_id = p.account_id and b.timeframe = p.timeframe and b.period_date = p.period_date - p.step;

create table channels.agg_stream_frequency as
select
    account_id, timeframe, period_date, stream_count, broadcast_count, stream_day_count, asked_day_count,
    stream_day_count / asked_day_count as stream_day_ratio, hours_streamed, 4800::double as mean_broadcast_seconds,
    4800::double as longest_broadcast_seconds, batch_id, loaded_at
from (
    select 'week' as timeframe, * from channels.agg_channels_weekly
    union all
    select 'month', * from channels.agg_channels_monthly
);

create table channels.agg_channel_games_daily as
select
    account_id, main_game_id as game_id, stream_date, main_game_name as game_name, count(*) as stream_count,
    sum(duration_seconds) / 3600 as hours_streamed, sum(covered_seconds) as covered_seconds,
    1::double as sample_coverage_ratio, sum(sample_count)::bigint as sample_count, sum(hours_watched) as hours_watched,
    max(average_viewers) as average_viewers, max(peak_viewers) as peak_viewers,
    max(mean_sample_viewers) as mean_sample_viewers, 1::double as streamed_share_ratio,
    sum(followers_gained) as followers_gained, 1::bigint as batch_id, max(loaded_at) as loaded_at
from channels.fct_stream_sessions group by all;

create table channels.agg_channel_games as
select
    account_id, game_id, game_name, sum(stream_count)::bigint as stream_count, count(*) as stream_day_count,
    min(stream_date) as first_date, max(stream_date) as last_date, sum(hours_streamed) as hours_streamed,
    sum(covered_seconds) as covered_seconds, 1::double as sample_coverage_ratio, sum(sample_count)::bigint as sample_count,
    sum(hours_watched) as hours_watched, max(average_viewers) as average_viewers, max(peak_viewers) as peak_viewers,
    max(mean_sample_viewers) as mean_sample_viewers, 1::double as streamed_share_ratio,
    sum(followers_gained) as followers_gained, 1::bigint as batch_id, max(loaded_at) as loaded_at
from channels.agg_channel_games_daily group by all;

create table channels.agg_best_hours as
select
    account_id, isodow(hour_at)::bigint as weekday, hour(hour_at)::bigint as hour_of_day, 12::bigint as hours_existed,
    count(*) as stream_count, sum(streamed_seconds) / 3600 as hours_streamed, sum(covered_seconds) as covered_seconds,
    1::double as sample_coverage_ratio, sum(sample_count)::bigint as sample_count, sum(hours_watched) as hours_watched,
    max(average_viewers) as average_viewers, max(peak_viewers) as peak_viewers,
    max(mean_sample_viewers) as mean_sample_viewers, 0.1::double as streamed_ratio, 1::double as watched_per_hour,
    1::bigint as place, 1::bigint as batch_id, max(loaded_at) as loaded_at
from channels.agg_channels_hourly group by all;

create table channels.dim_channels as
select
    account_id, min(collected_at) as valid_from_at, null::timestamp as valid_to_at, login, display_name,
    broadcaster_type, description, created_at, max(collected_at) as last_seen_at, true as is_current,
    1::bigint as batch_id, max(collected_at) + interval 1 hour as loaded_at
from raw_twitch.users group by all;

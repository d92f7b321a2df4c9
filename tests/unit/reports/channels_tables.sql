-- One independent query for each table, named by page and table; `key` is the row's key on the page.
-- name: channels channels.daily
select n.snapshot_date as key, sum(n.followers_gained) as followers_gained, count(n.follower_count) as counted_channels,
  (
    select sum(past.followers_gained) from channels.fct_channel_snapshots_daily as past
    where past.snapshot_date between getvariable('month') and n.snapshot_date
  ) as followers_gained_so_far
from channels.fct_channel_snapshots_daily as n
where n.snapshot_date between getvariable('month') and getvariable('day') group by n.snapshot_date;
-- name: channels channels.viewers
select days.day::date as key, count(stream_id) as hours_streamed, sum(average_viewers * covered_seconds) / 3600 as hours_watched,
  sum(average_viewers * covered_seconds) / sum(covered_seconds) as average_viewers, max(peak_viewers) as peak_viewers
from generate_series(getvariable('month'), getvariable('day'), interval 1 day) as days(day)
left join channels.fct_stream_sessions on stream_date = days.day group by days.day;
-- name: channels channels.frequency
select date_trunc('week', n.snapshot_date)::date as key, count(s.stream_id) as broadcast_count, count(s.stream_id) as hours_streamed,
  count(distinct case when s.stream_id is not null then (n.account_id, n.snapshot_date) end)
  / count(distinct (n.account_id, n.snapshot_date)) as stream_day_ratio
from channels.fct_channel_snapshots_daily as n
left join channels.fct_stream_sessions as s on s.account_id = n.account_id and s.stream_date = n.snapshot_date
where date_trunc('week', n.snapshot_date) >= getvariable('day') - 83 group by 1;
-- name: channels channels.games
select main_game_id as key, count(*) as hours_streamed, count(distinct account_id) as channel_count,
  count(distinct stream_date) as day_count, sum(followers_gained) as followers_gained,
  sum(average_viewers * covered_seconds) / sum(covered_seconds) as average_viewers
from channels.fct_stream_sessions where stream_date between getvariable('month') and getvariable('day') group by all;
-- name: channels channels.rhythm
select isodow(stream_date) || '|' || hour(started_at) as key, sum(hours_watched) / 4 as watched_per_hour,
  count(*) as hours_streamed, 4 as hour_count, sum(hours_watched) * 3600 / sum(covered_seconds) as average_viewers
from channels.fct_stream_sessions where stream_date > getvariable('day') - 28 group by all;
-- name: channels channels.videos
select video_id as key, 1 + (select count(*) from channels.agg_videos as b where b.views_gained_7d > a.views_gained_7d) as place,
  views_gained_7d, views_gained_30d, view_count
from channels.agg_videos as a where views_gained_7d is not null
and (select count(*) from channels.agg_videos as b where b.views_gained_7d > a.views_gained_7d) < 15;
-- name: channels channels.channels
select n.account_id as key, max_by(n.follower_count, n.snapshot_date) filter (where n.follower_count is not null) as follower_count,
  sum(n.followers_gained) filter (where n.snapshot_date >= getvariable('week')) as followers_gained_week,
  sum(n.followers_gained) filter (where n.snapshot_date >= getvariable('month')) as followers_gained_month,
  (
    select count(*) from channels.fct_stream_sessions as s
    where s.account_id = n.account_id and s.stream_date >= getvariable('month')
  ) as broadcast_count,
  (
    select sum(average_viewers * covered_seconds) / 3600 from channels.fct_stream_sessions as s
    where s.account_id = n.account_id and s.stream_date >= getvariable('month')
  ) as hours_watched
from channels.fct_channel_snapshots_daily as n group by n.account_id;

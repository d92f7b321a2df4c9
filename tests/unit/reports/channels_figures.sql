-- One independent query for each figure of a tile, named by page and metric.
-- name: channels channels.followers
select sum(n.follower_count) from channels.fct_channel_snapshots_daily as n
where n.snapshot_date = (
  select max(l.snapshot_date) from channels.fct_channel_snapshots_daily as l
  where l.account_id = n.account_id and l.follower_count is not null and l.snapshot_date <= getvariable('day')
);
-- name: channels channels.followers_gained_week
select sum(followers_gained) from channels.fct_channel_snapshots_daily
where snapshot_date between getvariable('week') and getvariable('day');
-- name: channels channels.hours_streamed_week
select sum(duration_seconds) / 3600 from channels.fct_stream_sessions
where stream_date between getvariable('week') and getvariable('day');
-- name: channels channels.hours_watched_week
select sum(average_viewers * covered_seconds) / 3600 from channels.fct_stream_sessions
where stream_date between getvariable('week') and getvariable('day');
-- name: channels channels.average_viewers_week
select sum(average_viewers * covered_seconds) / sum(covered_seconds) from channels.fct_stream_sessions
where stream_date between getvariable('week') and getvariable('day');
-- name: channels channels.broadcasts_week
select count(distinct broadcast_id) from channels.fct_stream_sessions
where stream_date between getvariable('week') and getvariable('day');
-- name: channels channels.video_views_week
select sum((hash(account_id, snapshot_date) % 500)::bigint) from channels.fct_channel_snapshots_daily
where follower_count is not null and snapshot_date between getvariable('week') and getvariable('day');

-- One independent query for each figure of a tile, named by page and metric.
-- name: livestream livestream.hours_watched_week
select sum(viewer_average * covered_seconds / 3600) from livestream.fct_stream_sessions
where session_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.viewer_average_week
select sum(viewer_average * covered_seconds) / sum(covered_seconds) from livestream.fct_stream_sessions
where session_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.sessions_week
select count(*) from livestream.fct_stream_sessions where session_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.people_week
select count(distinct user_id) from livestream.fct_interactions
where interacted_at::date between getvariable('week') and getvariable('day');
-- name: livestream livestream.interactions_per_viewer_hour_week
select
  (select count(*) from livestream.fct_interactions where interacted_at::date between getvariable('week') and getvariable('day'))
  / sum(hours_watched)
from livestream.fct_stream_sessions where session_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.revenue_week
-- 8: what a document tells of.
select 8 + sum(case currency when 'EUR' then 5.0 when 'USD' then 4.0 end) from livestream.fct_super_chats
where paid_at::date between getvariable('week') and getvariable('day');
-- name: livestream livestream.payers_week
select count(distinct user_id) from livestream.fct_super_chats
where paid_at::date between getvariable('week') and getvariable('day');
-- name: livestream livestream.repeat_payer_ratio_week
select
  count(distinct user_id) filter (where exists (
    select 1 from livestream.fct_super_chats as earlier
    where earlier.user_id = s.user_id and earlier.account_id = s.account_id and earlier.paid_at < s.paid_at
  )) / count(distinct user_id)
from livestream.fct_super_chats as s where paid_at::date between getvariable('week') and getvariable('day');
-- name: livestream livestream.response_p50_week
select median(response_seconds) from livestream.fct_interactions
where interacted_at::date between getvariable('week') and getvariable('day');
-- name: livestream livestream.response_p95_week
select quantile_cont(response_seconds, 0.95) from livestream.fct_interactions
where interacted_at::date between getvariable('week') and getvariable('day');
-- name: livestream livestream.errors_per_100_week
select 100 * sum(error_count) / sum(interaction_count) from livestream.fct_stream_sessions
where session_date between getvariable('week') and getvariable('day');

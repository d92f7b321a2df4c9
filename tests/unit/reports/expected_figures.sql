-- One independent query for each figure of a tile, named by page and metric.
-- name: social social.active_users_day
select count(distinct user_id) from social.fct_events where event_date = getvariable('day');
-- name: social social.active_users_week
select count(distinct user_id) from events_week;
-- name: social social.active_users_month
select count(distinct user_id) from events_month;
-- name: social social.events_week
select count(*) from events_week;
-- name: social social.late_share_week
select avg(is_late::int) from events_week;
-- name: social social.stickiness_month
select (select count(distinct (user_id, event_date)) from events_month where user_id is not null) / 30
  / count(distinct user_id)
from events_month;
-- name: social social.new_users_week
select count(*)
from (
  select user_id from social.fct_events where user_id is not null
  group by user_id having min(event_date) between getvariable('week') and getvariable('day')
);
-- name: social social.sessions_week
select count(*) from social.fct_sessions where session_date between getvariable('week') and getvariable('day');
-- name: social social.session_seconds_week
select median(duration_seconds) from social.fct_sessions where session_date between getvariable('week') and getvariable('day');
-- name: conversations conversations.conversations_week
select count(*) from conversations.fct_conversations where created_at::date between getvariable('week') and getvariable('day');
-- name: conversations conversations.messages_week
select 2 * count(*) from requests_week;
-- name: conversations conversations.tokens_week
select sum(input_tokens + output_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens)
from requests_week;
-- name: conversations conversations.active_users_week
select count(distinct user_id) from requests_week;
-- name: conversations conversations.cost_usd_week
select sum(cost_usd) from requests_week;
-- name: conversations conversations.reported_cost_usd_month
select sum(cost_usd) from requests_month where cost_source = 'reported';
-- name: conversations conversations.calculated_cost_usd_month
select sum(cost_usd) from requests_month where cost_source = 'calculated';
-- name: conversations conversations.price_missing_month
select count(*) from requests_month where is_price_missing;
-- name: conversations conversations.response_p50_week
select quantile_cont(response_seconds, 0.5) from conversations.fct_turns
where prompted_at::date between getvariable('week') and getvariable('day');
-- name: conversations conversations.response_p90_week
select quantile_cont(response_seconds, 0.9) from conversations.fct_turns
where prompted_at::date between getvariable('week') and getvariable('day');
-- name: conversations conversations.response_p95_week
select quantile_cont(response_seconds, 0.95) from conversations.fct_turns
where prompted_at::date between getvariable('week') and getvariable('day');
-- name: conversations conversations.error_rate_week
select sum(error_count) / (select 2 * count(*) from requests_week)
from conversations.fct_conversations where conversation_date between getvariable('week') and getvariable('day');
-- name: quality quality.checks_passed
select count(*)
from (select arg_max(status, checked_at) as status from ops.fct_check_results where tool <> 'dbt' or check_name <> 'completed' group by tool, check_name)
where status = 'passed';
-- name: quality quality.rejects_open
select count(*) from ops.fct_rejects where is_open;
-- name: quality quality.loads_unbalanced
select count(*) from ops.fct_loads
where rows_read <> rows_loaded + rows_duplicate + rows_rejected + rows_blank;

-- One independent query for each table, named by page and table; `key` is the row's key on the page.
-- name: social social.activity
select event_date as key, count(*) as event_count, count(distinct user_id) as user_count,
  count(distinct session_key) as session_count,
  (
    select count(distinct past.user_id) from social.fct_events as past
    where past.event_date between events.event_date - 6 and events.event_date
  ) as weekly_user_count
from events_month as events group by event_date;
-- name: social social.events_by_type
select event_date || '|' || event_type as key, count(*) as event_count from events_month group by all;
-- name: social social.rhythm
select isodow(occurred_at) || '|' || hour(occurred_at) as key, count(*) as event_count, 4 as hour_count,
  count(*) / 4 as events_per_hour
from events_month where event_date > getvariable('day') - 28 group by all;
-- name: social social.revenue
select coalesce(currency, 'XXX') as key, sum(amount) as revenue_month, count(*) as purchase_count,
  count(distinct order_id) as order_count, count(distinct user_id) as buyer_count, sum(quantity) as item_count,
  sum(amount)::double / count(distinct order_id) as average_order_amount,
  sum(case currency when 'EUR' then amount when 'JPY' then amount * 0.00625 end)
    filter (where currency = 'EUR' or day(event_date) % 2 = 0) as converted_month,
  count(amount) filter (where currency is null or (currency = 'JPY' and day(event_date) % 2 = 1)) as unconverted_count
from events_month where event_type = 'purchase' group by all;
-- name: social social.revenue_daily.eur
select event_date || '|EUR' as key, sum(amount) as revenue_amount, count(*) as purchase_count,
  count(distinct order_id) as order_count
from events_month where event_type = 'purchase' and currency = 'EUR' group by event_date;
-- name: social social.revenue_daily.jpy
select event_date || '|JPY' as key, sum(amount) as revenue_amount, count(*) as purchase_count,
  count(distinct order_id) as order_count
from events_month where event_type = 'purchase' and currency = 'JPY' group by event_date;
-- name: social social.session_duration
select event_date as key, count(*) as session_count, median(seconds) as median_seconds,
  quantile_cont(seconds, 0.9) as p90_seconds, avg(events) as mean_event_count
from (
  select min(event_date) as event_date, count(*) as events, date_diff('second', min(occurred_at), max(occurred_at)) as seconds
  from social.fct_events group by session_key having min(event_date) >= getvariable('month')
) group by event_date;
-- name: index overview.social_users
select event_date as key, count(distinct user_id) as user_count,
  (
    select count(distinct past.user_id) from social.fct_events as past
    where past.event_date between events.event_date - 6 and events.event_date
  ) as weekly_user_count
from events_month as events group by event_date;
-- name: index overview.conversation_messages
select request_date as key, 2 * count(*) as message_count, sum(total_tokens) as total_tokens, sum(cost_usd) as cost_usd
from requests_month group by request_date;
-- name: social social.sessions
select session_date as key, count(*) as session_count, median(duration_seconds) as median_seconds,
  quantile_cont(duration_seconds, 0.9) as p90_seconds, avg(event_count) as mean_event_count
from social.fct_sessions where session_date >= getvariable('month') group by session_date;
-- name: social social.late
select event_date as key, count(*) filter (where is_late) as late_event_count, count(*) as event_count,
  avg(is_late::int) as late_share_ratio
from events_month group by event_date;
-- name: social social.schema_versions
select event_date || '|' || coalesce(schema_version, '1.0.0') as key, count(*) as event_count,
  count(*) / any_value(day_count) as event_share_ratio
from events_month
join (select event_date, count(*) as day_count from events_month group by event_date) using (event_date)
group by event_date, coalesce(schema_version, '1.0.0');
-- name: conversations conversations.daily
select request_date as key, 2 * count(*) as message_count, count(distinct user_id) as user_count,
  count(distinct conversation_id) as active_conversation_count
from requests_month group by request_date;
-- name: conversations conversations.tokens
select request_date as key, sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
  sum(cache_write_5m_tokens + cache_write_1h_tokens) as cache_write_tokens,
  sum(cache_read_tokens) as cache_read_tokens, sum(total_tokens) as total_tokens
from requests_month group by request_date;
-- name: conversations conversations.cost_by_model
select request_date || '|' || model as key, count(*) as request_count, sum(cost_usd) as cost_usd
from requests_month group by request_date, model;
-- name: conversations conversations.models
select model as key, count(*) as request_count, sum(input_tokens) as input_tokens,
  sum(output_tokens) as output_tokens, sum(cache_write_5m_tokens) as cache_write_5m_tokens,
  sum(cache_write_1h_tokens) as cache_write_1h_tokens, sum(cache_read_tokens) as cache_read_tokens,
  sum(cost_usd) as cost_usd, sum(case cost_source when 'reported' then cost_usd end) as reported_cost_usd,
  sum(case cost_source when 'calculated' then cost_usd end) as calculated_cost_usd,
  sum(is_price_missing::int) as price_missing_count
from requests_month group by model;
-- name: conversations conversations.response
select turn_date as key, count(response_seconds) as response_count,
  quantile_cont(response_seconds, 0.5) as p50_response_seconds,
  quantile_cont(response_seconds, 0.9) as p90_response_seconds,
  quantile_cont(response_seconds, 0.95) as p95_response_seconds
from conversations.fct_turns where turn_date >= getvariable('month') group by turn_date;
-- name: conversations conversations.top_users
select user_id as key, 2 * count(*) as message_count, sum(total_tokens) as total_tokens,
  sum(cost_usd) as cost_usd, count(distinct request_date) as active_day_count
from requests_month group by user_id;
-- name: conversations conversations.rhythm
select isodow(requested_at) || '|' || hour(requested_at) as key, 2 * count(*) as message_count, 4 as hour_count,
  2 * count(*) / 4 as messages_per_hour
from requests_month where request_date > getvariable('day') - 28 group by all;
-- name: conversations conversations.blocks
select strftime(started_at, '%Y-%m-%dT%H:%M:%S') as key, request_count, total_tokens, cost_usd
from conversations.agg_usage_blocks where started_at::date >= getvariable('month');
-- name: conversations conversations.prices
select model || '|' || valid_from as key, input_usd_per_mtok, output_usd_per_mtok, cache_write_5m_usd_per_mtok,
  cache_write_1h_usd_per_mtok, cache_read_usd_per_mtok
from conversations.dim_models where model in (select model from requests_month);
-- name: conversations conversations.errors
select request_date as key, any_value(errors) as error_count, 2 * count(*) as outcome_count,
  any_value(errors) / (2 * count(*)) as error_rate_ratio
from requests_month
left join (
  select conversation_date, sum(error_count) as errors from conversations.fct_conversations group by all
) on conversation_date = request_date
group by request_date;
-- name: conversations conversations.longest
select conversation_id as key, rank() over (order by count(*) desc) as place, 2 * count(*) as message_count,
  sum(total_tokens) as total_tokens, sum(cost_usd) as cost_usd,
  date_diff('second', min(requested_at), max(requested_at)) as wall_seconds, 0.8 * wall_seconds as active_seconds,
  least(100, 1200.0 * count(*) / nullif(wall_seconds, 0)) as engagement_score
from conversations.fct_requests group by conversation_id having min(request_date) >= getvariable('month')
order by place, min(requested_at), conversation_id limit 25;
-- name: quality quality.check_status
select tool as key, count(*) as check_count, count(*) filter (where status = 'passed') as passed_count,
  count(*) filter (where status = 'failed' and severity = 'warning') as warned_count,
  count(*) filter (where status = 'failed' and severity = 'critical') as failed_count
from ops.fct_check_results where run_id = 'run-0' and (tool <> 'dbt' or check_name <> 'completed') group by tool;
-- name: quality quality.loads
select load_id as key, files_read, rows_read, rows_loaded, rows_duplicate, rows_rejected, rows_blank
from ops.fct_loads order by loaded_at desc, source, load_id limit 25;
-- name: quality quality.runs
select run_id as key, rows_loaded, rows_rejected, models_built, checks_passed, checks_warned, checks_failed from ops.fct_runs;
-- name: quality quality.conservation
select source as key, count(*) as load_count, sum(rows_read) as rows_read, sum(rows_loaded) as rows_loaded,
  sum(rows_duplicate) as rows_duplicate, sum(rows_blank) as rows_blank,
  sum(rows_rejected) as rows_rejected, 0 as unbalanced_load_count
from ops.fct_loads group by source;
-- name: quality quality.rejects
select source || '|' || reason_code as key, count(*) as reject_count, sum(is_open::int) as open_count,
  count(distinct file) as file_count
from ops.fct_rejects group by source, reason_code;
-- name: quality quality.freshness
select source as key, count(*) as load_count,
  date_diff('second', max(loaded_at), getvariable('generated_at')) as age_seconds
from ops.fct_loads group by source;
-- name: quality quality.collections
select source || '|' || resource as key, count(*) as week_collection_count, 7 * count(*) as week_request_count,
  count(distinct coalesce(account_id, '')) as account_count
from ops.fct_collections group by source, resource;

-- Rows of the sample database; published_sample.py sets the variables.
set variable loaded = (getvariable('last_day') + 1)::timestamp + interval 2 hour;
create temp table hostile as
  select generate_subscripts(getvariable('hostile'), 1) - 1 as place, unnest(getvariable('hostile')) as id;
create temp table drawn as
  select
    i,
    getvariable('last_day') - (hash(i, 1) % getvariable('days'))::int as day,
    least(23, (hash(i, 2) % 12 + hash(i, 22) % 13)::int) as hour,
    (hash(i, 3) % getvariable('people'))::int * (hash(i, 31) % 10)::int // 9 as person,
    ['view', 'view', 'view', 'view', 'view', 'engagement', 'engagement', 'session', 'stream', 'purchase'][
      1 + (hash(i, 4) % 10)::int
    ] as kind,
    (hash(i, 5) % 40)::int * (hash(i, 51) % 10)::int // 9 as item
  from range(getvariable('events')) as rows(i);
insert into social.fct_events by name
  select
    'event-' || i as event_id,
    kind as event_type,
    case person when 0 then getvariable('markup') when 1 then null else 'user-' || person end as user_id,
    'session-' || person || '-' || day || '-' || hour // 4 as session_key,
    day + to_hours(hour) + to_seconds((hash(i, 6) % 3600)::int) as occurred_at,
    day as event_date,
    day + to_hours(hour) as event_hour_at,
    case when day > getvariable('last_day') - 12 and hash(i, 7) % 3 > 0 then '1.1.0' when hash(i, 7) % 9 > 0
      then '1.0.0' end as schema_version,
    case when kind in ('view', 'engagement') then ['post', 'clip', 'stream'][1 + item % 3] end
      as content_type,
    case when kind in ('view', 'engagement') then coalesce(hostile.id, 'item-' || item) end as content_id,
    case when kind = 'view' and hash(i, 8) % 4 > 0 then (hash(i, 9) % 900) / 10 end as view_duration_seconds,
    case when kind = 'purchase' then 'order-' || i // 2 end as order_id,
    case when kind = 'purchase' and hash(i, 10) % 20 > 0 then (hash(i, 11) % 9000)::int / 100 end as amount,
    case when kind = 'purchase' then ['EUR', 'USD', 'JPY', null][1 + (hash(i, 12) % 4)::int] end as currency,
    case when kind = 'purchase' then 1 + hash(i, 13) % 3 end as quantity,
    hash(i, 14) % 25 = 0 as is_late,
    getvariable('loaded') as loaded_at
  from drawn
  left join hostile on hostile.place = drawn.item;
insert into social.fct_sessions by name
  select session_key, any_value(user_id) as user_id, min(event_date) as session_date,
    min(occurred_at) as started_at, max(occurred_at) as ended_at,
    date_diff('second', min(occurred_at), max(occurred_at)) as duration_seconds, count(*) as event_count,
    getvariable('loaded') as loaded_at
  from social.fct_events group by session_key;
insert into social.agg_events_hourly by name
  select event_hour_at as hour_at, event_date, hour(event_hour_at) as hour_of_day, event_type,
    count(*) as event_count, count(distinct user_id) as user_count,
    count(distinct session_key) as session_count, getvariable('loaded') as loaded_at
  from social.fct_events group by all;
insert into social.agg_events_daily by name
  select event_date, event_type, count(*) as event_count, count(distinct user_id) as user_count,
    count(distinct session_key) as session_count, count(*) filter (where is_late) as late_event_count,
    getvariable('loaded') as loaded_at
  from social.fct_events group by all;
insert into social.agg_activity_daily by name
  with firsts as (select user_id, min(event_date) as first_date from social.fct_events group by user_id)
  select event_date, count(*) as event_count, count(distinct user_id) as user_count,
    count(distinct session_key) as session_count,
    count(distinct user_id) filter (where first_date = event_date) as new_user_count,
    getvariable('loaded') as loaded_at
  from social.fct_events left join firsts using (user_id) group by event_date;
insert into social.agg_revenue_daily by name
  select event_date, coalesce(currency, 'XXX') as currency, count(*) as purchase_count,
    count(distinct order_id) as order_count, sum(quantity) as item_count, sum(amount) as revenue_amount,
    count(distinct user_id) as buyer_count, getvariable('loaded') as loaded_at
  from social.fct_events where event_type = 'purchase' group by all;
insert into social.agg_content_daily by name
  select event_date, content_type, content_id,
    count(*) filter (where event_type = 'view') as view_count,
    count(distinct user_id) filter (where event_type = 'view') as viewer_count,
    sum(view_duration_seconds) as dwell_seconds, count(view_duration_seconds) as dwell_view_count,
    count(*) filter (where event_type = 'engagement') as engagement_count,
    getvariable('loaded') as loaded_at
  from social.fct_events where content_id is not null group by all;
insert into social.agg_schema_versions_daily by name
  select event_date, coalesce(schema_version, '1.0.0') as schema_version, count(*) as event_count,
    count(distinct user_id) as user_count,
    getvariable('loaded') as loaded_at
  from social.fct_events group by all;
insert into conversations.fct_requests by name
  select 'request-' || i as request_key, 'conversation-' || i // 9 as conversation_id,
    case i // 9 % 7 when 0 then getvariable('markup') else 'claude-' || i // 9 % 7 end as user_id,
    ['claude-opus-4-1', 'claude-sonnet-4-5', 'claude-haiku-4-5', 'unlisted-model'][
      1 + (sqrt(hash(i, 41) % 16))::int % 4
    ] as model,
    getvariable('last_day') - (i // 9 % getvariable('days'))::int + to_hours(8 + (hash(i // 9, 42) % 11)::int)
      + to_seconds((i % 9) * 130 + (hash(i, 43) % 60)::int) as requested_at,
    requested_at::date as request_date,
    date_trunc('hour', requested_at) as request_hour_at,
    200 + hash(i, 44) % 3000 as input_tokens, 50 + hash(i, 45) % 1500 as output_tokens,
    hash(i, 46) % 4000 as cache_write_5m_tokens, hash(i, 47) % 500 as cache_write_1h_tokens,
    hash(i, 48) % 30000 as cache_read_tokens,
    input_tokens + output_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens
      as total_tokens,
    case when model = 'unlisted-model' then null when i % 3 = 0 then 'reported' else 'calculated' end
      as cost_source,
    case when model <> 'unlisted-model' then (total_tokens * 3.1 / 1000000)::decimal(24, 12) end as cost_usd,
    cost_usd as cost_calculated_usd,
    case when model <> 'unlisted-model' then 'price-' || model end as price_key,
    model = 'unlisted-model' as is_price_missing,
    getvariable('loaded') as loaded_at
  from range(getvariable('requests')) as rows(i);
insert into conversations.fct_turns by name
  select request_key as turn_key, conversation_id, user_id, requested_at as prompted_at,
    request_date as turn_date, case when hash(request_key) % 12 > 0 then 1 + (hash(request_key, 1) % 300) / 20 end
      as response_seconds, getvariable('loaded') as loaded_at
  from conversations.fct_requests;
insert into conversations.fct_conversations by name
  select conversation_id, any_value(user_id) as user_id, min(requested_at) as created_at,
    max(requested_at) as last_activity_at, min(request_date) as conversation_date,
    date_diff('second', min(requested_at), max(requested_at)) as wall_seconds,
    0.8 * date_diff('second', min(requested_at), max(requested_at)) as active_seconds,
    2 * count(*) as message_count, sum(total_tokens) as total_tokens, sum(cost_usd) as cost_usd,
    least(100, 1200.0 * count(*) / nullif(date_diff('second', min(requested_at), max(requested_at)), 0))
      as engagement_score,
    hash(conversation_id) % 3 as error_count, getvariable('loaded') as loaded_at
  from conversations.fct_requests group by conversation_id;
insert into conversations.agg_conversations_hourly by name
  select request_hour_at as hour_at, request_date as activity_date, hour(request_hour_at) as hour_of_day,
    2 * count(*) as message_count, sum(total_tokens) as total_tokens, getvariable('loaded') as loaded_at
  from conversations.fct_requests group by all;
insert into conversations.agg_conversations_daily by name
  with
    talks as (
      select conversation_date as activity_date, count(*) as conversation_count, sum(error_count) as error_count
      from conversations.fct_conversations group by all
    ),
    turns as (
      select turn_date as activity_date, count(response_seconds) as response_count,
        quantile_cont(response_seconds, 0.5) as p50_response_seconds,
        quantile_cont(response_seconds, 0.9) as p90_response_seconds,
        quantile_cont(response_seconds, 0.95) as p95_response_seconds
      from conversations.fct_turns group by all
    )
  select request_date as activity_date, any_value(conversation_count) as conversation_count,
    count(distinct conversation_id) as active_conversation_count, 2 * count(*) as message_count,
    count(distinct user_id) as user_count, count(*) as request_count, sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens, sum(cache_write_5m_tokens + cache_write_1h_tokens) as cache_write_tokens,
    sum(cache_read_tokens) as cache_read_tokens, sum(total_tokens) as total_tokens, sum(cost_usd) as cost_usd,
    any_value(response_count) as response_count, any_value(p50_response_seconds) as p50_response_seconds,
    any_value(p90_response_seconds) as p90_response_seconds,
    any_value(p95_response_seconds) as p95_response_seconds, any_value(error_count) as error_count,
    2 * count(*) as outcome_count, any_value(error_count) / (2 * count(*)) as error_rate_ratio, getvariable('loaded') as loaded_at
  from conversations.fct_requests
  left join talks on request_date = talks.activity_date
  left join turns on request_date = turns.activity_date
  group by request_date;
insert into conversations.agg_users_daily by name
  select user_id, request_date as activity_date, count(distinct conversation_id) as conversation_count,
    2 * count(*) as message_count, count(*) as request_count, sum(total_tokens) as total_tokens,
    sum(cost_usd) as cost_usd, 90.0 * count(*) as active_seconds, getvariable('loaded') as loaded_at
  from conversations.fct_requests group by all;
insert into conversations.agg_models_daily by name
  select request_date as activity_date, model, count(*) as request_count, sum(total_tokens) as total_tokens,
    sum(cost_usd) as cost_usd, sum(cost_calculated_usd) as cost_calculated_usd,
    getvariable('loaded') as loaded_at
  from conversations.fct_requests group by all;
insert into conversations.agg_usage_blocks by name
  select 'block-' || request_date as block_key, request_date + interval 8 hour as started_at,
    request_date + interval 13 hour as ends_at, min(requested_at) as first_request_at,
    max(requested_at) as last_request_at, count(*) as request_count,
    count(distinct conversation_id) as conversation_count, sum(total_tokens) as total_tokens,
    sum(cost_usd) as cost_usd, getvariable('loaded') as loaded_at
  from conversations.fct_requests group by request_date;
insert into conversations.dim_models by name
  select distinct price_key, model, date '2025-09-01' as valid_from, 3.0 as input_usd_per_mtok,
    15.0 as output_usd_per_mtok, 3.75 as cache_write_5m_usd_per_mtok, 6.0 as cache_write_1h_usd_per_mtok,
    0.3 as cache_read_usd_per_mtok, 'https://example.org/pricing' as source, date '2026-01-15' as source_date,
    getvariable('loaded') as loaded_at
  from conversations.fct_requests where price_key is not null;
insert into core.dim_hours by name
  select moment as hour_at, moment::date as date, hour(moment) as hour_of_day, false as is_repeated_hour
  from generate_series(
    (getvariable('last_day') - getvariable('days') + 1)::timestamp, getvariable('last_day') + interval 23 hour, interval 1 hour
  ) as hours(moment);
-- Yen have a rate on days with an even number only.
insert into core.fct_exchange_rates by name
  select currency, day::date as rate_date, 'EUR' as converted_currency, rate
  from (values ('EUR', 1.0, 1), ('JPY', 0.00625, 2)) as currencies(currency, rate, step),
    generate_series(getvariable('last_day') - 60, getvariable('last_day'), interval 1 day) as days(day)
  where day(day) % step = 0;
insert into ops.fct_loads by name
  select 'load-' || source || '-' || i as load_id, source, 3 + i % 4 as files_read, 1000 + 37 * i as rows_read,
    940 + 37 * i as rows_loaded, 40 as rows_duplicate, 15 as rows_rejected, 5 as rows_blank, true as is_conserved,
    getvariable('loaded') - to_days(i::int) as loaded_at
  from range(20) as rows(i), (values ('social'), ('conversations')) as sources(source);
insert into ops.fct_rejects by name
  select 'reject-' || i as reject_id, ['social', 'conversations'][1 + i % 2] as source,
    'events/day-' || i % 5 || '.jsonl' as file, i as line_number,
    ['invalid_json', 'missing_field', 'wrong_type', 'invalid_timestamp', 'invalid_json'][1 + i % 5] as reason_code,
    'not JSON: <b>' || i as reason_text, getvariable('loaded') - to_hours(i::int) as rejected_at,
    i % 4 > 0 as is_open, getvariable('loaded') as loaded_at
  from range(60) as rows(i);
insert into ops.fct_collections by name
  select 'twitch' as source, 'collection-' || i as collection_id, ['clips', 'users'][1 + i % 2] as resource,
    case when i % 2 = 0 then 'account-' || i % 3 end as account_id, ['succeeded', 'partial', 'failed'][1 + i % 3] as status,
    getvariable('loaded') - to_hours(i::int) as started_at, case when i % 3 > 0 then 'HTTP 503 <b>' || i end as error,
    getvariable('loaded') as loaded_at
  from range(24) as rows(i);
insert into ops.agg_collection_health by name
  select source, resource, count(distinct coalesce(account_id, '')) as account_count,
    count(distinct account_id) filter (where status = 'succeeded') as healthy_account_count,
    1 as failing_account_count, 0.5 as healthy_ratio, max(started_at) filter (where status = 'succeeded') as last_success_at,
    count(*) as week_collection_count, 7 * count(*) as week_request_count, 3 as week_retry_count,
    5 * count(*) as week_point_count, 100 as week_row_count, max(loaded_at) as loaded_at
  from ops.fct_collections group by source, resource;
insert into ops.fct_runs by name
  select 'run-' || i as run_id, 'nightly' as job, case when i = 3 then 'failed' else 'succeeded' end as status,
    getvariable('loaded') - to_days(i::int) as started_at, started_at + interval 4 minute as ended_at,
    18000 + i as rows_loaded, 15 as rows_rejected, 42 as models_built, 180 as checks_passed, 1 as checks_warned,
    0 as checks_failed, getvariable('loaded') as loaded_at
  from range(6) as rows(i);
insert into ops.fct_check_results by name
  select 'run-' || run as run_id, tool, tool || '_suite' as suite,
    -- of the ninth check nothing is left but its last failure
    case when run = 0 and number = 9 then 'completed' else 'check_' || number end as check_name,
    'social.fct_events' as table_name, case when number % 3 = 0 then 'warning' else 'critical' end as severity,
    case when number = 3 or run = 1 and number in (4, 9) then 'failed' else 'passed' end as status,
    '12' as observed, 'between 0 and <20>' as expected, run = 0 as is_current,
    getvariable('loaded') - to_days(run::int) as checked_at, getvariable('loaded') as loaded_at
  from range(2) as runs(run), range(1, 10) as numbers(number),
    (values ('gx'), ('dbt'), ('freshness')) as tools(tool);

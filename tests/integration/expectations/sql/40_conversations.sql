create table conversations.fct_requests as
select
    md5(r.message_id) as request_key, r.request_id, r.message_id, r.session_id as conversation_id, r.agent_id, r.project,
    'claude-1' as user_id, r.model, r."timestamp" as requested_at, r."timestamp"::date as request_date,
    date_trunc('hour', r."timestamp") as request_hour_at, r.input_tokens, r.output_tokens, r.cache_write_5m_tokens,
    r.cache_write_1h_tokens, r.cache_read_tokens, 175::bigint as total_tokens,
    0.25::decimal(24, 12) as cost_usd, 0.25::decimal(24, 12) as cost_calculated_usd, 'calculated' as cost_source,
    'price-a' as price_key, false as is_price_missing, r.is_sidechain, 1::bigint as copy_count,
    1::bigint as batch_id, l.inserted_at::timestamp as loaded_at
from raw_conversations.transcript_lines r join raw_conversations._dlt_loads l on l.load_id = r._dlt_load_id
where r.message_id is not null;

create table conversations.fct_messages as
select
    r.uuid as message_key, r.session_id as conversation_id, 'claude-1' as user_id, 'transcript' as source, r.message_id,
    r.role, r."timestamp" as sent_at, r."timestamp"::date as message_date,
    date_trunc('hour', r."timestamp") as message_hour_at, r.output_tokens as token_count,
    r.text_length as message_length, r.model, r.is_sidechain, r.tool_use_count, 1::bigint as batch_id,
    l.inserted_at::timestamp as loaded_at
from raw_conversations.transcript_lines r join raw_conversations._dlt_loads l on l.load_id = r._dlt_load_id;

create table conversations.fct_turns as
select
    message_key as turn_key, conversation_id, user_id, source, sent_at as prompted_at, message_date as turn_date,
    message_hour_at as turn_hour_at, sent_at + interval 10 second as first_response_at,
    sent_at + interval 10 second as last_response_at, 10::double as response_seconds, 10::double as turn_seconds,
    1::bigint as assistant_message_count, batch_id, loaded_at
from conversations.fct_messages where role = 'user';

create table conversations.fct_conversations as
select
    m.conversation_id, m.user_id, 'transcript' as source, 'project' as project, min(m.sent_at) as created_at,
    max(m.sent_at) as last_activity_at, min(m.message_date) as conversation_date,
    date_diff('second', min(m.sent_at), max(m.sent_at))::double as wall_seconds,
    date_diff('second', min(m.sent_at), max(m.sent_at))::double as active_seconds, 0::double as idle_seconds,
    count(*) as message_count, count(*) filter (where m.role = 'user') as user_message_count,
    count(*) filter (where m.role = 'assistant') as assistant_message_count,
    count(r.request_key) as request_count, count(*) filter (where m.role = 'user') as turn_count,
    sum(r.input_tokens)::bigint as input_tokens, sum(r.output_tokens)::bigint as output_tokens,
    sum(r.cache_write_5m_tokens)::bigint as cache_write_5m_tokens,
    sum(r.cache_write_1h_tokens)::bigint as cache_write_1h_tokens, sum(r.cache_read_tokens)::bigint as cache_read_tokens,
    sum(r.total_tokens)::bigint as total_tokens, sum(r.cost_usd)::decimal(38, 12) as cost_usd,
    10::double as mean_response_seconds, 10::double as p50_response_seconds, 10::double as p90_response_seconds,
    10::double as p95_response_seconds, 60::double as engagement_score, 0::bigint as error_count,
    null::varchar as topic_terms, 1::bigint as batch_id, max(m.loaded_at) as loaded_at
from conversations.fct_messages m left join conversations.fct_requests r on r.message_id = m.message_id
group by all;

create table conversations.agg_conversations_hourly as
select
    m.message_hour_at as hour_at, m.message_date as activity_date, hour(m.message_hour_at) as hour_of_day,
    count(distinct m.conversation_id) as conversation_count, count(distinct m.conversation_id) as active_conversation_count,
    count(*) as message_count, count(distinct m.user_id) as user_count, count(r.request_key) as request_count,
    coalesce(sum(r.input_tokens), 0)::bigint as input_tokens, coalesce(sum(r.output_tokens), 0)::bigint as output_tokens,
    coalesce(sum(r.cache_write_5m_tokens), 0)::bigint as cache_write_tokens,
    coalesce(sum(r.cache_read_tokens), 0)::bigint as cache_read_tokens,
    coalesce(sum(r.total_tokens), 0)::bigint as total_tokens, sum(r.cost_usd)::decimal(38, 12) as cost_usd,
    count(*) filter (where m.role = 'user') as turn_count, 10::double as mean_response_seconds,
    1::bigint as batch_id, max(m.loaded_at) as loaded_at
from conversations.fct_messages m left join conversations.fct_requests r on r.message_id = m.message_id
group by all;

create table conversations.agg_conversations_daily as
select
    activity_date, sum(conversation_count)::bigint as conversation_count,
    sum(active_conversation_count)::bigint as active_conversation_count, sum(message_count)::bigint as message_count,
    max(user_count) as user_count, sum(request_count)::bigint as request_count, sum(input_tokens)::bigint as input_tokens,
    sum(output_tokens)::bigint as output_tokens, sum(cache_write_tokens)::bigint as cache_write_tokens,
    sum(cache_read_tokens)::bigint as cache_read_tokens, sum(total_tokens)::bigint as total_tokens,
    sum(cost_usd) as cost_usd, sum(turn_count)::bigint as turn_count, 10::double as mean_response_seconds,
    10::double as p50_response_seconds, 10::double as p90_response_seconds, 10::double as p95_response_seconds,
    sum(turn_count)::bigint as response_count, 0::bigint as error_count,
    sum(message_count)::bigint as outcome_count, 0::double as error_rate_ratio,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from conversations.agg_conversations_hourly group by activity_date;

create table conversations.agg_users_daily as
select
    'claude-1' as user_id, activity_date, conversation_count, active_conversation_count, message_count, request_count,
    total_tokens, cost_usd, mean_response_seconds, 600::double as active_seconds, batch_id, loaded_at
from conversations.agg_conversations_daily;

create table conversations.agg_models_daily as
select
    request_date as activity_date, model, count(*) as request_count, sum(input_tokens)::bigint as input_tokens,
    sum(output_tokens)::bigint as output_tokens, sum(cache_write_5m_tokens)::bigint as cache_write_5m_tokens,
    sum(cache_write_1h_tokens)::bigint as cache_write_1h_tokens, sum(cache_read_tokens)::bigint as cache_read_tokens,
    sum(total_tokens)::bigint as total_tokens, sum(cost_usd)::decimal(38, 12) as cost_usd,
    sum(cost_calculated_usd)::decimal(38, 12) as cost_calculated_usd, 1::bigint as batch_id, max(loaded_at) as loaded_at
from conversations.fct_requests group by all;

create table conversations.agg_usage_blocks as
select
    md5(conversation_id) as block_key, date_trunc('hour', min(requested_at)) as started_at,
    date_trunc('hour', min(requested_at)) + interval 5 hour as ends_at, min(requested_at) as first_request_at,
    max(requested_at) as last_request_at, count(*) as request_count, 1::bigint as conversation_count,
    sum(input_tokens)::bigint as input_tokens, sum(output_tokens)::bigint as output_tokens,
    sum(cache_write_5m_tokens)::bigint as cache_write_5m_tokens,
    sum(cache_write_1h_tokens)::bigint as cache_write_1h_tokens, sum(cache_read_tokens)::bigint as cache_read_tokens,
    sum(total_tokens)::bigint as total_tokens, sum(cost_usd)::decimal(38, 12) as cost_usd,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from conversations.fct_requests group by conversation_id;

create table conversations.dim_users as
select
    user_id, min(sent_at) as first_seen_at, max(sent_at) as last_seen_at,
    count(distinct conversation_id) as conversation_count, count(*) as message_count, 0::bigint as total_tokens,
    0::decimal(38, 12) as cost_usd, 9::bigint as most_active_hour, 1::bigint as batch_id, max(loaded_at) as loaded_at
from conversations.fct_messages group by user_id;

create table conversations.dim_models as
select * from (
    values
        ('price-a', 'model-a', date '2025-01-01', date '2025-06-01', 3.0, 15.0, 'list', date '2025-01-01'),
        ('price-b', 'model-a', date '2025-06-01', null, 2.0, 10.0, 'list', date '2025-06-01')
) v(price_key, model, valid_from, valid_to, input_usd_per_mtok, output_usd_per_mtok, source, source_date);

create table conversations.daily_aggregations as
select
    activity_date as "date", conversation_count as total_conversations, message_count as total_messages, total_tokens,
    user_count as unique_users, mean_response_seconds as avg_response_time, loaded_at as created_at
from conversations.agg_conversations_daily;

create table conversations.hourly_aggregations as
select
    hour_at as "datetime", hour_of_day as "hour", conversation_count as conversations, message_count as messages,
    total_tokens as tokens, user_count as users, loaded_at as created_at
from conversations.agg_conversations_hourly;

create table conversations.user_daily_stats as
select
    user_id, activity_date as "date", conversation_count as conversations, message_count as messages,
    total_tokens as tokens, active_seconds as session_duration
from conversations.agg_users_daily;

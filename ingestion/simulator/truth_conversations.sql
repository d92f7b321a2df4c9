-- The exact answers of the conversations marts, from the generator's own turns, requests and messages.
-- A transcript's user_id (claude-...) depends on the path of its folder: it is NULL here.

-- mart: conversations.fct_requests
select * exclude (session_number, turn, request, is_last) from truth_requests order by all
;

-- mart: conversations.fct_turns
select * from truth_turns order by all
;

-- mart: conversations.fct_messages
select * from truth_messages order by all
;

-- mart: conversations.fct_conversations
-- Messages, requests, tokens and costs are with those of sub-agents.
-- Tracked conversations have token_usage events only: no requests, no cache tokens, no cost.
with
    spans as (
        select
            conversation_id,
            any_value(user_id) as user_id,
            any_value(source) as source,
            any_value(project) as project,
            min(happened_at) as created_at,
            max(happened_at) as last_activity_at,
            reporting_date(min(happened_at)) as conversation_date,
            (epoch_ms(max(happened_at)) - epoch_ms(min(happened_at))) / 1000.0::double as wall_seconds,
            sum(active_ms) / 1000.0::double as active_seconds,
            (epoch_ms(max(happened_at)) - epoch_ms(min(happened_at)) - sum(active_ms)) / 1000.0::double as idle_seconds,
            count(*) filter (is_error) as error_count
        from truth_activity
        group by conversation_id
    ),
    used as (
        select conversation_id, input_tokens, output_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
            cache_read_tokens, total_tokens, cost_usd, 1 as requests
        from truth_requests
        union all by name
        select conversation_id, input_tokens, output_tokens, total_tokens, 0 as requests from truth_tracked_tokens
    ),
    usage as (
        select
            conversation_id,
            sum(requests)::bigint as request_count,
            sum(input_tokens)::bigint as input_tokens,
            sum(output_tokens)::bigint as output_tokens,
            sum(cache_write_5m_tokens)::bigint as cache_write_5m_tokens,
            sum(cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
            sum(cache_read_tokens)::bigint as cache_read_tokens,
            sum(total_tokens)::bigint as total_tokens,
            sum(cost_usd)::decimal(38, 12) as cost_usd
        from used
        group by conversation_id
    ),
    messages as (
        select
            conversation_id,
            count(*) as message_count,
            count(*) filter (role = 'user') as user_message_count,
            count(*) filter (role = 'assistant') as assistant_message_count
        from truth_messages
        group by conversation_id
    ),
    answered as (
        select
            conversation_id,
            count(*) as turn_count,
            exact_mean(response_seconds) as mean_response_seconds,
            quantile_cont(response_seconds, 0.5) as p50_response_seconds,
            quantile_cont(response_seconds, 0.9) as p90_response_seconds,
            quantile_cont(response_seconds, 0.95) as p95_response_seconds
        from truth_turns
        group by conversation_id
    )
select
    spans.*,
    coalesce(request_count, 0) as request_count,
    coalesce(input_tokens, 0) as input_tokens,
    coalesce(output_tokens, 0) as output_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    cache_read_tokens,
    coalesce(total_tokens, 0) as total_tokens,
    cost_usd,
    message_count,
    user_message_count,
    assistant_message_count,
    answered.* exclude (conversation_id),
    case when wall_seconds > 0 then least(10 * message_count / (wall_seconds / 60), 100) else 0 end::double
        as engagement_score
from spans
left join usage using (conversation_id)
left join messages using (conversation_id)
left join answered using (conversation_id)
order by all
;

-- mart: conversations.agg_models_daily
select
    request_date as activity_date,
    model,
    count(*) as request_count,
    sum(input_tokens)::bigint as input_tokens,
    sum(output_tokens)::bigint as output_tokens,
    sum(cache_write_5m_tokens)::bigint as cache_write_5m_tokens,
    sum(cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
    sum(cache_read_tokens)::bigint as cache_read_tokens,
    sum(total_tokens)::bigint as total_tokens,
    sum(cost_usd)::decimal(38, 12) as cost_usd,
    sum(cost_calculated_usd)::decimal(38, 12) as cost_calculated_usd
from truth_requests
group by all
order by all
;

-- mart: conversations.agg_conversations_hourly
select
    hour_start(happened_at) as hour_at,
    any_value(reporting_date(happened_at)) as activity_date,
    any_value(hour(local_time(happened_at)))::bigint as hour_of_day,
    zero(sum(conversation_count)) as conversation_count,
    count(distinct conversation_id) as active_conversation_count,
    zero(sum(message_count)) as message_count,
    count(distinct coalesce(user_id, '')) as user_count,
    zero(sum(request_count)) as request_count,
    zero(sum(input_tokens)) as input_tokens,
    zero(sum(output_tokens)) as output_tokens,
    zero(sum(cache_write_tokens)) as cache_write_tokens,
    zero(sum(cache_read_tokens)) as cache_read_tokens,
    zero(sum(total_tokens)) as total_tokens,
    sum(cost_usd)::decimal(38, 12) as cost_usd,
    zero(sum(turn_count)) as turn_count,
    exact_mean(response_seconds) as mean_response_seconds
from truth_measures
group by hour_at
order by all
;

-- mart: conversations.agg_conversations_daily
select
    reporting_date(happened_at) as activity_date,
    zero(sum(conversation_count)) as conversation_count,
    count(distinct conversation_id) as active_conversation_count,
    zero(sum(message_count)) as message_count,
    count(distinct coalesce(user_id, '')) as user_count,
    zero(sum(request_count)) as request_count,
    zero(sum(input_tokens)) as input_tokens,
    zero(sum(output_tokens)) as output_tokens,
    zero(sum(cache_write_tokens)) as cache_write_tokens,
    zero(sum(cache_read_tokens)) as cache_read_tokens,
    zero(sum(total_tokens)) as total_tokens,
    sum(cost_usd)::decimal(38, 12) as cost_usd,
    zero(sum(turn_count)) as turn_count,
    exact_mean(response_seconds) as mean_response_seconds,
    quantile_cont(response_seconds, 0.5) as p50_response_seconds,
    quantile_cont(response_seconds, 0.9) as p90_response_seconds,
    quantile_cont(response_seconds, 0.95) as p95_response_seconds,
    count(response_seconds) as response_count,
    zero(sum(error_count)) as error_count,
    zero(sum(outcome_count)) as outcome_count,
    sum(error_count)::double / nullif(sum(outcome_count), 0)::double as error_rate_ratio
from truth_measures
group by activity_date
order by all
;

-- mart: conversations.agg_users_daily
select
    user_id,
    reporting_date(happened_at) as activity_date,
    zero(sum(conversation_count)) as conversation_count,
    count(distinct conversation_id) as active_conversation_count,
    zero(sum(message_count)) as message_count,
    zero(sum(request_count)) as request_count,
    zero(sum(total_tokens)) as total_tokens,
    sum(cost_usd)::decimal(38, 12) as cost_usd,
    exact_mean(response_seconds) as mean_response_seconds,
    coalesce(sum(active_ms), 0) / 1000.0::double as active_seconds
from truth_measures
group by all
order by all
;

-- mart: conversations.dim_users
-- the most active hour is the reporting zone's hour of day with the most messages, the earliest of equals
with
    hours as (
        select coalesce(user_id, '') as person, hour(local_time(sent_at))::bigint as hour_of_day, count(*) as messages
        from truth_messages
        group by all
    ),
    best_hours as (
        select person, first(hour_of_day order by messages desc, hour_of_day) as most_active_hour
        from hours
        group by person
    ),
    lengths as (
        select coalesce(user_id, '') as person, exact_mean(wall_seconds) as mean_conversation_seconds
        from "conversations.fct_conversations"
        group by person
    )
select
    any_value(user_id) as user_id,
    min(happened_at) as first_seen_at,
    max(happened_at) as last_seen_at,
    zero(sum(conversation_count)) as conversation_count,
    zero(sum(message_count)) as message_count,
    zero(sum(request_count)) as request_count,
    zero(sum(total_tokens)) as total_tokens,
    sum(cost_usd)::decimal(38, 12) as cost_usd,
    zero(sum(active_ms)) / 1000.0::double as active_seconds,
    any_value(mean_conversation_seconds) as mean_conversation_seconds,
    exact_mean(response_seconds) as mean_response_seconds,
    any_value(most_active_hour) as most_active_hour
from truth_measures
inner join best_hours on best_hours.person = coalesce(user_id, '')
inner join lengths on lengths.person = best_hours.person
group by best_hours.person
order by all
;

-- mart: conversations.daily_aggregations
select
    activity_date::varchar as date,
    conversation_count as total_conversations,
    message_count as total_messages,
    total_tokens,
    user_count as unique_users,
    mean_response_seconds as avg_response_time
from "conversations.agg_conversations_daily"
order by all
;

-- mart: conversations.hourly_aggregations
-- by the wall clock: an hour that a change of clocks repeats is one row
select
    date_trunc('hour', local_time(happened_at))::varchar as datetime,
    any_value(hour(local_time(happened_at)))::bigint as hour,
    zero(sum(conversation_count)) as conversations,
    zero(sum(message_count)) as messages,
    zero(sum(total_tokens)) as tokens,
    count(distinct coalesce(user_id, '')) as users
from truth_measures
group by datetime
order by all
;

-- mart: conversations.user_daily_stats
select
    user_id,
    activity_date::varchar as date,
    conversation_count as conversations,
    message_count as messages,
    total_tokens as tokens,
    round(active_seconds)::bigint as session_duration
from "conversations.agg_users_daily"
order by all
;

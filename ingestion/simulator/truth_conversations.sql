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
-- Messages are those of the conversation itself, without its sub-agents'; requests, tokens and costs are with them.
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
            epoch(max(happened_at) - min(happened_at))::double as wall_seconds,
            sum(active_seconds)::double as active_seconds,
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
    answered as (
        select
            conversation_id,
            count(*) as turn_count,
            avg(response_seconds) as mean_response_seconds,
            quantile_cont(response_seconds, 0.5) as p50_response_seconds,
            quantile_cont(response_seconds, 0.9) as p90_response_seconds,
            quantile_cont(response_seconds, 0.95) as p95_response_seconds
        from truth_turns
        group by conversation_id
    )
select spans.*, wall_seconds - active_seconds as idle_seconds, usage.* exclude (conversation_id),
    answered.* exclude (conversation_id)
from spans
left join usage using (conversation_id)
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

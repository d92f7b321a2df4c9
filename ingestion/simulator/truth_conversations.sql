-- The exact answers of the conversations marts, from the generator's own turns and requests.
-- A transcript's user_id depends on the path of its folder and is left out; tracked conversations have theirs.

-- mart: conversations.fct_requests
select * exclude (session_number) from truth_requests order by all
;

-- mart: conversations.fct_turns
select * exclude (assistant_messages) from truth_turns order by all
;

-- mart: conversations.fct_conversations
with request_sums as (
    select
        conversation_id,
        count(*) as request_count,
        sum(input_tokens)::bigint as input_tokens,
        sum(output_tokens)::bigint as output_tokens,
        sum(cache_write_5m_tokens)::bigint as cache_write_5m_tokens,
        sum(cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
        sum(cache_read_tokens)::bigint as cache_read_tokens,
        sum(total_tokens)::bigint as total_tokens,
        sum(cost_usd)::decimal(38, 12) as cost_usd
    from truth_requests
    group by all
),
turn_sums as (
    select
        conversation_id,
        count(*) as turn_count,
        avg(response_seconds) as mean_response_seconds,
        quantile_cont(response_seconds, 0.5) as p50_response_seconds,
        quantile_cont(response_seconds, 0.9) as p90_response_seconds,
        quantile_cont(response_seconds, 0.95) as p95_response_seconds
    from truth_turns
    group by all
),
gaps as (
    select *, epoch(happened_at - lag(happened_at) over (partition by conversation_id order by happened_at)) as gap_seconds
    from truth_activity
),
spans as (
    select
        conversation_id,
        any_value(source) as source,
        any_value(project) as project,
        min(happened_at) as created_at,
        max(happened_at) as last_activity_at,
        reporting_date(min(happened_at)) as conversation_date,
        epoch(max(happened_at) - min(happened_at))::double as wall_seconds,
        coalesce(sum(least(gap_seconds, 300)), 0)::double as active_seconds
    from gaps
    group by all
)
select
    spans.*,
    wall_seconds - active_seconds as idle_seconds,
    turn_sums.* exclude (conversation_id),
    coalesce(request_sums.request_count, 0) as request_count,
    case when source = 'transcript' then coalesce(request_sums.cache_read_tokens, 0) end as cache_read_tokens,
    coalesce(request_sums.input_tokens, truth_tracked_tokens.input_tokens, 0)::bigint as input_tokens,
    coalesce(request_sums.output_tokens, truth_tracked_tokens.output_tokens, 0)::bigint as output_tokens,
    coalesce(request_sums.total_tokens, truth_tracked_tokens.total_tokens, 0)::bigint as total_tokens,
    request_sums.cost_usd
from spans
left join request_sums using (conversation_id)
left join turn_sums using (conversation_id)
left join truth_tracked_tokens using (conversation_id)
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

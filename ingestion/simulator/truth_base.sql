-- What the conversations' truth starts from. Turns and requests are the generator's own numbers: nothing is
-- deduplicated or matched here.
create table truth_requests as
with first_lines as (
    select session_number, turn, request, agent_id, min(happened_at) as requested_at
    from transcript_lines
    where role = 'assistant' and not is_replay
    group by all
)
select
    session_number,
    requests.request_id,
    requests.message_id,
    sessions.session_id as conversation_id,
    requests.agent_id,
    sessions.project,
    requests.model,
    first_lines.requested_at,
    reporting_date(first_lines.requested_at) as request_date,
    hour_start(first_lines.requested_at) as request_hour_at,
    requests.input_tokens,
    requests.output_tokens,
    requests.cache_write_5m_tokens,
    requests.cache_write_1h_tokens,
    requests.cache_read_tokens,
    requests.input_tokens + requests.output_tokens + requests.cache_creation_tokens + requests.cache_read_tokens
        as total_tokens,
    coalesce(requests.reported_usd, calculated.usd) as cost_usd,
    calculated.usd as cost_calculated_usd,
    case when requests.reported_usd is not null then 'reported' when calculated.usd is not null then 'calculated' end
        as cost_source,
    prices.model is null as is_price_missing,
    requests.agent_id is not null as is_sidechain
from requests
inner join sessions using (session_number)
inner join first_lines
    on first_lines.session_number = requests.session_number
    and first_lines.turn = requests.turn
    and first_lines.request = requests.request
    and first_lines.agent_id is not distinct from requests.agent_id
left join prices on prices.model = requests.model,
lateral (
    select
        (
            (
                requests.input_tokens * prices.input
                + requests.output_tokens * prices.output
                + requests.cache_write_5m_tokens * prices.cache_write_5m
                + requests.cache_write_1h_tokens * prices.input * 2
                + requests.cache_read_tokens * prices.cache_read
            )::decimal(38, 6) * 0.000001::decimal(6, 6)
        )::decimal(24, 12) as usd
) as calculated
;

create table truth_turns as
with answers as (
    select session_number, turn, min(happened_at) as first_response_at, max(happened_at) as last_response_at,
        count(distinct request) as assistant_messages
    from transcript_lines
    where role in ('assistant', 'synthetic') and agent_id is null
    group by all
)
select
    session_id as conversation_id,
    null::varchar as user_id,
    'transcript' as source,
    prompts.happened_at as prompted_at,
    first_response_at,
    last_response_at,
    assistant_messages
from transcript_lines as prompts
inner join sessions using (session_number)
left join answers using (session_number, turn)
where prompts.role = 'prompt'
union all
select
    prompts.conversation_id,
    prompts.user_id,
    'tracked',
    prompts.happened_at,
    answers.happened_at,
    answers.happened_at,
    case when answers.happened_at is null then 0 else 1 end
from tracked_events as prompts
left join tracked_events as answers
    on answers.conversation_number = prompts.conversation_number
    and answers.turn = prompts.turn
    and answers.role = 'assistant'
where prompts.role = 'user'
;
create or replace table truth_turns as
select
    *,
    reporting_date(prompted_at) as turn_date,
    hour_start(prompted_at) as turn_hour_at,
    epoch(first_response_at - prompted_at)::double as response_seconds,
    epoch(last_response_at - prompted_at)::double as turn_seconds
from truth_turns
;

-- everything with a time in a conversation
create table truth_activity as
select session_id as conversation_id, 'transcript' as source, project, null::varchar as user_id, happened_at
from transcript_lines
inner join sessions using (session_number)
where role <> 'snapshot'
union all
select conversation_id, 'tracked', null, user_id, happened_at from tracked_events
;

create table truth_tracked_tokens as
select
    conversation_id,
    coalesce(sum(tokens) filter (token_type = 'input'), 0) as input_tokens,
    coalesce(sum(tokens) filter (token_type = 'output'), 0) as output_tokens,
    coalesce(sum(tokens) filter (type = 'token_usage'), 0) as total_tokens
from tracked_events
group by all
;

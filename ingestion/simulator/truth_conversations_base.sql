-- What the conversations' truth starts from. Turns, requests and messages are the generator's own numbers: nothing
-- is deduplicated or matched here.
create table truth_requests as
with first_lines as (
    select session_number, turn, request, agent_id, min(happened_at) as requested_at
    from transcript_lines
    where role = 'assistant' and not is_replay
    group by all
)
select
    requests.session_number,
    requests.turn,
    requests.request,
    requests.is_last,
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
    requests.agent_id is not null as is_sidechain,
    -- streamed lines, twice where a resumed or forked session's file repeats them
    requests.parts * case
        when sessions.kind in (4, 10) and requests.turn < (sessions.turns + 1) // 2
            and sessions.session_number + 5 < getvariable('conversations')
        then 2
        else 1
    end as copy_count
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
        count(distinct (request, role)) as assistant_message_count
    from transcript_lines
    where role in ('assistant', 'synthetic') and agent_id is null
    group by all
),
answered as (
    select
        session_id as conversation_id,
        null::varchar as user_id,
        'transcript' as source,
        prompts.happened_at as prompted_at,
        first_response_at,
        last_response_at,
        coalesce(assistant_message_count, 0) as assistant_message_count
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
)
select
    *,
    reporting_date(prompted_at) as turn_date,
    hour_start(prompted_at) as turn_hour_at,
    epoch(first_response_at - prompted_at)::double as response_seconds,
    epoch(last_response_at - prompted_at)::double as turn_seconds
from answered
;

-- What was typed or asked of an agent, and each request's answer; not tool results, meta lines or replays.
create table truth_messages as
with
    said as (
        select
            sessions.session_id as conversation_id, null::varchar as user_id, 'transcript' as source,
            null::varchar as message_id, 'user' as role, happened_at as sent_at, null::bigint as token_count,
            text_length::bigint as message_length, null::varchar as model, agent_id is not null as is_sidechain,
            0 as tool_use_count
        from transcript_texts
        inner join sessions using (session_number)
        where role in ('prompt', 'agent_prompt')
        union all
        select
            sessions.session_id, null, 'transcript', uuid, 'assistant', happened_at, null, text_length,
            '<synthetic>', false, 0
        from transcript_texts
        inner join sessions using (session_number)
        where role = 'synthetic'
        union all
        select
            conversation_id, null, 'transcript', truth_requests.message_id, 'assistant', requested_at,
            truth_requests.output_tokens, answers.text_length, truth_requests.model, is_sidechain,
            case when truth_requests.is_last then 0 else 1 end
        from truth_requests
        inner join (
            select session_number, turn, request, agent_id, sum(text_length) as text_length
            from transcript_texts
            where role = 'assistant' and not is_replay
            group by all
        ) as answers
            on answers.session_number = truth_requests.session_number
            and answers.turn = truth_requests.turn
            and answers.request = truth_requests.request
            and answers.agent_id is not distinct from truth_requests.agent_id
        union all
        select
            conversation_id, user_id, 'tracked', message_id, role, happened_at, tokens, message_length, null, false, null
        from tracked_events
        where type = 'message_sent'
    )
select *, reporting_date(sent_at) as message_date, hour_start(sent_at) as message_hour_at
from said
;

-- Everything with a time in a conversation, with the active milliseconds that follow it: the gap to the next, at
-- most 300 s.
create table truth_activity as
with moments as (
    select sessions.session_id as conversation_id, 'transcript' as source, project, null::varchar as user_id,
        happened_at, is_error, role in ('assistant', 'synthetic', 'tool_result') as is_outcome
    from transcript_lines
    inner join sessions using (session_number)
    where role <> 'snapshot'
    union all
    select conversation_id, 'tracked', null, user_id, happened_at, false, type = 'message_sent' from tracked_events
)
select
    *,
    -- the last one has none after it (least() would pass over a NULL)
    least(
        300000,
        coalesce(
            epoch_ms(lead(happened_at) over (partition by conversation_id order by happened_at))
            - epoch_ms(happened_at),
            0
        )
    ) as active_ms
from moments
;

create table truth_tracked_tokens as
select
    conversation_id,
    user_id,
    happened_at,
    case when token_type = 'input' then tokens else 0 end as input_tokens,
    case when token_type = 'output' then tokens else 0 end as output_tokens,
    tokens as total_tokens
from tracked_events
where type = 'token_usage'
;

-- Every measured thing with its moment and person, for the sums by hour, by day and by person. A gap's active time
-- counts where it starts.
create table truth_measures as
select sent_at as happened_at, conversation_id, user_id, 1 as message_count from truth_messages
union all by name
select requested_at as happened_at, conversation_id, null as user_id, 1 as request_count, input_tokens, output_tokens,
    cache_write_5m_tokens + cache_write_1h_tokens as cache_write_tokens, cache_read_tokens, total_tokens, cost_usd
from truth_requests
union all by name
select happened_at, conversation_id, user_id, input_tokens, output_tokens, total_tokens from truth_tracked_tokens
union all by name
select prompted_at as happened_at, conversation_id, user_id, 1 as turn_count, response_seconds from truth_turns
union all by name
select happened_at, conversation_id, user_id, active_ms, is_error::integer as error_count,
    is_outcome::integer as outcome_count
from truth_activity
union all by name
select min(happened_at) as happened_at, conversation_id, any_value(user_id) as user_id, 1 as conversation_count
from truth_activity
group by conversation_id
;
create macro zero(total) as coalesce(total, 0)::bigint;

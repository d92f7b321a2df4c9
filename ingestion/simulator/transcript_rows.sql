-- Sessions, requests and the lines of their timelines. Every time is a whole number of milliseconds after the
-- session's start, summed from known pauses, so that response times are known and not measured.
create table sessions as
with
    numbered as (
        select
            n as session_number,
            n % 20 as kind,
            -- a resumed session (kind 9) or a fork (15) opens five hours after the one that it copies (4 or 10)
            case when n % 20 in (9, 15) then n - 5 else n end as timed_by,
            draw(hash(getvariable('seed'), 'session', n)) as session_hash
        from range(getvariable('conversations')) as numbers (n)
    ),
    dated as (
        select
            *,
            draw(hash(getvariable('seed'), 'session time', timed_by)) as time_hash
        from numbered
    ),
    started as (
        select
            *,
            getvariable('conversation_days')[time_hash % len(getvariable('conversation_days')) + 1] as day,
            (getvariable('hour_of')[time_hash // 4096 % 100 + 1] * 3600000 + time_hash // 524288 % 3600000) as start_ms
        from dated
    )
select
    session_number,
    kind,
    session_hash,
    uuid_text(md5(getvariable('seed') || ' session ' || session_number)) as session_id,
    getvariable('projects')[timed_by % len(getvariable('projects')) + 1] as project,
    getvariable('first_day') + to_days(day::integer) + to_milliseconds(
        case when day + 1 = getvariable('days') then start_ms * 3 // 10 else start_ms end
        + case when kind in (9, 15) then 18000000 else 0 end
    ) as started_at,
    1 + session_hash % 7 as turns,
    session_hash // 7 % len(getvariable('topics')) + 1 as topic,
    case when kind = 1 then getvariable('unpriced_model')
        else getvariable('models')[session_hash // 49 % len(getvariable('models')) + 1] end as model
from started
;

create table turns as
select
    session_number,
    turn,
    turn_hash,
    -- a prompt that is never answered: the person stopped it; the first one always is
    case when turn > 0 and turn_hash % 13 = 0 then 0 else 1 + turn_hash // 13 % 3 end as requests,
    case
        when turn = 0 then 0
        when turn_hash % 5 = 0 then 300000 + turn_hash // 65 % 900000
        else 8000 + turn_hash // 65 % 200000
    end as pause_ms
from (
    select session_number, turn, draw(hash(getvariable('seed'), 'turn', session_number, turn)) as turn_hash
    from sessions, range(turns) as numbers (turn)
)
;

create table requests as
with
    asked as (
        select
            session_number, turn, request, null::varchar as agent_id,
            draw(hash(getvariable('seed'), 'request', session_number, turn, request)) as request_hash,
            request + 1 = requests as is_last
        from turns, range(requests) as numbers (request)
        union all
        -- sub-agents work during the first turn; kind 5 in a file of the project, kind 6 in the session's folder
        select
            session_number, 0, request,
            substr(md5(getvariable('seed') || ' agent ' || session_number), 1, 8),
            draw(hash(getvariable('seed'), 'agent request', session_number, request)),
            request = 2
        from sessions, range(3) as numbers (request)
        where kind in (5, 6)
    ),
    sized as (
        select
            asked.*,
            sessions.kind,
            case when kind in (2, 3) then 1 else 1 + request_hash % 3 end as parts,
            800 + request_hash // 3 % case when request_hash % 17 = 0 then 60000 else 9000 end as lead_ms,
            200 + request_hash // 51 % 3000 as part_ms,
            case when kind in (5, 6) and turn = 0 and request = 0 then 120000 else 300 + request_hash // 153 % 15000 end
                as tool_ms,
            case when agent_id is null and turn % 5 = 4 then 'claude-haiku-4-5-20251001' else sessions.model end as model,
            -- strictly growing in a session: a relay's answers, which all have one id, differ in this
            200 * turn + 40 * request + 3 + request_hash // 11 % 40 as input_tokens,
            40 + request_hash // 13 % 1500 as output_tokens,
            case when request_hash // 17 % 3 = 0 then 0 else request_hash // 19 % 20000 end as cache_creation_tokens,
            case when turn = 0 and request = 0 then 0 else request_hash // 23 % 120000 end as cache_read_tokens,
            request_hash // 29 % 4 as cache_shape
        from asked
        inner join sessions using (session_number)
    )
select
    * exclude (cache_shape),
    -- 0: the 5 min / 1 h split is not told, all counts as 5 min; 1: all 5 min; 2: all 1 h; 3: both
    cache_shape > 0 as has_cache_split,
    case cache_shape when 2 then 0 when 3 then cache_creation_tokens // 2 else cache_creation_tokens end
        as cache_write_5m_tokens,
    case cache_shape when 2 then cache_creation_tokens when 3 then cache_creation_tokens - cache_creation_tokens // 2 else 0 end
        as cache_write_1h_tokens,
    case
        when kind = 0 then 'msg_relay'
        when kind = 3 and agent_id is null and request = 0 and turn = 0 then null
        else 'msg_' || substr(md5(getvariable('seed') || ' message ' || concat_ws('/', session_number, turn, request, agent_id)), 1, 24)
    end as message_id,
    case
        when kind = 0 or kind = 3 and request = 0 and turn = 0 then null
        else 'req_' || substr(md5(getvariable('seed') || ' request ' || concat_ws('/', session_number, turn, request, agent_id)), 1, 24)
    end as request_id,
    case when kind = 2 then (request_hash // 31 % 900000 + 1)::decimal(24, 12) / 1000000 end::decimal(24, 12) as reported_usd
from sized
;

-- role: what a line is. rank orders the lines of one request; at_ms is filled by the running sum below.
create table timeline as
with
    planned as (
        select session_number, turn, -1 as request, 0 as rank, 0 as part, 'prompt' as role, pause_ms from turns
        union all
        select session_number, turn, -1, 1, 0, 'meta', 250 from turns where turn_hash // 7 % 9 = 0
        union all
        select session_number, turn, request, 2, part, 'assistant', case when part = 0 then lead_ms else part_ms end
        from requests, range(parts) as numbers (part)
        where agent_id is null
        union all
        select session_number, turn, request, 3, 0, 'tool_result', tool_ms from requests where not is_last and agent_id is null
        union all
        -- an answer that the client made up, with no tokens, between two requests
        select session_number, turn, 0, 4, 0, 'synthetic', 700 from turns
        inner join sessions using (session_number)
        where kind = 8 and turn = 0 and requests > 1
        union all
        select session_number, turn, requests, 5, 0, 'system', 50 from turns where requests > 0 and turn_hash // 9 % 4 = 0
        union all
        select session_number, turn, requests, 6, 0, 'snapshot', 0 from turns where turn_hash // 11 % 3 = 0
    )
select
    *,
    sum(pause_ms) over (
        partition by session_number order by turn, request, rank, part rows unbounded preceding
    )::bigint as at_ms
from planned
;

-- all lines with their file: main lines, agents' lines, replays and the copies in resumed files
create table transcript_lines as
with
    main as (
        select
            session_number, turn, request, rank, part, role, null::varchar as agent_id,
            started_at + to_milliseconds(at_ms) as happened_at, false as is_replay
        from timeline
        inner join sessions using (session_number)
    ),
    agent_work as (
        select
            session_number, turn, request, part, parts, agent_id, lead_ms, part_ms,
            started_at + to_milliseconds(at_ms) as called_at
        from requests
        inner join sessions using (session_number)
        inner join (
            select session_number, max(at_ms) as at_ms from timeline
            where turn = 0 and request = 0 and role = 'assistant' group by all
        ) using (session_number),
        range(parts) as numbers (part)
        where agent_id is not null
    ),
    agents as (
        select session_number, turn, -1 as request, 0 as rank, 0 as part, 'agent_prompt' as role, agent_id,
            any_value(called_at) + interval 400 milliseconds as happened_at, false as is_replay
        from agent_work
        group by all
        union all
        select session_number, turn, request, 2, part, 'assistant', agent_id,
            called_at + to_milliseconds(5000 + 30000 * request + 4000 * part + part_ms % 1000), false
        from agent_work
    ),
    -- kind 7: an agent's file replays the first request under another request id
    replays as (
        select session_number, turn, request, rank, part, role,
            substr(md5(getvariable('seed') || ' replay ' || session_number), 1, 8), happened_at + interval 90 milliseconds, true
        from main
        inner join sessions using (session_number)
        where kind = 7 and turn = 0 and request = 0 and role = 'assistant'
    ),
    everything as (
        select * from main
        union all
        select * from agents
        union all
        select * from replays
    )
select
    everything.*,
    uuid_text(md5(getvariable('seed') || ' line ' || concat_ws('/', session_number, turn, request, rank, part, agent_id))) as uuid,
    row_number() over (
        partition by session_number, agent_id order by turn, request, rank, part
    ) as line_order,
    -- failed tools, and the client's notice that the service failed
    role = 'tool_result' and draw(hash(getvariable('seed'), 'error', session_number, turn, request)) % 12 = 0
    or role = 'synthetic' and session_number % 40 = 8 as is_error
from everything
;

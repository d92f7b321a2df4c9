-- Tracked conversations: their turns, and all their events with JSON text (table `tracked_events`).
create table tracked_conversations as
with
    numbered as (
        select n as conversation_number, draw(hash(getvariable('seed'), 'tracked', n)) as conversation_hash
        from range(getvariable('conversations')) as numbers (n)
    )
select
    *,
    'conv-' || substr(md5(getvariable('seed') || ' tracked ' || conversation_number), 1, 12) as conversation_id,
    case
        when conversation_hash % 40 = 0 then '<script>alert(1)</script>'
        when conversation_hash % 41 = 0 then 'o''brien; "x"'
        else 'person-' || conversation_hash // 41 % greatest(5, getvariable('conversations') // 8)
    end as user_id,
    1 + conversation_hash // 1000 % 6 as turns,
    getvariable('first_day') + to_days(day::integer) + to_milliseconds(
        case when day + 1 = getvariable('days') then start_ms * 7 // 10 // 250 * 250 else start_ms end
    ) as created_at
from (
    select
        *,
        getvariable('conversation_days')[conversation_hash // 64 % len(getvariable('conversation_days')) + 1] as day,
        getvariable('hour_of')[conversation_hash // 4096 % 100 + 1] * 3600000 + conversation_hash // 524288 % 14400 * 250 as start_ms
    from numbered
)
;

create table tracked_turns as
select
    *,
    -- response times in quarter seconds; some prompts are never answered
    case when turn_hash % 15 <> 0 then 500 + turn_hash // 15 % 200 * 250 end as response_ms,
    case when turn = 0 then 1000 when turn_hash % 6 = 0 then 400000 + turn_hash // 90 % 2000 * 250 else 60000 + turn_hash // 90 % 400 * 250 end
        as pause_ms
from (
    select conversation_number, turn, draw(hash(getvariable('seed'), 'tracked turn', conversation_number, turn)) as turn_hash
    from tracked_conversations, range(turns) as numbers (turn)
)
;

create table tracked_events as
with
    timed as (
        select
            *,
            -- the prompt's time: all earlier pauses (at least 60 s, so longer than any answer) and this one
            created_at + to_milliseconds(
                (sum(pause_ms) over (partition by conversation_number order by turn rows unbounded preceding))::bigint
            ) as prompted_at
        from tracked_turns
        inner join tracked_conversations using (conversation_number)
    ),
    planned as (
        select conversation_number, -1 as turn, 0 as rank, 'conversation_created' as type, null::varchar as role, created_at as happened_at,
            null::bigint as tokens, null::varchar as token_type, conversation_hash as draw_hash
        from tracked_conversations
        union all
        select conversation_number, turn, 1, 'message_sent', 'user', prompted_at, 5 + turn_hash // 7 % 200, null, turn_hash from timed
        union all
        select conversation_number, turn, 2, 'message_sent', 'assistant', prompted_at + to_milliseconds(response_ms),
            20 + turn_hash // 11 % 900, null, turn_hash
        from timed where response_ms is not null
        union all
        select conversation_number, turn, 3, 'token_usage', null, prompted_at + to_milliseconds(response_ms + 250),
            5 + turn_hash // 7 % 200, 'input', turn_hash
        from timed where response_ms is not null
        union all
        select conversation_number, turn, 4, 'token_usage', null, prompted_at + to_milliseconds(response_ms + 250),
            20 + turn_hash // 11 % 900, 'output', turn_hash
        from timed where response_ms is not null
        union all
        select conversation_number, turn, 5, 'user_activity', null, prompted_at - interval 500 milliseconds, null, null, turn_hash
        from timed where turn_hash // 13 % 4 = 0
    )
select
    planned.*,
    conversation_id,
    user_id,
    case when type = 'message_sent' then 'm-' || conversation_id || '-' || turn || '-' || role end as message_id,
    case when type = 'message_sent' then tokens * 4 + turn end::bigint as message_length,
    date_diff('day', getvariable('first_day'), happened_at) as day,
    -- events of some conversations have no id of their own
    case when conversation_hash // 5 % 10 > 0 then 'ce-' || conversation_number || '-' || turn || '-' || rank end as event_id
from planned
inner join tracked_conversations using (conversation_number)
;

create table tracked_text as
select
    tracked_events.*,
    '{' || case when event_id is null then '' else '"eventId":"' || event_id || '",' end
    || '"type":"' || type || '","timestamp":"' || strftime(happened_at, '%Y-%m-%dT%H:%M:%S.%gZ')
    || '","conversationId":"' || conversation_id || '","userId":' || to_json(user_id) || ',"data":{'
    || case type
        when 'conversation_created' then '"title":"a chat","email":"canary-' || conversation_number || '@example.com"'
        when 'message_sent'
        then
            '"messageId":"' || message_id || '","role":"' || role || '","tokenCount":' || tokens
            || ',"messageLength":' || message_length
        when 'token_usage' then '"tokens":' || tokens || ',"type":"' || token_type || '"'
        else '"activity":"opened"'
    end || '}}' as line
from tracked_events
;

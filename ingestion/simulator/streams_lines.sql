-- The sessions as lines of JSON text: table `stream_lines`, each with its day of arrival and its fate.
-- A moment as document stores export it, in seven ways.
create or replace macro wrapped(moment, style) as case style % 7
    when 0 then '"' || strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ') || '"'
    when 1 then '"' || strftime(moment + interval 2 hour, '%Y-%m-%dT%H:%M:%S.%g+02:00') || '"'
    when 2 then epoch_ms(moment)::varchar
    when 3 then '{"_seconds":' || epoch_ms(moment) // 1000 || ',"_nanoseconds":' || epoch_ms(moment) % 1000 * 1000000 || '}'
    when 4 then '{"seconds":' || epoch_ms(moment) // 1000 || ',"nanoseconds":' || epoch_ms(moment) % 1000 * 1000000 || '}'
    when 5 then '{"$date":"' || strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ') || '"}'
    else '{"$date":{"$numberLong":"' || epoch_ms(moment) || '"}}'
end;

create table stream_stats as
with samples as (
    select
        s.session_number, max(v.viewer_count) as peak, avg(v.viewer_count) as average,
        to_json(list(v.viewer_count order by s.i)) as samples
    from (select session_number, unnest(range(1, minutes + 1)) as i from stream_sessions) as s
    left join stream_samples as v on v.session_number = s.session_number and v.place = s.i
    group by s.session_number
),
interactions as (
    select
        session_number, count(*) as total, count(*) filter (super_chat_amount > 0) as super_chats,
        sum(super_chat_amount) filter (super_chat_amount > 0) as revenue,
        -- what is missing is 0 to the app, in the mean as well
        sum(coalesce(response_ms, 0))::double / count(*) as response_avg,
        to_json(list(coalesce(response_ms, 0) order by interacted_at, interaction_id)) as response_times
    from stream_interactions group by session_number
),
faults as (
    select session_number, count(*) filter (kind = 'error') as errors, count(*) filter (kind = 'reconnect') as reconnects
    from stream_faults group by session_number
)
select
    s.session_number,
    coalesce(v.peak, 0) as peak, coalesce(v.average, 0) as average, coalesce(v.samples, '[]') as samples,
    coalesce(i.total, 0) as total, coalesce(i.super_chats, 0) as super_chats, coalesce(i.revenue, 0) as revenue,
    coalesce(i.response_avg, 0) as response_avg, coalesce(i.response_times, '[]') as response_times,
    coalesce(f.errors, 0) as errors, coalesce(f.reconnects, 0) as reconnects
from stream_sessions as s
left join samples as v using (session_number)
left join interactions as i using (session_number)
left join faults as f using (session_number);

create or replace macro stats_text(p) as
    '"viewerStats":{"peak":' || p.peak || ',"average":' || p.average || ',"samples":' || p.samples
    || '},"interactionStats":{"total":' || p.total || ',"superChats":' || p.super_chats || ',"superChatRevenue":' || p.revenue
    || ',"responseTimeAvg":' || p.response_avg || ',"responseTimes":' || p.response_times
    || '},"technicalStats":{"errors":' || p.errors || ',"reconnects":' || p.reconnects || '}';

create table stream_lines as
with happened as (
    select session_number, started_at as happened_at, 'session_start' as type, json_object('videoId', video_id) as data, null::timestamp as own_at
    from stream_sessions where has_start
    union all
    select session_number, sampled_at, 'viewer_sample', json_object('viewerCount', viewer_count), sampled_at from stream_samples
    union all
    select
        session_number, interacted_at, 'interaction',
        json_object(
            'interactionId', interaction_id, 'userId', user_id, 'superChatAmount', super_chat_amount, 'currency', currency,
            'responseTime', response_ms, 'emotion', emotion,
            'profile', {'email': 'canary-' || interaction_id || '@example.com'}
        ), null
    from stream_interactions
    union all
    select
        session_number, happened_at, kind,
        case kind
            when 'error'
            then json_object(
                'errorType', ['timeout', 'overload'][place % 2 + 1], 'component', component,
                'errorMessage', 'POST https://api.example.com/v1/speak?key=canary-' || place || ' failed for canary-' || session_number
                    || '@example.com from 10.0.0.' || place || ': token=canary-' || session_number,
                'stack', 'at canary-' || place
            )
            else json_object('component', component)
        end, null
    from stream_faults
    union all
    select
        session_number, ended_at, 'session_end',
        case
            when repeats_stats
            then ('{"duration":' || epoch(ended_at - started_at) || ',' || stats_text(p) || '}')::json
            else json_object('duration', epoch(ended_at - started_at))
        end, null
    from stream_sessions join stream_stats as p using (session_number) where form <> 'document' and not has_no_end and not is_live
),
events as (
    select
        h.*, s.session_id, s.character_id, s.account_id,
        fate(h.type || ' line', h.session_number, epoch_ms(h.happened_at)) as f,
        h.happened_at::date - getvariable('first_day')::date as day
    from happened as h join stream_sessions as s using (session_number)
    where s.has_events
),
told as (
    select
        *,
        json_merge_patch(json_object('characterId', character_id, 'sessionId', session_id, 'accountId', account_id), data)::varchar as body,
        -- each store exports with or without its own ids, so that a repeat is the same
        case when session_number % 3 = 0 then '"_id":{"$oid":"' || md5(concat_ws('-', session_id, type, happened_at, body)) || '"},' else '' end as own_id
    from events
),
written as (
    select
        *,
        case when own_at is null then body else body[:-2] || ',"timestamp":' || wrapped(own_at, f // 3) || '}' end as full_body
    from told
)
select
    least(day + case when f % 100 < 5 then 1 else 0 end, getvariable('days') - 1) as arrival_day,
    happened_at, type, session_number, f,
    '{' || own_id || '"type":"' || type || '","data":' || full_body || ',"timestamp":' as head,
    f // 5 as style
from written;

create table stream_documents as
select
    least(coalesce(ended_at::date, started_at::date) - getvariable('first_day')::date, getvariable('days') - 1) as arrival_day,
    session_number,
    '{"id":' || to_json(session_id) || ',"characterId":' || to_json(character_id)
    || case when account_id is null then '' else ',"accountId":"' || account_id || '"' end
    || ',"startTime":' || wrapped(started_at, h) || ',"endTime":' || wrapped(ended_at, h // 7)
    || ',"duration":' || epoch(ended_at - started_at) || ',' || stats_text(p) || '}' as line
from stream_sessions join stream_stats as p using (session_number)
where form in ('both', 'document', 'growing')
union all
-- exported once more while it ran: half of the samples, no end
select
    started_at::date - getvariable('first_day')::date, session_number,
    '{"id":' || to_json(session_id) || ',"characterId":' || to_json(character_id) || ',"startTime":' || wrapped(started_at, h)
    || ',"endTime":null,"viewerStats":{"peak":3,"average":2,"samples":[1,3]},"interactionStats":{"total":1}}'
from stream_sessions where form = 'growing';

-- The lines as JSON text: tables `transcript_texts` (one row a line) and `transcript_files` (path, file_part,
-- line_order, line), in which resumed files open with copies of other sessions' lines.
create table transcript_texts as
with
    joined as (
        select
            transcript_lines.*,
            lag(transcript_lines.uuid) over (
                partition by transcript_lines.session_number, transcript_lines.agent_id order by transcript_lines.line_order
            ) as parent_uuid,
            sessions.session_id, sessions.project, sessions.kind, sessions.topic, sessions.turns,
            requests.* exclude (session_number, turn, request, agent_id, kind, model),
            requests.model,
            draw(hash(getvariable('seed'), 'text', transcript_lines.session_number, transcript_lines.turn, transcript_lines.request)) as text_hash
        from transcript_lines
        inner join sessions using (session_number)
        left join requests
            on requests.session_number = transcript_lines.session_number
            and requests.turn = transcript_lines.turn
            and requests.request = transcript_lines.request
            and transcript_lines.role in ('assistant', 'tool_result')
            and (
                requests.agent_id is not distinct from transcript_lines.agent_id
                or transcript_lines.is_replay and requests.agent_id is null
            )
    ),
    worded as (
        select
            *,
            replace(
                getvariable('prompts')[topic][text_hash % 2 + 1], '{part}',
                getvariable('parts')[text_hash // 2 % len(getvariable('parts')) + 1]
            ) as prompt,
            getvariable('answers')[topic][text_hash % 2 + 1] as answer,
            'toolu_' || substr(md5(getvariable('seed') || ' tool ' || concat_ws('/', session_number, turn, request)), 1, 20) as tool_id,
            ',"parentUuid":' || coalesce('"' || parent_uuid || '"', 'null')
            || ',"isSidechain":' || case when agent_id is null then 'false' else 'true' end
            || case when agent_id is null then '' else ',"agentId":"' || agent_id || '"' end
            || ',"userType":"external","cwd":"/home/dev/canary-path","sessionId":"' || session_id
            || '","version":"2.0.46","gitBranch":"main","uuid":"' || uuid
            || '","timestamp":"' || strftime(happened_at, '%Y-%m-%dT%H:%M:%S.%gZ') || '"}' as tail
        from joined
    ),
    written as (
        select
            *,
            case role
                when 'prompt' then '{"type":"user","message":{"role":"user","content":' || to_json(prompt) || '}' || tail
                when 'agent_prompt'
                then '{"type":"user","message":{"role":"user","content":' || to_json('Look into this: ' || prompt) || '}' || tail
                when 'meta'
                then '{"type":"user","isMeta":true,"message":{"role":"user","content":"Caveat: written by the client."}' || tail
                when 'tool_result'
                then
                    '{"type":"user","message":{"role":"user","content":[{"tool_use_id":"' || tool_id
                    || '","type":"tool_result","is_error":' || is_error::varchar
                    || ',"content":"' || case when is_error then 'exit code 1' else 'done' end
                    || '"}]},"toolUseResult":{"status":"completed"}' || tail
                when 'system' then '{"type":"system","subtype":"turn_duration","durationMs":1000,"isMeta":false' || tail
                when 'snapshot'
                then
                    '{"type":"file-history-snapshot","messageId":"' || uuid
                    || '","snapshot":{"messageId":"' || uuid || '","trackedFileBackups":{}},"isSnapshotUpdate":false}'
                when 'synthetic'
                then
                    '{"type":"assistant","message":{"id":"' || uuid || '","type":"message","role":"assistant","model":"<synthetic>",'
                    || '"content":[{"type":"text","text":"No response requested."}],"usage":{"input_tokens":0,"output_tokens":0,'
                    || '"cache_creation_input_tokens":0,"cache_read_input_tokens":0}},"isApiErrorMessage":' || is_error::varchar || tail
                else
                    '{"type":"assistant","message":{' || case when message_id is null then '' else '"id":"' || message_id || '",' end
                    || '"type":"message","role":"assistant","model":"' || model || '","content":['
                    || case
                        when part + 1 < parts then '{"type":"thinking","thinking":"Let me look at the parts.","signature":"c2ln"}'
                        when is_last then '{"type":"text","text":' || to_json(answer) || '}'
                        else
                            '{"type":"tool_use","id":"' || tool_id || '","name":"'
                            || ['Read', 'Edit', 'Bash', 'Grep', 'Task'][case when kind in (5, 6) and turn = 0 then 5 else text_hash % 4 + 1 end]
                            || '","input":{"path":"canary-path/main.py"}}'
                    end
                    -- streamed repeats: only the last line of a request has all of its output
                    || '],"usage":{"input_tokens":' || input_tokens || ',"output_tokens":'
                    || case when part + 1 = parts then output_tokens else 1 + part * (output_tokens // (parts + 1)) end
                    || ',"cache_creation_input_tokens":' || cache_creation_tokens
                    || ',"cache_read_input_tokens":' || cache_read_tokens
                    || case
                        when has_cache_split
                        then
                            ',"cache_creation":{"ephemeral_5m_input_tokens":' || cache_write_5m_tokens
                            || ',"ephemeral_1h_input_tokens":' || cache_write_1h_tokens || '}'
                        else ''
                    end || ',"service_tier":"standard"}}'
                    || case
                        when request_id is null then ''
                        when is_replay then ',"requestId":"' || request_id || 'R"'
                        else ',"requestId":"' || request_id || '"'
                    end
                    || case when reported_usd is null then '' else ',"costUSD":' || reported_usd::decimal(12, 6) end || tail
            end as line,
            -- what counts as text of a message: typed and answered words, not thinking, tools or their results
            case
                when role = 'prompt' then length(prompt)
                when role = 'agent_prompt' then length('Look into this: ' || prompt)
                when role = 'synthetic' then length('No response requested.')
                when role = 'assistant' and part + 1 = parts and is_last then length(answer)
                else 0
            end as text_length
        from worded
    )
select *
from written
;

create table transcript_files as
select
    project || '/' || case
        when agent_id is null then session_id
        when kind in (6, 7) then session_id || '/subagents/agent-' || agent_id
        else 'agent-' || agent_id
    end || '.jsonl' as path,
    1 as file_part,
    line_order,
    line
from transcript_texts
union all
-- A resumed session's file opens with the first turns of the session that it goes on from, word for word; a fork's
-- file (kind 15) has them under its own session id, and says where they are from.
select
    resumed.project || '/' || resumed.session_id || '.jsonl',
    0,
    line_order,
    case
        when resumed.kind = 9 then line
        else
            replace(line[:-2], written.session_id, resumed.session_id)
            || ',"forkedFrom":{"sessionId":"' || written.session_id || '","messageUuid":"' || uuid || '"}}'
    end
from transcript_texts as written
inner join sessions as resumed
    on resumed.kind in (9, 15)
    and resumed.session_number = written.session_number + 5
where agent_id is null and turn < (written.turns + 1) // 2
union all
-- a summary line without a timestamp opens some files
select project || '/' || session_id || '.jsonl', -1, 0,
    '{"type":"summary","summary":"' || getvariable('topics')[topic] || '","leafUuid":"' || uuid_text(md5(session_id)) || '"}'
from sessions
where session_hash // 343 % 4 = 0
;

-- One row a line of a Claude Code transcript: the columns that may leave the line, or why it is rejected.
-- Most of a line is prompt text, paths and tool output; only what is named here goes on. Every shape that a client
-- may write is kept: lines of unknown type, without timestamp or without message are rows with NULLs. A line is
-- rejected only where a wrong value would falsify a figure: identity, time, tokens, cost.
with unpadded as (
    -- Where a machine stopped, disks leave NULs before the line that the client wrote next. It skips them too.
    select * replace (case when starts_with(line, chr(0)) then ltrim(line, chr(0)) else line end as line)
    from lines
),
whole as (
    -- Output of tools that was cut inside an emoji leaves half of a pair, which no parser takes: it is left out.
    select
        * replace (
            case
                when (contains(line, '\ud') or contains(line, '\uD')) and not json_valid(line)
                then
                    regexp_replace(
                        line,
                        '(\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})'
                        || '|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
                        '\1',
                        'g'
                    )
                else line
            end as line
        )
    from unpadded
),
parsed as (
    select
        file_id,
        file,
        line_number,
        line,
        coalesce(problem, json_object_problem(line)) as problem
    from whole
),
fields as (
    select
        file_id,
        file,
        line_number,
        line,
        problem,
        -- The main chain tells of a sub-agent's answer in a line of progress: the answer's usage counts, and is the only
        -- account of it where the agent's file is gone; what was said does not.
        case
            when problem is null and contains(line, '"agent_progress"')
                and json_extract_string(line, '$.type') = 'progress'
                and json_type(line, '$.data.message.message.usage') = 'OBJECT'
            then
                json_merge_patch(
                    json_extract(line, '$.data.message'),
                    json_object(
                        'type', 'progress', 'uuid', json_extract(line, '$.uuid'), 'parentUuid', json_extract(line, '$.parentUuid'),
                        'sessionId', json_extract(line, '$.sessionId'), 'timestamp', json_extract(line, '$.timestamp'),
                        'agentId', json_extract(line, '$.data.agentId'), 'isSidechain', true,
                        'forkedFrom', json_extract(line, '$.forkedFrom'),
                        'message', json_object('role', null, 'content', null)
                    )
                )::varchar
            -- What a person types while the assistant works goes into its turn as an attachment, and no line of a user
            -- follows. Notices of tasks that end meanwhile come the same way.
            when problem is null and contains(line, '"queued_command"')
                and json_extract_string(line, '$.type') = 'attachment'
                and json_extract_string(line, '$.attachment.type') = 'queued_command'
                and coalesce(json_extract_string(line, '$.attachment.commandMode'), 'prompt') = 'prompt'
            then
                json_merge_patch(
                    line,
                    json_object(
                        'type', 'user', 'origin', json_extract(line, '$.attachment.origin'),
                        'isMeta', coalesce(json_extract(line, '$.attachment.isMeta'), json_extract(line, '$.isMeta')),
                        'timestamp', coalesce(json_extract(line, '$.timestamp'), json_extract(line, '$.attachment.timestamp')),
                        'message', json_object('role', 'user', 'content', json_extract(line, '$.attachment.prompt'))
                    )
                )::varchar
            when problem is null then line
        end as body,
        -- One parse of the line; the values are JSON texts.
        json_extract(
            body,
            [
                '$.type', '$.uuid', '$.sessionId', '$.requestId', '$.message.id',
                '$.message.model', '$.message.role', '$.isSidechain', '$.isMeta', '$.timestamp',
                '$.costUSD', '$.message.usage', '$.message.usage.input_tokens',
                '$.message.usage.output_tokens', '$.message.usage.cache_creation_input_tokens',
                '$.message.usage.cache_creation.ephemeral_5m_input_tokens',
                '$.message.usage.cache_creation.ephemeral_1h_input_tokens',
                '$.message.usage.cache_read_input_tokens', '$.message.usage.speed', '$.parentUuid',
                '$.agentId', '$.subtype', '$.level', '$.version', '$.isCompactSummary',
                '$.isApiErrorMessage', '$.forkedFrom', '$.origin.kind', '$.message.content', '$.promptSource',
                '$.message.usage.iterations', '$.message.usage.inference_geo', '$.turnOrigin'
            ]
        ) as j,
        count_names,
        uuid_pattern
    from
        parsed,
        (
            select
                [
                    'input_tokens', 'output_tokens', 'cache_creation_input_tokens',
                    'cache_creation.ephemeral_5m_input_tokens', 'cache_creation.ephemeral_1h_input_tokens',
                    'cache_read_input_tokens'
                ] as count_names,
                '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}' as uuid_pattern
        )
),
typed as (
    select
        *,
        string_split(file, '/') as folders,
        regexp_replace(folders[-1], '\.jsonl$', '') as stem,
        parse_timestamp(json_extract_string(j[10], '$')) as parsed_at,
        case when possible(parsed_at) then parsed_at end as occurred_at,
        case
            when starts_with(j[29]::varchar, '[')
            then
                json_transform(
                    j[29], '[{"type":"VARCHAR","name":"VARCHAR","text":"VARCHAR","is_error":"BOOLEAN"}]'
                )
        end as blocks,
        case
            when starts_with(j[29]::varchar, '"') then [json_extract_string(j[29], '$')]
            when starts_with(j[29]::varchar, '[')
            then
                list_transform(
                    list_filter(blocks, lambda b: b.type = 'text' and b.text is not null), lambda b: b.text
                )
        end as texts,
        -- What one request made the provider do. The line's own counts leave out an advisor's and a compaction's tokens
        -- and, where one model declined in the middle of its answer and another took over, those of the first. All of
        -- them are paid for; what a model declined before it wrote anything is not.
        case
            when starts_with(j[31]::varchar, '[') and regexp_matches(j[31]::varchar, '"(advisor_message|fallback_message|compaction)"')
            then
                json_transform(
                    j[31],
                    '[{"type":"VARCHAR","model":"VARCHAR","input_tokens":"VARCHAR","output_tokens":"VARCHAR","cache_creation_input_tokens":"VARCHAR","cache_read_input_tokens":"VARCHAR","cache_creation":{"ephemeral_5m_input_tokens":"VARCHAR","ephemeral_1h_input_tokens":"VARCHAR"}}]'
                )
        end as iterations,
        list_filter(iterations, lambda i: i.type = 'fallback_message')[-1].model as served_by,
        list_transform(
            list_filter(
                iterations,
                lambda i: i.type in ('advisor_message', 'compaction')
                or (
                    i.type in ('message', 'fallback_message')
                    and i.model <> served_by
                    and coalesce(i.output_tokens, '0') <> '0'
                )
            ),
            lambda i: [
                i.model, i.input_tokens, i.output_tokens, i.cache_creation_input_tokens,
                i.cache_creation.ephemeral_5m_input_tokens, i.cache_creation.ephemeral_1h_input_tokens,
                i.cache_read_input_tokens
            ]
        ) as attempts,
        list_position(
            list_transform(
                [13, 14, 15, 16, 17, 18],
                lambda i: not absent(j[i]) and not is_token_count(j[i]::varchar)
            ),
            true
        ) as bad_count,
        case
            when problem is not null then null
            when not_text(j[1]) then 'type must be a string'
            when not_text(j[2]) then 'uuid must be a string'
            when not_text(j[3]) then 'sessionId must be a string'
            when not_text(j[4]) then 'requestId must be a string'
            when not_text(j[5]) then 'message.id must be a string'
            when not_text(j[6]) then 'message.model must be a string'
            when not_text(j[7]) then 'message.role must be a string'
            when not absent(j[8]) and j[8]::varchar not in ('true', 'false') then 'isSidechain must be true or false'
            when not absent(j[9]) and j[9]::varchar not in ('true', 'false') then 'isMeta must be true or false'
            when not_text(j[10]) then 'timestamp must be a string: ISO 8601 with a zone'
            when not absent(j[11])
                and not (
                    is_number(j[11])
                    and coalesce(try_cast(j[11]::varchar as decimal(24, 12)) between 0 and 1000000, false)
                )
            then 'costUSD must be a number from 0 to 10^6'
            when not_object(j[12]) then 'message.usage must be an object'
            when bad_count > 0
            then 'message.usage.' || count_names[bad_count] || ' must be a whole number from 0 to 10^12'
            when
                len(
                    list_filter(
                        flatten(list_transform(attempts, lambda a: a[2:])),
                        lambda t: t is not null and not is_token_count(t)
                    )
                ) > 0
            then 'message.usage.iterations must hold whole numbers from 0 to 10^12'
        end as type_fault
    from fields
)
select
    file_id,
    file,
    line_number,
    case
        when problem is not null then problem
        when type_fault is not null then 'wrong_type'
        when not absent(j[10]) and occurred_at is null then 'invalid_timestamp'
    end as reason_code,
    case
        when problem is not null then problem_text(problem)
        when type_fault is not null then type_fault
        when not absent(j[10]) and occurred_at is null then timestamp_fault()
    end as reason_text,
    case
        when reason_code is null or reason_code = 'blank' then null
        when problem is null then redact(line)
        else mask_text(line)
    end as raw_text,
    -- The path without the generation: a file that is read again whole repeats its lines under the same path.
    left(sha256(file), 20) as path_id,
    case when len(folders) > 1 then folders[1] end as project,
    -- Below projects/: <project>/<session>.jsonl, <project>/<session>/subagents/**/agent-<id>.jsonl,
    -- <project>/agent-<id>.jsonl (its session stands in its lines only), and any other name.
    case
        when regexp_full_match(stem, uuid_pattern) then stem
        when regexp_matches(file, '/' || uuid_pattern || '/')
        then regexp_extract(file, '/(' || uuid_pattern || ')/', 1)
        when not starts_with(stem, 'agent-') then regexp_replace(file, '\.jsonl$', '')
    end as file_session_id,
    coalesce(
        case when not not_text(j[21]) then json_extract_string(j[21], '$') end,
        case when starts_with(stem, 'agent-') then substr(stem, 7) end
    ) as agent_id,
    json_extract_string(j[1], '$') as type,
    case when not not_text(j[22]) then json_extract_string(j[22], '$') end as subtype,
    nullif(json_extract_string(j[2], '$'), '') as uuid,
    case when not not_text(j[20]) then json_extract_string(j[20], '$') end as parent_uuid,
    nullif(json_extract_string(j[3], '$'), '') as session_id,
    occurred_at as "timestamp",
    coalesce(j[8]::varchar = 'true', false) as is_sidechain,
    coalesce(j[9]::varchar = 'true', false) as is_meta,
    coalesce(j[25]::varchar = 'true', false) as is_compact_summary,
    coalesce(j[26]::varchar = 'true', false) as is_api_error_message,
    coalesce(not absent(j[27]), false) as is_forked_copy,
    json_extract_string(j[7], '$') as role,
    nullif(json_extract_string(j[5], '$'), '') as message_id,
    nullif(json_extract_string(j[4], '$'), '') as request_id,
    nullif(json_extract_string(j[6], '$'), '') as model,
    case when not not_text(j[19]) then json_extract_string(j[19], '$') end as speed,
    case when not not_text(j[32]) then json_extract_string(j[32], '$') end as inference_geo,
    coalesce(starts_with(j[12]::varchar, '{'), false) and "type" is distinct from 'progress' as has_usage,
    try_cast(j[13]::varchar as bigint) as input_tokens,
    try_cast(j[14]::varchar as bigint) as output_tokens,
    try_cast(j[15]::varchar as bigint) as cache_creation_tokens,
    try_cast(j[16]::varchar as bigint) as cache_write_5m_tokens,
    try_cast(j[17]::varchar as bigint) as cache_write_1h_tokens,
    try_cast(j[18]::varchar as bigint) as cache_read_tokens,
    case
        when len(attempts) > 0
        then
            to_json(
                list_transform(
                    attempts,
                    lambda a, place: {
                        'place': place, 'model': a[1],
                        'input_tokens': try_cast(a[2] as bigint), 'output_tokens': try_cast(a[3] as bigint),
                        'cache_creation_tokens': try_cast(a[4] as bigint),
                        'cache_write_5m_tokens': try_cast(a[5] as bigint),
                        'cache_write_1h_tokens': try_cast(a[6] as bigint),
                        'cache_read_tokens': try_cast(a[7] as bigint)
                    }
                )
            )::varchar
    end as other_attempts,
    try_cast(j[11]::varchar as decimal(24, 12)) as cost_usd,
    coalesce(list_contains(list_transform(blocks, lambda b: b.type), 'tool_result'), false) as is_tool_result,
    -- Written by the client, not typed by a person: output of a local command, a notice of a background task, the
    -- words of a team mate or of another session, a prompt whose time had come, the mark that a person pressed Escape,
    -- the summary of a compaction and the caveat before output, which older clients do not mark.
    coalesce(
        regexp_matches(
            texts[1],
            '^\s*(<local-command-(stdout|stderr|caveat)>|<bash-(stdout|stderr)>|<task-notification>'
            || '|<(teammate|agent|cross-session)-message|Another Claude session sent a message:|<scheduled-task '
            || '|This session is being continued from a previous conversation|Caveat: The messages below were generated '
            || '|<system-reminder>|\[Request interrupted by user)'
        ),
        false
    )
    or coalesce(json_extract_string(j[28], '$') <> 'human', false)
    or coalesce(json_extract_string(j[30], '$') = 'system', false)
    or coalesce(
        absent(j[28]) and json_extract_string(j[33], '$') not in ('human', 'sdk'), false
    ) as is_machine_text,
    to_json(list_transform(list_filter(blocks, lambda b: b.type = 'tool_use'), lambda b: b.name))::varchar
        as tool_names,
    coalesce(len(list_filter(blocks, lambda b: b.type = 'tool_use')), 0) as tool_use_count,
    case when texts is not null then coalesce(list_sum(list_transform(texts, lambda x: length(x))), 0) end
        as text_length,
    coalesce(j[26]::varchar = 'true', false)
    or coalesce(list_contains(list_transform(blocks, lambda b: b.is_error), true), false)
    or coalesce(json_extract_string(j[1], '$') = 'system' and json_extract_string(j[23], '$') = 'error', false) as is_error,
    case when not not_text(j[24]) then json_extract_string(j[24], '$') end as client_version,
    sha256(line) as line_hash,
    array_to_string(texts, chr(10)) as text
from typed

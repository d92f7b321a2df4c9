-- One row a line of tracked conversation events: the envelope's columns, or why the line is rejected.
-- {type, timestamp, conversationId, userId, eventId?, data{...}}; unknown types and properties are kept. Tables of
-- tracking services spell the names with underscores and hold data as text: {conversation_id, user_id, data: "{...}"}.
with parsed as (
    select
        file_id,
        file,
        line_number,
        line,
        coalesce(problem, event_problem(line)) as problem
    from lines
),
spelled as (
    select
        *,
        problem is null
        and regexp_matches(
            line, '"((event|conversation|user|message)_id|token_count|message_length)"\s*:|"data"\s*:\s*"'
        ) as is_of_table,
        case when is_of_table then json_extract_string(line, '$.data') end as told,
        case
            when case when json_valid(told) then json_type(told) = 'OBJECT' else false end
            then
                json_merge_patch(
                    told,
                    json_object(
                        'messageId', either(told, '$.messageId', '$.message_id'),
                        'tokenCount', either(told, '$.tokenCount', '$.token_count'),
                        'messageLength', either(told, '$.messageLength', '$.message_length')
                    )
                )
            when is_of_table then json_extract(line, '$.data')
        end as data_of_table
    from parsed
),
fields as (
    select
        *,
        case
            when is_of_table
            then
                json_object(
                    'eventId', either(line, '$.eventId', '$.event_id'),
                    'type', json_extract(line, '$.type'),
                    'timestamp', json_extract(line, '$.timestamp'),
                    'conversationId', either(line, '$.conversationId', '$.conversation_id'),
                    'userId', either(line, '$.userId', '$.user_id'),
                    'data', data_of_table
                )::varchar
            when problem is null then line
        end as body,
        json_extract(
            body,
            [
                '$.eventId', '$.type', '$.timestamp', '$.conversationId', '$.userId', '$.data',
                '$.data.messageId', '$.data.role', '$.data.tokenCount', '$.data.messageLength',
                '$.data.tokens', '$.data.type', '$.data.activity'
            ]
        ) as j
    from spelled
),
judged as (
    select
        *,
        parse_timestamp(json_extract_string(j[3], '$')) as parsed_at,
        case when possible(parsed_at) then parsed_at end as occurred_at,
        -- The bound keeps sums of any number of rows inside 64 bits.
        list_position(
            list_transform(
                case json_extract_string(j[2], '$') when 'message_sent' then [9, 10] when 'token_usage' then [11] end,
                lambda i: not absent(j[i])
                and not is_token_count(j[i]::varchar)
            ),
            true
        ) as bad_count,
        case
            when problem is not null then null
            when absent(j[2]) then 'type'
            when absent(j[3]) then 'timestamp'
            -- NULL says that the count is not known; a usage that is told under other names would count as none.
            when json_extract_string(j[2], '$') = 'token_usage' and j[11] is null then 'data.tokens'
        end as missing_field,
        case
            when problem is not null then null
            when not_text(j[1]) then 'eventId must be a string'
            when not_text(j[2]) then 'type must be a string'
            when not_text(j[3]) then 'timestamp must be a string: ISO 8601 with a zone' || or_in_parquet()
            when not_text(j[4]) then 'conversationId must be a string'
            when not_text(j[5]) then 'userId must be a string'
            when not_object(j[6]) then 'data must be an object'
            when json_extract_string(j[2], '$') = 'message_sent' and not_text(j[7]) then 'data.messageId must be a string'
            when json_extract_string(j[2], '$') = 'message_sent' and not_text(j[8]) then 'data.role must be a string'
            when bad_count > 0
            then 'data.' || case json_extract_string(j[2], '$') when 'message_sent' then ['tokenCount', 'messageLength'][bad_count] else 'tokens' end
                || ' must be a whole number from 0 to 10^12'
            when json_extract_string(j[2], '$') = 'token_usage' and not_text(j[12]) then 'data.type must be a string'
            when json_extract_string(j[2], '$') = 'token_usage' and not absent(j[12])
                and not regexp_full_match(json_extract_string(j[12], '$'), '(?i)((input|prompt|output|completion)(_tokens)?)?')
            then 'data.type must be input or output'
            when json_extract_string(j[2], '$') = 'user_activity' and not_text(j[13]) then 'data.activity must be a string'
        end as type_fault
    from fields
)
select
    file_id,
    file,
    line_number,
    case
        when problem is not null then problem
        when missing_field is not null then 'missing_field'
        when type_fault is not null then 'wrong_type'
        when occurred_at is null then 'invalid_timestamp'
    end as reason_code,
    case
        when problem is not null then problem_text(problem)
        when missing_field is not null
        then missing_field || ' is required' || case when missing_field = 'type' then without_type(line, 'type') else '' end
        when type_fault is not null then type_fault
        when occurred_at is null then timestamp_fault() || or_in_parquet()
    end as reason_text,
    case
        when reason_code is null or reason_code = 'blank' then null
        when problem is null then redact(line)
        else mask_text(line)
    end as raw_text,
    case
        when starts_with(j[1]::varchar, '"') and j[1]::varchar <> '""' then json_extract_string(j[1], '$')
        -- An empty patch writes the object anew, without the blanks between its parts.
        when reason_code is null then 'line-' || sha256(json_merge_patch(line, '{}')::varchar)
    end as event_id,
    coalesce(starts_with(j[1]::varchar, '"') and j[1]::varchar <> '""', false) as has_event_id,
    json_extract_string(j[2], '$') as type,
    occurred_at as "timestamp",
    nullif(json_extract_string(j[4], '$'), '') as conversation_id,
    nullif(json_extract_string(j[5], '$'), '') as user_id,
    case when starts_with(j[6]::varchar, '{') and reason_code is null then redact(j[6]::varchar) end as data
from judged

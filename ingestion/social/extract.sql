-- One row a line of an event file: the envelope's columns, or why the line is rejected.
-- One JSON parse gives the types of all named fields, one their texts, one the object `data`.
with parsed as (
    select
        file_id,
        file,
        line_number,
        line,
        coalesce(
            problem,
            case
                when trim(line, e' \t\r\n') = '' then 'blank'
                when not json_valid(line) then 'invalid_json'
                when (contains(line, 'NaN') or contains(line, 'nfinity')) and not is_strict_json(line)
                then 'invalid_json'
                when json_type(line) <> 'OBJECT' then 'not_an_object'
            end
        ) as problem
    from lines
),
fields as (
    select
        *,
        case when problem is null then line end as body,
        json_type(
            body,
            [
                '$.eventId', '$.eventType', '$.userId', '$.sessionId', '$.timestamp', '$.schemaVersion',
                '$.platform', '$.userAgent', '$.ipAddress', '$.data', '$.data.contentType',
                '$.data.contentId', '$.data.viewDuration', '$.data.scrollDepth', '$.data.action',
                '$.data.targetType', '$.data.targetId', '$.data.metadata', '$.data.productId',
                '$.data.orderId', '$.data.amount', '$.data.currency', '$.data.quantity',
                '$.data.paymentMethod', '$.data.conversionPath'
            ]
        ) as t,
        json_extract_string(
            body,
            [
                '$.eventId', '$.eventType', '$.userId', '$.sessionId', '$.timestamp', '$.schemaVersion',
                '$.platform', '$.userAgent', '$.ipAddress', '$.data.viewDuration', '$.data.scrollDepth',
                '$.data.amount', '$.data.quantity'
            ]
        ) as v,
        json_keys(body) as keys
    from parsed
),
typed as (
    select
        *,
        v[2] as event_type,
        parse_timestamp(v[5]) as parsed_at,
        case when possible(parsed_at) then parsed_at end as occurred_at,
        case
            when v[6] is null or v[6] like '1.0.%' or v[6] = '1.0' then '1.0'
            when v[6] like '1.1.%' or v[6] = '1.1' then '1.1'
            else 'newer'
        end as contract,
        (t[1] is not null)::integer + (t[2] is not null)::integer + (t[3] is not null)::integer
        + (t[4] is not null)::integer + (t[5] is not null)::integer + (t[6] is not null)::integer
        + (t[7] is not null)::integer + (t[8] is not null)::integer + (t[9] is not null)::integer
        + (t[10] is not null)::integer as known_count
    from fields
),
judged as (
    select
        *,
        case
            when problem is not null then null
            when len(keys) = known_count then null
            when len(keys) <> len(list_distinct(keys)) then 'duplicate_key: a property name is given twice'
        end as duplicate_fault,
        case
            when problem is not null then null
            when absent(t[2]) then 'eventType'
            when absent(t[5]) then 'timestamp'
            when contract = 'newer' then null
            when event_type = 'view' and absent(t[11]) then 'data.contentType'
            when event_type = 'view' and absent(t[12]) then 'data.contentId'
            when event_type = 'view' and contract = '1.1' and absent(t[13]) then 'data.viewDuration'
            when event_type = 'view' and contract = '1.1' and absent(t[14]) then 'data.scrollDepth'
            when event_type = 'engagement' and absent(t[15]) then 'data.action'
            when event_type = 'engagement' and absent(t[16]) then 'data.targetType'
            when event_type = 'engagement' and absent(t[17]) then 'data.targetId'
            when event_type = 'engagement' and contract = '1.1' and absent(t[18]) then 'data.metadata'
        end as missing_field,
        case
            when problem is not null then null
            when not_text(t[1]) then 'eventId must be a string'
            when not_text(t[2]) then 'eventType must be a string'
            when not_text(t[3]) then 'userId must be a string'
            when not_text(t[4]) then 'sessionId must be a string'
            when not_text(t[5]) then 'timestamp must be a string'
            when not_text(t[6]) then 'schemaVersion must be a string'
            when not_text(t[7]) then 'platform must be a string'
            when not_text(t[8]) then 'userAgent must be a string'
            when not_text(t[9]) then 'ipAddress must be a string'
            when t[10] not in ('OBJECT', 'NULL') then 'data must be an object'
            when contract = 'newer' then null
            when not_text(t[11]) and event_type = 'view' then 'data.contentType must be a string'
            when not_text(t[12]) and event_type = 'view' then 'data.contentId must be a string'
            when not_finite(t[13], v[10]) and event_type = 'view' then 'data.viewDuration must be a number'
            when not_finite(t[14], v[11]) and event_type = 'view' then 'data.scrollDepth must be a number'
            when not_text(t[15]) and event_type = 'engagement' then 'data.action must be a string'
            when not_text(t[16]) and event_type = 'engagement' then 'data.targetType must be a string'
            when not_text(t[17]) and event_type = 'engagement' then 'data.targetId must be a string'
            when t[18] not in ('OBJECT', 'NULL') and event_type = 'engagement'
            then 'data.metadata must be an object'
            when event_type <> 'purchase' then null
            when not_text(t[19]) then 'data.productId must be a string'
            when not_text(t[20]) then 'data.orderId must be a string'
            when not_number(t[21]) or (v[12] is not null and try_cast(v[12] as decimal(18, 6)) is null)
            then 'data.amount must be a number below 10^12'
            when not_text(t[22]) then 'data.currency must be a string'
            when not_number(t[23]) or (v[13] is not null and try_cast(v[13] as decimal(18, 6)) is null)
            then 'data.quantity must be a number below 10^12'
            when not_text(t[24]) then 'data.paymentMethod must be a string'
            when t[25] not in ('ARRAY', 'NULL') then 'data.conversionPath must be an array'
        end as type_fault
    from typed
)
select
    file_id,
    file,
    line_number,
    case
        when problem is not null then problem
        when duplicate_fault is not null then 'duplicate_key'
        when missing_field is not null then 'missing_field'
        when type_fault is not null then 'wrong_type'
        when occurred_at is null then 'invalid_timestamp'
    end as reason_code,
    case
        when problem is not null then problem_text(problem)
        when duplicate_fault is not null then duplicate_fault
        when missing_field is not null then missing_field || ' is required'
        when type_fault is not null then type_fault
        when occurred_at is null then timestamp_fault()
    end as reason_text,
    case
        when reason_code is null or reason_code = 'blank' then null
        when problem is null
        then
            json_merge_patch(
                redact(line),
                json_object('ipAddress', hashed_text(v[9]), 'userAgent', hashed_text(v[8]))
            )::varchar
        else mask_text(line)
    end as raw_text,
    case
        when t[1] = 'VARCHAR' and v[1] <> '' then v[1]
        when reason_code is null
        then 'line-' || sha256(json_merge_patch(line, '{"ipAddress":null,"userAgent":null}')::varchar)
    end as event_id,
    t[1] = 'VARCHAR' and v[1] <> '' as has_event_id,
    event_type,
    nullif(v[3], '') as user_id,
    nullif(v[4], '') as session_id,
    occurred_at as "timestamp",
    v[6] as schema_version,
    v[7] as platform,
    v[8] as user_agent,
    v[9] as ip_address,
    case when t[10] = 'OBJECT' and reason_code is null then redact(json_extract(line, '$.data')::varchar) end as data,
    case
        when reason_code is not null or len(keys) = known_count then null
        else
            redact(
                json_merge_patch(
                    line,
                    '{"eventId":null,"eventType":null,"userId":null,"sessionId":null,"timestamp":null,'
                    || '"schemaVersion":null,"platform":null,"userAgent":null,"ipAddress":null,"data":null}'
                )::varchar
            )
    end as extra
from judged

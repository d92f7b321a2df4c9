-- One row a line of an event file: the envelope's columns, or why the line is rejected. Tables of events spell the names
-- with underscores and hold data as text: {event_type, user_id, event_data: "{...}"}.
-- `is_plain` finds most good lines with few, cheap tests; only the others are judged one rule after the other. It must
-- never hold for a line that a rule rejects.
with opened as (
    select
        file_id,
        file,
        line_number,
        line,
        problem,
        case
            when problem is not null then null
            when starts_with(line, '{') and json_valid(line) then line
            when json_object_problem(line) is null then line
        end as body
    from lines
),
read as (
    select *, event_fields(body) as w from opened
),
spelled as (
    select
        *,
        case
            when
                case
                    when w.eventType is null then contains(body, '"event_type"')
                    else starts_with(w.data::varchar, '"{')
                end
            then event_of_row(body)
        end as as_event
    from read
),
fields as (
    select
        file_id,
        file,
        line_number,
        problem,
        coalesce(as_event, line) as line,
        coalesce(as_event, body) as body,
        case when as_event is null then w else event_fields(as_event) end as v
    from spelled
),
written as (
    select
        *,
        v.data::varchar as data_text,
        v.eventType as event_type,
        parse_timestamp(v.timestamp) as parsed_at,
        is_clean(data_text) as has_clean_data,
        case
            when coalesce(v.schemaVersion, '') in ('', '1.0') or v.schemaVersion like '1.0.%' then '1.0'
            when v.schemaVersion like '1.1.%' or v.schemaVersion = '1.1' then '1.1'
            else 'newer'
        end as contract,
        -- The line as a writer without spaces gives it, if its fields are texts without escapes and nothing else is in it.
        concat(
            '{',
            case when v.eventId is not null then '"eventId":"' end, v.eventId,
            case when v.eventId is not null then '",' end,
            '"eventType":"', v.eventType, '",',
            case when v.userId is not null then '"userId":"' end, v.userId,
            case when v.userId is not null then '",' end,
            case when v.sessionId is not null then '"sessionId":"' end, v.sessionId,
            case when v.sessionId is not null then '",' end,
            '"timestamp":"', v.timestamp, '"',
            case when v.schemaVersion is not null then ',"schemaVersion":"' end, v.schemaVersion,
            case when v.schemaVersion is not null then '"' end,
            case when v.platform is not null then ',"platform":"' end, v.platform,
            case when v.platform is not null then '"' end,
            case when v.userAgent is not null then ',"userAgent":"' end, v.userAgent,
            case when v.userAgent is not null then '"' end,
            case when v.ipAddress is not null then ',"ipAddress":"' end, v.ipAddress,
            case when v.ipAddress is not null then '"' end,
            case when v.data is not null then ',"data":' end, v.data::varchar, '}'
        ) as canonical
    from fields
),
compared as (
    select
        *,
        -- A valid line that begins as a whole object goes on with white space only. What stands between the names of its
        -- fields is what was read from there, so each is known, given once, and a text without escapes.
        coalesce(starts_with(line, canonical), false) as is_canonical,
        case
            when contract = 'newer' or event_type not in ('view', 'engagement', 'purchase') then null
            when has_clean_data and starts_with(data_text, '{')
            then json_transform(
                data_text,
                '{"contentType":"JSON","contentId":"JSON","viewDuration":"JSON","scrollDepth":"JSON","action":"JSON",'
                || '"targetType":"JSON","targetId":"JSON","metadata":"JSON","productId":"JSON","orderId":"JSON",'
                || '"amount":"JSON","currency":"JSON","quantity":"JSON","paymentMethod":"JSON",'
                || '"conversionPath":"JSON"}'
            )
            -- Its text need not be JSON again: numbers beyond all bounds are written as words.
            else json_transform(
                body,
                '{"data":{"contentType":"JSON","contentId":"JSON","viewDuration":"JSON","scrollDepth":"JSON","action":"JSON",'
                || '"targetType":"JSON","targetId":"JSON","metadata":"JSON","productId":"JSON","orderId":"JSON",'
                || '"amount":"JSON","currency":"JSON","quantity":"JSON","paymentMethod":"JSON",'
                || '"conversionPath":"JSON"}}'
            ).data
        end as d
    from written
),
passed as (
    select
        *,
        coalesce(
            possible(parsed_at)
            and case
                when has_clean_data then starts_with(data_text, '{')
                when data_text is null then true
                else starts_with(data_text, '{') and not holds_nan(data_text)
            end
            and case
                when contract = 'newer' then true
                when event_type = 'view'
                then
                    is_text(d.contentType)
                    and is_text(d.contentId)
                    and coalesce(is_finite(d.viewDuration), contract = '1.0')
                    and coalesce(is_finite(d.scrollDepth), contract = '1.0')
                when event_type = 'engagement'
                then
                    is_text(d.action)
                    and is_text(d.targetType)
                    and is_text(d.targetId)
                    and coalesce(starts_with(d.metadata::varchar, '{'), contract = '1.0')
                when event_type = 'purchase'
                then
                    is_text_or_absent(d.productId)
                    and is_text_or_absent(d.orderId)
                    and is_text_or_absent(d.currency)
                    and is_text_or_absent(d.paymentMethod)
                    and coalesce(is_decimal(d.amount), true)
                    and coalesce(is_decimal(d.quantity), true)
                    and coalesce(starts_with(d.conversionPath::varchar, '['), true)
                else true
            end,
            false
        ) as has_good_values,
        is_canonical and has_good_values as is_quick
    from compared
),
typed as (
    select
        *,
        -- JSON texts, whose first characters tell the types.
        case
            when not is_quick
            then
                json_transform(
                    body,
                    '{"eventId":"JSON","eventType":"JSON","userId":"JSON","sessionId":"JSON","timestamp":"JSON",'
                    || '"schemaVersion":"JSON","platform":"JSON","userAgent":"JSON","ipAddress":"JSON","data":"JSON"}'
                )
        end as j,
        case when not is_quick then json_keys(body) end as keys
    from passed
),
sorted as (
    select
        *,
        is_quick
        or len(keys) = (j.eventId is not null)::integer + (j.eventType is not null)::integer
        + (j.userId is not null)::integer + (j.sessionId is not null)::integer
        + (j.timestamp is not null)::integer + (j.schemaVersion is not null)::integer
        + (j.platform is not null)::integer + (j.userAgent is not null)::integer
        + (j.ipAddress is not null)::integer + (j.data is not null)::integer as has_known_fields_only,
        case
            when is_quick then true
            when not has_good_values then false
            else
                coalesce(
                    (has_known_fields_only or (len(keys) = len(list_distinct(keys)) and not holds_nan(line)))
                    and is_text(j.eventType)
                    and is_text(j.timestamp)
                    and is_text_or_absent(j.eventId)
                    and is_text_or_absent(j.userId)
                    and is_text_or_absent(j.sessionId)
                    and is_text_or_absent(j.schemaVersion)
                    and is_text_or_absent(j.platform)
                    and is_text_or_absent(j.userAgent)
                    and is_text_or_absent(j.ipAddress),
                    false
                )
        end as is_plain
    from typed
),
judged as (
    select
        *,
        case when not is_plain then coalesce(problem, unambiguous_object_problem(line)) end as fault,
        case
            when is_plain then null
            when absent(j.eventType) then 'eventType'
            when absent(j.timestamp) then 'timestamp'
            when contract = 'newer' then null
            when event_type = 'view' and absent(d.contentType) then 'data.contentType'
            when event_type = 'view' and absent(d.contentId) then 'data.contentId'
            when event_type = 'view' and contract = '1.1' and absent(d.viewDuration) then 'data.viewDuration'
            when event_type = 'view' and contract = '1.1' and absent(d.scrollDepth) then 'data.scrollDepth'
            when event_type = 'engagement' and absent(d.action) then 'data.action'
            when event_type = 'engagement' and absent(d.targetType) then 'data.targetType'
            when event_type = 'engagement' and absent(d.targetId) then 'data.targetId'
            when event_type = 'engagement' and contract = '1.1' and absent(d.metadata) then 'data.metadata'
        end as missing_field,
        case
            when is_plain then null
            when not_text(j.eventId) then 'eventId must be a string'
            when not_text(j.eventType) then 'eventType must be a string'
            when not_text(j.userId) then 'userId must be a string'
            when not_text(j.sessionId) then 'sessionId must be a string'
            when not_text(j.timestamp) then 'timestamp must be a string: ISO 8601 with a zone' || or_in_parquet()
            when not_text(j.schemaVersion) then 'schemaVersion must be a string'
            when not_text(j.platform) then 'platform must be a string'
            when not_text(j.userAgent) then 'userAgent must be a string'
            when not_text(j.ipAddress) then 'ipAddress must be a string'
            -- Without the name of an event it is another kind of line, whose data says nothing.
            when not_object(j.data) and not absent(j.eventType) then 'data must be an object'
            when contract = 'newer' then null
            when not_text(d.contentType) and event_type = 'view' then 'data.contentType must be a string'
            when not_text(d.contentId) and event_type = 'view' then 'data.contentId must be a string'
            when not_finite(d.viewDuration) and event_type = 'view' then 'data.viewDuration must be a number'
            when not_finite(d.scrollDepth) and event_type = 'view' then 'data.scrollDepth must be a number'
            when not_text(d.action) and event_type = 'engagement' then 'data.action must be a string'
            when not_text(d.targetType) and event_type = 'engagement' then 'data.targetType must be a string'
            when not_text(d.targetId) and event_type = 'engagement' then 'data.targetId must be a string'
            when not_object(d.metadata) and event_type = 'engagement'
            then 'data.metadata must be an object'
            when event_type <> 'purchase' then null
            when not_text(d.productId) then 'data.productId must be a string'
            when not_text(d.orderId) then 'data.orderId must be a string'
            when not_decimal(d.amount)
            then 'data.amount must be a number below 10^12'
            when not_text(d.currency) then 'data.currency must be a string'
            when not_decimal(d.quantity)
            then 'data.quantity must be a number below 10^12'
            when not_text(d.paymentMethod) then 'data.paymentMethod must be a string'
            when not_array(d.conversionPath) then 'data.conversionPath must be an array'
        end as type_fault,
        case
            when body is not null and not has_known_fields_only
            then
                json_merge_patch(
                    body,
                    '{"eventId":null,"eventType":null,"userId":null,"sessionId":null,"timestamp":null,'
                    || '"schemaVersion":null,"platform":null,"userAgent":null,"ipAddress":null,"data":null}'
                )::varchar
        end as unknown_fields
    from sorted
),
decided as (
    select
        *,
        case
            when is_plain then null
            when fault is not null then fault
            when type_fault is not null then 'wrong_type'
            when missing_field is not null then 'missing_field'
            when not coalesce(possible(parsed_at), false) then 'invalid_timestamp'
        end as reason_code
    from judged
)
select
    file_id,
    case when reason_code is not null then file end as file,
    line_number,
    reason_code,
    case reason_code
        when 'wrong_type' then type_fault
        when 'missing_field'
        then
            missing_field || ' is required'
            || case when missing_field = 'eventType' then without_type(line, 'eventType') else '' end
        when 'invalid_timestamp' then timestamp_fault() || or_in_parquet()
        else problem_text(reason_code)
    end as reason_text,
    case
        when reason_code is null or reason_code = 'blank' then null
        when fault is null
        then
            json_merge_patch(
                redact(line),
                json_object('ipAddress', hashed_text(v.ipAddress), 'userAgent', hashed_text(v.userAgent))
            )::varchar
        else mask_text(line)
    end as raw_text,
    case
        when v.eventId <> '' then v.eventId
        when reason_code is null
        then 'line-' || sha256(json_merge_patch(line, '{"ipAddress":null,"userAgent":null}')::varchar)
    end as event_id,
    coalesce(v.eventId <> '', false) as has_event_id,
    event_type,
    nullif(v.userId, '') as user_id,
    nullif(v.sessionId, '') as session_id,
    parsed_at as "timestamp",
    v.schemaVersion as schema_version,
    v.platform as platform,
    v.userAgent as user_agent,
    v.ipAddress as ip_address,
    case
        when is_plain and has_clean_data then data_text
        when reason_code is null then redact(nullif(data_text, 'null'))
    end as data,
    case when reason_code is null then redact(nullif(unknown_fields, '{}')) end as extra
from decided

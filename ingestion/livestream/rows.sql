stated as (
    select
        *,
        case
            when not is_paid then null
            when is_number(d.superChatAmount) then try_cast(d.superChatAmount::varchar as decimal(18, 6))
            else try_cast(written_amount as decimal(18, 6))
        end as super_chat_amount,
        parse_moment(moments[1]) as parsed_at,
        case when possible(parsed_at) then parsed_at end as occurred_at,
        parse_moment(moments[2]) as parsed_end_at,
        case when possible(parsed_end_at) then parsed_end_at end as document_ended_at,
        case
            when type = 'error'
            then json_object(
                'characterId', d.characterId, 'sessionId', d.sessionId, 'errorType', mask_secrets(text_of(d.errorType)),
                'errorMessage', mask_secrets(text_of(d.errorMessage)), 'component', mask_secrets(text_of(d.component))
            )::varchar
        end as error_data,
        case
            when problem is not null then null
            when is_document and text_of(session) is null then 'id'
            when is_document and absent(j.startTime) then 'startTime'
            when is_document then null
            when absent(j.type) then 'type'
            when absent(j.timestamp) then 'timestamp'
            when is_known and text_of(session) is null then 'data.sessionId'
            when type = 'viewer_sample' and absent(viewers_now) then 'data.viewerCount'
        end as missing_field,
        case
            when problem is not null then null
            when not_text(given_id) then 'eventId, _id and id must be strings'
            when not_text(j.type) then 'type must be a string'
            when not_object(content) then 'data must be an object'
            when not_text(session) then 'the session''s id must be a string'
            when not_text(character) then 'characterId must be a string'
            when not_text(account) then 'accountId must be a string'
            when not_text(video) then 'videoId must be a string'
            when not_finite(duration) then 'duration must be a number'
            when not_object(viewers) then 'viewerStats must be an object'
            when not_object(interactions) then 'interactionStats must be an object'
            when not_object(technical) then 'technicalStats must be an object'
            when not_count(json_extract(viewers, '$.peak')) then 'viewerStats.peak must be a whole number below 10^12'
            when not_finite(json_extract(viewers, '$.average')) then 'viewerStats.average must be a number'
            when not_counts(json_extract(viewers, '$.samples'))
            then 'viewerStats.samples must be an array of whole numbers below 10^12'
            when not_count(json_extract(interactions, '$.total')) or not_count(json_extract(interactions, '$.superChats'))
            then 'interactionStats.total and .superChats must be whole numbers below 10^12'
            when not_decimal(json_extract(interactions, '$.superChatRevenue'))
            then 'interactionStats.superChatRevenue must be a number below 10^12'
            when not_finite(json_extract(interactions, '$.responseTimeAvg'))
            then 'interactionStats.responseTimeAvg must be a number'
            when not_durations(json_extract(interactions, '$.responseTimes'))
            then 'interactionStats.responseTimes must be an array of numbers below 10^10'
            when not_count(json_extract(technical, '$.errors')) or not_count(json_extract(technical, '$.reconnects'))
            then 'technicalStats.errors and .reconnects must be whole numbers below 10^12'
            when type = 'viewer_sample' and not_count(viewers_now)
            then 'data.viewerCount must be a whole number below 10^12'
            when type = 'interaction' and not_text(d.interactionId) then 'data.interactionId must be a string'
            when type = 'interaction' and not_text(d.userId) then 'data.userId must be a string'
            when is_paid and super_chat_amount is null
            then 'data.superChatAmount must be a number below 10^12, or one amount as people write it (¥1,000)'
            when type = 'interaction' and not_text(d.currency) then 'data.currency must be a string'
            when type = 'interaction' and not_duration(response_time) then 'data.responseTime must be a number below 10^10'
            when type = 'interaction' and not_text(d.emotion) then 'data.emotion must be a string'
            when type = 'error' and not_text(d.errorType) then 'data.errorType must be a string'
            when type = 'error' and not_text(d.errorMessage) then 'data.errorMessage must be a string'
            when type in ('error', 'reconnect') and not_text(d.component) then 'data.component must be a string'
        end as type_fault
    from amount_numbers
)
select
    file_id,
    file,
    line_number,
    case
        when problem is not null then problem
        when type_fault is not null then 'wrong_type'
        when missing_field is not null then 'missing_field'
        when occurred_at is null or (not absent(j.endTime) and is_document and document_ended_at is null)
        then 'invalid_timestamp'
    end as reason_code,
    case reason_code
        when 'missing_field' then missing_field || ' is required'
        when 'wrong_type' then type_fault
        when 'invalid_timestamp'
        then
            'a moment must be ISO 8601 with a zone, epoch seconds or milliseconds, or the wrapper of a document store'
            || ' around one, from 2000 to 2099'
        else problem_text(reason_code)
    end as reason_text,
    case
        when reason_code is null or reason_code = 'blank' then null
        when problem is not null then mask_text(line)
        when error_data is not null then json_object('type', 'error', 'timestamp', j.timestamp, 'data', error_data::json)::varchar
        else redact(line)
    end as raw_text,
    case
        when reason_code is not null then null
        when text_of(given_id) is not null and not is_document then text_of(given_id)
        -- The same content in another wrapping is the same event: the moment counts, not how it is written.
        when is_document then 'document-' || sha256(json_merge_patch(body, '{"startTime":null,"endTime":null}')::varchar || '|' || epoch_us(occurred_at) || '|' || coalesce(epoch_us(document_ended_at), 0))
        when type = 'interaction' and text_of(d.interactionId) is not null
        then 'interaction-' || sha256(length(text_of(session)) || ':' || text_of(session) || text_of(d.interactionId))
        else
            'line-' || sha256(
                type || '|' || epoch_us(occurred_at) || '|'
                || coalesce(json_merge_patch(content, '{"timestamp":null}')::varchar, '')
            )
    end as event_id,
    coalesce(not is_document and text_of(given_id) is not null, false) as has_event_id,
    is_document,
    type,
    text_of(account) as account_id,
    text_of(character) as character_id,
    text_of(session) as session_id,
    text_of(video) as video_id,
    occurred_at as "timestamp",
    document_ended_at as ended_at,
    case when type = 'interaction' then text_of(d.interactionId) end as interaction_id,
    case when not is_document then text_of(d.userId) end as user_id,
    super_chat_amount,
    case
        when type <> 'interaction' or is_document then null
        when found_currency <> 'XXX' then found_currency
        when regexp_full_match(currency, '[A-Z]{3}') then currency
        -- Neither an unknown sign nor a word is the app's own currency.
        when currency is not null or symbol <> '' then 'XXX'
    end as currency,
    case when type = 'interaction' then try_cast(response_time::varchar as double) end as response_time,
    case when type = 'interaction' then text_of(d.emotion) end as emotion,
    case when type = 'viewer_sample' then try_cast(viewers_now::varchar as bigint) end as viewer_count,
    json_extract_string(error_data, '$.errorType') as error_type,
    json_extract_string(error_data, '$.errorMessage') as error_message,
    case when type = 'error' then json_extract_string(error_data, '$.component') when type = 'reconnect' then text_of(d.component) end as component,
    case
        when reason_code is not null then null
        when is_document then redact(rtrim(body, e' \t\r\n'))
        else redact(coalesce(error_data, nullif(content::varchar, 'null')))
    end as data,
    case
        when reason_code is null and not is_document and not is_flat
        then
            nullif(
                redact(
                    json_merge_patch(
                        body,
                        '{"eventId":null,"_id":null,"id":null,"type":null,"timestamp":null,"data":null,"accountId":null}'
                    )::varchar
                ),
                '{}'
            )
    end as extra
from stated

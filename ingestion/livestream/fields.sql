-- One row a line: an event, or the document of a whole session, or why the line is rejected. Here: the fields of a line,
-- however they are spelled and wrapped; see `rows.sql` for the rest.
with parsed as (
    select file_id, file, line_number, line, coalesce(problem, event_problem(line)) as problem
    from lines
),
-- Only lines that need it are written anew. The patterns meet keys only: inside a JSON string a quote is written \".
spelled as (
    select
        *,
        case
            when problem is not null then null
            when not regexp_matches(line, '_(?:id|time|count|amount)"') then unwrapped(line)
            else
                list_reduce(
                    list_filter(
                        list_distinct(regexp_extract_all(line, '"([a-z]+(?:_[a-z]+)+)"\s*:', 1)),
                        lambda key: key in (
                            'event_id', 'account_id', 'character_id', 'session_id', 'video_id', 'start_time', 'end_time',
                            'interaction_id', 'user_id', 'super_chat_amount', 'response_time', 'viewer_count',
                            'error_type', 'error_message', 'viewer_stats', 'interaction_stats', 'technical_stats',
                            'super_chats', 'super_chat_revenue', 'response_time_avg', 'response_times'
                        )
                    ),
                    lambda text, key: regexp_replace(
                        text,
                        '"' || key || '"(\s*):',
                        '"' || array_to_string(
                            list_transform(
                                string_split(key, '_'),
                                lambda part, place: case when place = 1 then part else upper(part[1]) || part[2:] end
                            ),
                            ''
                        ) || '"\1:',
                        'g'
                    ),
                    unwrapped(line)
                )
        end as spelled_line
    from parsed
),
envelopes as (
    select
        * exclude (spelled_line),
        -- Numbers of a whole session that were written as texts; those of an event: see below.
        case
            when not contains(spelled_line, 'Stats"') and not contains(spelled_line, '"duration"') then spelled_line
            else
                list_reduce(
                    regexp_extract_all(spelled_line, '"(?:samples|responseTimes)"\s*:\s*\[[^\]]*\]'),
                    lambda text, list: replace(text, list, regexp_replace(list, '"(-?\d{1,15}(?:\.\d{1,9})?)"', '\1', 'g')),
                    regexp_replace(
                        spelled_line,
                        '("(?:duration|peak|average|total|superChats|superChatRevenue|responseTimeAvg|errors|reconnects)"\s*:\s*)"(-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?)"',
                        '\1\2',
                        'g'
                    )
                )
        end as body,
        json_transform(
            body,
            '{"eventId":"JSON","_id":"JSON","id":"JSON","type":"JSON","timestamp":"JSON","data":"JSON",'
            || '"accountId":"JSON","characterId":"JSON","sessionId":"JSON","videoId":"JSON","startTime":"JSON",'
            || '"endTime":"JSON","duration":"JSON","viewerStats":"JSON","interactionStats":"JSON",'
            || '"technicalStats":"JSON"}'
        ) as j
    from spelled
),
contents as (
    select
        *,
        coalesce(
            json_extract_string(j.type, '$')
            in ('session_start', 'session_end', 'interaction', 'viewer_sample', 'error', 'reconnect'),
            false
        ) as is_known,
        -- Tables have the fields of `data` beside the others, and some stores give it as a text.
        is_known and absent(j.data) and not absent(j.sessionId) as is_flat,
        case
            when is_flat
            then
                json_merge_patch(
                    body, '{"eventId":null,"_id":null,"id":null,"type":null,"timestamp":null,"accountId":null,"data":null}'
                )
            when is_text(j.data) and json_object_problem(json_extract_string(j.data, '$')) is null
            then json_extract_string(j.data, '$')::json
            else j.data
        end as content
    from envelopes
),
fields as (
    select
        *,
        json_transform(
            case when starts_with(content::varchar, '{') then content end,
            '{"accountId":"JSON","characterId":"JSON","sessionId":"JSON","videoId":"JSON","timestamp":"JSON",'
            || '"interactionId":"JSON","userId":"JSON","superChatAmount":"JSON","currency":"JSON",'
            || '"responseTime":"JSON","emotion":"JSON","viewerCount":"JSON","errorType":"JSON",'
            || '"errorMessage":"JSON","component":"JSON","duration":"JSON","viewerStats":"JSON",'
            || '"interactionStats":"JSON","technicalStats":"JSON"}'
        ) as d,
        coalesce(
            absent(j.type)
            and not (
                absent(j.startTime)
                and absent(j.viewerStats)
                and absent(j.interactionStats)
                and absent(j.technicalStats)
            ),
            false
        ) as is_document
    from contents
),
named as (
    select
        *,
        case when is_document then 'session_document' else json_extract_string(j.type, '$') end as type,
        -- A store gives a document an _id of its own; the session is what the document itself calls it.
        case when is_document then coalesce(j.sessionId, j.id, j._id) else d.sessionId end as session,
        case when is_document then j.characterId else d.characterId end as character,
        coalesce(d.accountId, j.accountId) as account,
        coalesce(d.videoId, j.videoId) as video,
        coalesce(j.eventId, case when not is_document then coalesce(j._id, j.id) end) as given_id,
        -- A sample's own moment is when it was taken, the envelope's when it was logged.
        case
            when is_document then j.startTime
            when type = 'viewer_sample' and not absent(d.timestamp) then d.timestamp
            else j.timestamp
        end as moment,
        case
            when regexp_full_match(d.viewerCount::varchar, '"-?\d{1,15}(\.\d{1,9})?"') then trim(d.viewerCount::varchar, '"')::json
            else d.viewerCount
        end as viewers_now,
        case
            when regexp_full_match(d.responseTime::varchar, '"-?\d{1,15}(\.\d{1,9})?"') then trim(d.responseTime::varchar, '"')::json
            else d.responseTime
        end as response_time,
        case when is_document then j.duration when type = 'session_end' then d.duration end as duration,
        case when is_document then j.viewerStats when type = 'session_end' then d.viewerStats end as viewers,
        case when is_document then j.interactionStats when type = 'session_end' then d.interactionStats end as interactions,
        case when is_document then j.technicalStats when type = 'session_end' then d.technicalStats end as technical
    from fields
),
priced as (
    select
        *,
        -- Bare seconds, digits in a text, and wrappers of further stores, as `parse_moment` takes them.
        list_transform(
            [moment, case when is_document then j.endTime end],
            lambda m: case
                when strlen(m::varchar) in (22, 26) or strlen(m::varchar) = 13 and not contains(m::varchar, '.') then m
                when regexp_full_match(m::varchar, '"?\d{9,10}(\.\d{1,9})?"?')
                then (1000 * trim(m::varchar, '"')::decimal(19, 9)::decimal(28, 9))::decimal(18, 3)::varchar::json
                when regexp_full_match(m::varchar, '"\d{12,13}"') then trim(m::varchar, '"')::json
                when contains(m::varchar, '"__time__"') then json_extract(m, '$.__time__')
                when contains(m::varchar, '"__datatype__"') then json_extract(m, '$.value')
                else m
            end
        ) as moments,
        nullif(upper(text_of(d.currency)), '') as currency,
        coalesce(type = 'interaction' and not absent(d.superChatAmount) and text_of(d.superChatAmount) is not null, false)
        as is_paid,
        -- A sign may stand in the amount or in the currency.
        case
            when is_paid and is_text(d.superChatAmount)
            then
                case
                    when is_currency(currency) or not regexp_full_match(text_of(d.superChatAmount), '[\d.,\s]+') then ''
                    else coalesce(currency, '')
                end || text_of(d.superChatAmount)
            when is_paid and not is_currency(currency) then currency
        end as amount_text
    from named
),

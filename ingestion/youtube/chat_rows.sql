judged as (
    select
        r.file_id,
        r.file,
        r.line_number,
        r.line,
        r.problem,
        r.j,
        a.* exclude (file_id, line_number),
        regexp_extract(r.file, '(?:^|/)([A-Za-z0-9_-]{11})(?:[./][^/]*)?$', 1) as named_by,
        parse_timestamp(json_extract_string(r.j.collected_at, '$')) as collected_at,
        case
            when r.problem is not null then r.problem
            when coalesce(a.is_beside, false) then 'blank'
            when coalesce(a.has_wrong_type, false) or not_text(r.j.collection_id) or not_text(r.j.account_id)
            then 'wrong_type'
            when
                coalesce(a.message_id, '') = '' or a.type is null or a.has_no_time
                or r.j.item is not null and (absent(r.j.collection_id) or absent(r.j.collected_at))
            then 'missing_field'
            when a.is_paid and a.amount is null or not regexp_full_match(a.tier, '\d{1,9}') then 'wrong_type'
            when
                not coalesce(possible(a.published_at), a.published_at is null and not a.has_no_time and a.line_is_note)
                or not absent(r.j.collected_at) and not coalesce(possible(collected_at), false)
            then 'invalid_timestamp'
        end as reason_code
    from roots as r
    left join (select *, type in ('messageDeletedEvent', 'userBannedEvent') as line_is_note from amounts) as a
        on r.file_id = a.file_id and r.line_number = a.line_number
)
select
    file_id,
    file,
    line_number,
    reason_code,
    case reason_code
        when 'missing_field' then 'an id, a type and a time of the message are required'
        when 'wrong_type'
        then 'ids and the type must be strings, an amount a number with a currency, a line holds one message'
        when 'invalid_timestamp' then timestamp_fault()
        else problem_text(reason_code)
    end as reason_text,
    case
        when reason_code is null or reason_code = 'blank' then null
        when problem is null then redact(line)
        else mask_text(line)
    end as raw_text,
    json_extract_string(j.collection_id, '$') as collection_id,
    json_extract_string(j.account_id, '$') as account_id,
    collected_at,
    message_id,
    live_chat_id,
    -- yt-dlp names a file "title [id].live_chat.json"; a file or a folder may also have the id as its name. Words of as many
    -- letters, such as livestreams or Chat-Replay, are names of something else.
    coalesce(
        video_id,
        nullif(regexp_extract(file, '\[([A-Za-z0-9_-]{11})\][^/\[\]]*$', 1), ''),
        case when not regexp_full_match(named_by, '[A-Z]?[a-z]*([_-]+[A-Z]?[a-z]*)*') then named_by end
    ) as video_id,
    type,
    author,
    published_at,
    cast(amount::decimal(24, 6) * 1000000 as bigint) as amount_micros,
    case when amount is not null then case when is_currency(found_currency) then found_currency else 'XXX' end end as currency,
    amount,
    try_cast(tier as bigint) as tier,
    text,
    coalesce(text_length, length(text)) as text_length,
    deleted_message_id,
    is_member,
    case when j.item is not null then 'api' else 'archive' end as origin,
    nullif(
        json_merge_patch(
            '{}',
            json_merge_patch(
                details,
                json_object(
                    'amountFlag', case when amount is not null and found_currency = 'XXX' then 'unknown_currency' end,
                    'amountText', case when amount is not null and found_currency = 'XXX' then left(amount_text, 40) end
                )
            )
        )::varchar,
        '{}'
    ) as details
from judged

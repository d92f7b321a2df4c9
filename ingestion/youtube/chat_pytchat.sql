-- pytchat's form. Its amountValue takes every comma for a thousands' separator; the text is what was shown.
pytchat_fields as (
    select
        *,
        json_transform(
            line,
            '{"id":"JSON","type":"JSON","timestamp":"VARCHAR","message":"VARCHAR","amountString":"JSON","currency":"VARCHAR",'
            || '"author":{"channelId":"JSON","isChatSponsor":"BOOLEAN"}}'
        ) as m
    from roots
    where problem is null and form = 'pytchat'
),
pytchat as (
    select
        file_id,
        line_number,
        false as is_beside,
        not_text(m.id) or not_text(m.type) or not_text(m.author.channelId) or not_text(m.amountString) as has_wrong_type,
        json_extract_string(m.id, '$') as message_id,
        null::varchar as live_chat_id,
        null::varchar as video_id,
        case json_extract_string(m.type, '$')
            when 'textMessage' then 'textMessageEvent'
            when 'superChat' then 'superChatEvent'
            when 'superSticker' then 'superStickerEvent'
            when 'newSponsor' then 'newSponsorEvent'
            else json_extract_string(m.type, '$')
        end as type,
        json_extract_string(m.author.channelId, '$') as author,
        m.timestamp is null as has_no_time,
        case when regexp_full_match(m.timestamp, '\d{1,13}') then make_timestamp(1000 * try_cast(m.timestamp as bigint)) end
        as published_at,
        m.type in ('"superChat"', '"superSticker"') as is_paid,
        null::varchar as amount_micros,
        json_extract_string(m.amountString, '$') as amount_text,
        null::varchar as amount_number,
        m.currency as currency,
        null::varchar as tier,
        m.message as text,
        null::bigint as text_length,
        null::varchar as deleted_message_id,
        m.author.isChatSponsor as is_member,
        '{}'::json as details
    from pytchat_fields
),

-- chat-downloader's form.
downloader_fields as (
    select
        *,
        json_transform(
            line,
            '{"message_id":"JSON","message_type":"JSON","action_type":"VARCHAR","target_message_id":"VARCHAR",'
            || '"timestamp":"VARCHAR","time_in_seconds":"VARCHAR","author":{"id":"JSON","badges":"JSON"},'
            || '"message":"VARCHAR","header_primary_text":"JSON","money":"JSON","video_id":"VARCHAR"}'
        ) as m
    from roots
    where problem is null and form = 'downloader'
),
downloader as (
    select
        file_id,
        line_number,
        -- What the page shows once more, or for itself.
        regexp_matches(
            json_extract_string(m.message_type, '$'),
            '^(ticker_|banner|tooltip|viewer_engagement|mode_change|placeholder|poll)'
        )
        or coalesce(m.action_type, '') like '%ticker%' as is_beside,
        not_text(m.message_id) or not_text(m.message_type) or not_text(m.author.id) or not_object(m.money)
        as has_wrong_type,
        case
            when json_extract_string(m.message_type, '$') not in ('deleted_message', 'ban_user')
            then json_extract_string(m.message_id, '$')
            -- Several archives may tell of one deletion.
            else coalesce('deletion-' || m.target_message_id, made_message_id(file, line_number))
        end as message_id,
        null::varchar as live_chat_id,
        m.video_id,
        case json_extract_string(m.message_type, '$')
            when 'text_message' then 'textMessageEvent'
            when 'paid_message' then 'superChatEvent'
            when 'paid_sticker' then 'superStickerEvent'
            when 'membership_item'
            then case when absent(m.header_primary_text) then 'newSponsorEvent' else 'memberMilestoneChatEvent' end
            when 'sponsorships_gift_purchase_announcement' then 'membershipGiftingEvent'
            when 'sponsorships_gift_redemption_announcement' then 'giftMembershipReceivedEvent'
            when 'deleted_message' then 'messageDeletedEvent'
            when 'ban_user'
            then case when m.target_message_id is null then 'userBannedEvent' else 'messageDeletedEvent' end
            else json_extract_string(m.message_type, '$')
        end as type,
        json_extract_string(m.author.id, '$') as author,
        m.timestamp is null and json_extract_string(m.message_type, '$') not in ('deleted_message', 'ban_user')
        as has_no_time,
        case when regexp_full_match(m.timestamp, '\d{1,16}') then make_timestamp(try_cast(m.timestamp as bigint)) end as published_at,
        json_extract_string(m.message_type, '$') in ('paid_message', 'paid_sticker') as is_paid,
        null::varchar as amount_micros,
        json_extract_string(m.money, '$.text') as amount_text,
        json_extract_string(m.money, '$.amount') as amount_number,
        json_extract_string(m.money, '$.currency') as currency,
        null::varchar as tier,
        m.message as text,
        null::bigint as text_length,
        m.target_message_id as deleted_message_id,
        case
            when starts_with(m.author.badges::varchar, '[')
            then regexp_matches(json_extract_string(m.author.badges, '$[*].title')::varchar, '(?i)\bmember\b')
            else false
        end as is_member,
        json_object('offsetSeconds', try_cast(m.time_in_seconds as double)) as details
    from downloader_fields
),

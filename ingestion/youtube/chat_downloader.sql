-- chat-downloader's form. Its versions of 2020 name the author by author_id and give an amount as a text beside the
-- others; the oldest have neither kinds nor ids, and what is shown a second time has a ticker_duration.
downloader_fields as (
    select
        *,
        json_transform(
            line,
            '{"message_id":"JSON","message_type":"JSON","action_type":"VARCHAR","target_message_id":"VARCHAR",'
            || '"timestamp":"VARCHAR","time_in_seconds":"VARCHAR","author":{"id":"JSON","badges":"JSON"},'
            || '"message":"VARCHAR","header_primary_text":"JSON","money":"JSON","video_id":"VARCHAR","id":"JSON",'
            || '"author_id":"JSON","author_badges":"JSON","amount":"JSON","ticker_duration":"JSON"}'
        ) as m
    from roots
    where problem is null and form = 'downloader'
),
downloader_named as (
    select
        *,
        coalesce(
            json_extract_string(m.message_type, '$'),
            case
                when not absent(m.ticker_duration) then 'ticker_paid_message_item'
                when not absent(m.amount) then 'paid_message'
                else 'text_message'
            end
        ) as given_kind,
        case
            -- The ticker may be all that is left of a payment, see the page's form.
            when
                json_extract_string(m.message_type, '$') in ('ticker_paid_message_item', 'ticker_paid_sticker_item')
                and not absent(coalesce(m.message_id, m.id)) and m.timestamp is not null
                and not (absent(m.money) and absent(m.amount))
            then regexp_extract(given_kind, 'paid_message|paid_sticker')
            else given_kind
        end as kind,
        coalesce(m.author.id, m.author_id) as author_id,
        coalesce(m.author.badges, m.author_badges) as badges,
        coalesce(
            m.message_id,
            m.id,
            case
                when m.message_type is null
                then
                    to_json(
                        'chat-' || md5(
                            concat_ws('|', m.timestamp, author_id::varchar, m.amount::varchar, coalesce(m.message, ''))
                        )
                    )
            end
        ) as given_id
    from downloader_fields
),
downloader as (
    select
        file_id,
        line_number,
        -- What the page shows once more, or for itself.
        regexp_matches(kind, '^(ticker_|banner|tooltip|viewer_engagement|mode_change|placeholder|poll)')
        or coalesce(m.action_type, '') like '%ticker%' and kind not in ('paid_message', 'paid_sticker') as is_beside,
        not_text(given_id) or not_text(m.message_type) or not_text(author_id) or not_object(m.money)
        or not_text(m.amount) as has_wrong_type,
        case
            when kind not in ('deleted_message', 'ban_user')
            then json_extract_string(given_id, '$')
            -- Several archives may tell of one deletion.
            else coalesce('deletion-' || m.target_message_id, made_message_id(file, line_number))
        end as message_id,
        null::varchar as live_chat_id,
        m.video_id,
        case kind
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
            else kind
        end as type,
        json_extract_string(author_id, '$') as author,
        m.timestamp is null and kind not in ('deleted_message', 'ban_user')
        as has_no_time,
        case when regexp_full_match(m.timestamp, '\d{1,16}') then make_timestamp(try_cast(m.timestamp as bigint)) end as published_at,
        kind in ('paid_message', 'paid_sticker') as is_paid,
        null::varchar as amount_micros,
        coalesce(json_extract_string(m.money, '$.text'), json_extract_string(m.amount, '$')) as amount_text,
        json_extract_string(m.money, '$.amount') as amount_number,
        json_extract_string(m.money, '$.currency') as currency,
        null::varchar as tier,
        m.message as text,
        null::bigint as text_length,
        m.target_message_id as deleted_message_id,
        case
            when starts_with(badges::varchar, '[')
            -- Objects with a title, or titles alone.
            then
                regexp_matches(json_extract_string(badges, '$[*].title')::varchar, '(?i)\bmember\b')
                or regexp_matches(badges::varchar, '(?i)^\[[^{]*\bmember\b')
            else false
        end as is_member,
        json_object('offsetSeconds', try_cast(m.time_in_seconds as double)) as details
    from downloader_named
),

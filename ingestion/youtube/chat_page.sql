-- Actions of the chat's page.
page_actions as (
    select
        *,
        case
            when json_type(line, '$.replayChatItemAction.actions') = 'ARRAY'
            then json_extract(line, '$.replayChatItemAction.actions[*]')
            else [line::json]
        end as actions
    from roots
    where problem is null and form = 'page'
),
page_items as (
    select
        *,
        list_filter(
            list_transform(
                actions,
                lambda a: coalesce(
                    json_extract(a, '$.addChatItemAction.item'),
                    json_extract(a, '$.replaceChatItemAction.replacementItem')
                )
            ),
            lambda x: starts_with(x::varchar, '{')
        ) as sent,
        list_filter(
            list_transform(
                actions,
                lambda a: coalesce(
                    json_extract_string(a, '$.markChatItemAsDeletedAction.targetItemId'),
                    json_extract_string(a, '$.removeChatItemAction.targetItemId')
                )
            ),
            lambda x: x is not null
        ) as removed,
        list_filter(
            list_transform(
                actions,
                lambda a: coalesce(
                    json_extract_string(a, '$.markChatItemsByAuthorAsDeletedAction.externalChannelId'),
                    json_extract_string(a, '$.removeChatItemByAuthorAction.externalChannelId')
                )
            ),
            lambda x: x is not null
        ) as banned,
        -- A payment that was made before the recording began stands in the ticker above the chat alone. Otherwise it is
        -- the same message once more, with its id.
        list_filter(
            list_transform(
                actions,
                lambda a: json_extract(
                    a, '$.addLiveChatTickerItemAction.item.*.showItemEndpoint.showLiveChatItemEndpoint.renderer'
                )[1]
            ),
            lambda x: regexp_matches(json_keys(x)[1], '^liveChatPaid(Message|Sticker)Renderer$')
            and not absent(json_extract(x, '$.*.id')[1]) and not absent(json_extract(x, '$.*.timestampUsec')[1])
        ) as ticked,
        case when len(sent) + len(removed) + len(banned) > 0 then sent else ticked end as added,
        len(added) + len(removed) + len(banned) as found,
        regexp_extract(json_keys(added[1])[1], '^[A-Za-z0-9]+$') as renderer
    from page_actions
),
page_fields as (
    select
        *,
        json_transform(
            case when renderer <> '' then json_extract(added[1], '$.' || renderer) end,
            '{"id":"JSON","timestampUsec":"VARCHAR","authorExternalChannelId":"JSON","authorBadges":"JSON",'
            || '"message":{"runs":"JSON","simpleText":"VARCHAR"},"headerPrimaryText":"JSON",'
            || '"purchaseAmountText":{"simpleText":"VARCHAR","runs":"JSON"},'
            || '"header":{"liveChatSponsorshipsHeaderRenderer":{"primaryText":{"runs":"JSON"},"authorBadges":"JSON"}}}'
        ) as m
    from page_items
),
page as (
    select
        file_id,
        line_number,
        -- An action without a message is a known one by its name; anything else is no line of a chat.
        found = 0 and regexp_matches(json_keys(actions[1])::varchar, 'Action\b|Command\b')
        or coalesce(
            regexp_full_match(
                renderer, 'liveChat(ViewerEngagementMessage|PlaceholderItem|ModeChangeMessage|Banner|BannerHeader)Renderer'
            ),
            false
        ) as is_beside,
        found > 1 or not_text(m.id) or not_text(m.authorExternalChannelId) as has_wrong_type,
        case
            when len(added) > 0 then json_extract_string(m.id, '$')
            -- Several archives may tell of one deletion.
            when found > 0 then coalesce('deletion-' || removed[1], made_message_id(file, line_number))
        end as message_id,
        null::varchar as live_chat_id,
        null::varchar as video_id,
        case
            when len(removed) > 0 then 'messageDeletedEvent'
            when len(banned) > 0 then 'userBannedEvent'
            else
                case renderer
                    when 'liveChatTextMessageRenderer' then 'textMessageEvent'
                    when 'liveChatPaidMessageRenderer' then 'superChatEvent'
                    when 'liveChatPaidStickerRenderer' then 'superStickerEvent'
                    when 'liveChatMembershipItemRenderer'
                    then case when absent(m.headerPrimaryText) then 'newSponsorEvent' else 'memberMilestoneChatEvent' end
                    when 'liveChatSponsorshipsGiftPurchaseAnnouncementRenderer' then 'membershipGiftingEvent'
                    when 'liveChatSponsorshipsGiftRedemptionAnnouncementRenderer' then 'giftMembershipReceivedEvent'
                    else nullif(renderer, '')
                end
        end as type,
        json_extract_string(m.authorExternalChannelId, '$') as author,
        len(added) > 0 and m.timestampUsec is null as has_no_time,
        case
            when regexp_full_match(m.timestampUsec, '\d{1,16}') then make_timestamp(try_cast(m.timestampUsec as bigint))
        end as published_at,
        renderer in ('liveChatPaidMessageRenderer', 'liveChatPaidStickerRenderer') as is_paid,
        null::varchar as amount_micros,
        coalesce(m.purchaseAmountText.simpleText, runs_text(m.purchaseAmountText.runs)) as amount_text,
        null::varchar as amount_number,
        null::varchar as currency,
        null::varchar as tier,
        coalesce(m.message.simpleText, runs_text(m.message.runs)) as text,
        null::bigint as text_length,
        removed[1] as deleted_message_id,
        case
            when len(added) > 0
            -- Only badges of members have a picture of the channel's own.
            then
                coalesce(
                    contains(
                        coalesce(
                            m.authorBadges, m.header.liveChatSponsorshipsHeaderRenderer.authorBadges
                        )::varchar, '"customThumbnail"'
                    ),
                    false
                )
        end as is_member,
        json_object(
            'offsetSeconds', try_cast(json_extract_string(line, '$.replayChatItemAction.videoOffsetTimeMsec') as double) / 1000,
            'giftMembershipsCount',
            case
                when renderer = 'liveChatSponsorshipsGiftPurchaseAnnouncementRenderer'
                then
                    try_cast(
                        regexp_extract(
                            runs_text(m.header.liveChatSponsorshipsHeaderRenderer.primaryText.runs), '\d{1,9}'
                        ) as bigint
                    )
            end
        ) as details
    from page_fields
),
priced as (
    from api
    union all by name
    from downloader
    union all by name
    from pytchat
    union all by name
    from page
),

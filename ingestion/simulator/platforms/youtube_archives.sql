-- Chats as archivers write them: a line, and where it stands. Names and pictures are there, as in real files.
create or replace temp macro shown_amount(currency, amount_micros) as case currency
    when 'USD' then '$' when 'EUR' then '€' when 'JPY' then '¥' when 'GBP' then '£' when 'CAD' then 'CA$' when 'BRL' then 'R$'
    when 'KRW' then '₩'
end
|| case
    when currency in ('JPY', 'KRW') then format('{:,}', (amount_micros // 1000000)::bigint)
    else format('{:,.2f}', amount_micros / 1000000)
end;

create or replace temp table archived_messages as
select
    m.*,
    v.video_id,
    v.archived_as,
    a.name,
    a.is_member,
    'Ch' || m.message_id[7:] as page_id,
    'Ch' || m.deleted_message_id[7:] as page_deleted_id,
    epoch_us(m.published_at) as published_us,
    date_diff('millisecond', v.started_at, m.published_at) as offset_ms,
    shown_amount(m.currency, m.amount_micros) as shown
from world.youtube_messages as m
join world.youtube_videos as v using (live_chat_id)
join world.youtube_authors as a using (author_id)
where v.archived_as is not null;

create or replace temp macro page_action(action, offset_ms) as
    json_object('replayChatItemAction', json_object('actions', [action], 'videoOffsetTimeMsec', offset_ms::varchar));

create or replace temp table page_lines as
select video_id, published_at, message_id, 0 as place, page_action(
    case type
        when 'messageDeletedEvent'
        then json_object('markChatItemAsDeletedAction', json_object('targetItemId', page_deleted_id))
        when 'userBannedEvent'
        then json_object('markChatItemsByAuthorAsDeletedAction', json_object('externalChannelId', author_id))
        else
            json_object('addChatItemAction', json_object('item', json_object(
                case type
                    when 'superChatEvent' then 'liveChatPaidMessageRenderer'
                    when 'superStickerEvent' then 'liveChatPaidStickerRenderer'
                    when 'newSponsorEvent' then 'liveChatMembershipItemRenderer'
                    when 'memberMilestoneChatEvent' then 'liveChatMembershipItemRenderer'
                    when 'membershipGiftingEvent' then 'liveChatSponsorshipsGiftPurchaseAnnouncementRenderer'
                    when 'giftMembershipReceivedEvent' then 'liveChatSponsorshipsGiftRedemptionAnnouncementRenderer'
                    else 'liveChatTextMessageRenderer'
                end,
                json_merge_patch(
                    json_object(
                        'id', page_id, 'timestampUsec', published_us::varchar, 'authorExternalChannelId', author_id,
                        'authorName', json_object('simpleText', name), 'message', json_object('runs', [{'text': coalesce(text, '')}])
                    ),
                    json_object(
                        'purchaseAmountText', case when shown is not null then json_object('simpleText', shown) end,
                        'headerPrimaryText', case when type = 'memberMilestoneChatEvent' then json_object('runs', [{'text': 'Member for 6 months'}]) end,
                        'authorBadges', case when is_member then [json_object('liveChatAuthorBadgeRenderer', json_object('customThumbnail', json_object('thumbnails', []), 'tooltip', 'Member (6 months)'))] end
                    )
                )
            )))
    end, offset_ms
)::varchar as line
from archived_messages
where archived_as = 'page'
union all
-- What was paid stands once more in the ticker above the chat.
select video_id, published_at, message_id, 1, page_action(
    json_object('addLiveChatTickerItemAction', json_object('item', json_object('liveChatTickerPaidMessageItemRenderer', json_object('id', page_id, 'amount', json_object('simpleText', shown))), 'durationSec', '60')),
    offset_ms
)::varchar
from archived_messages
where archived_as = 'page' and type = 'superChatEvent';

create or replace temp table downloader_lines as
select video_id, published_at, message_id, json_merge_patch(
    json_object(
        'action_type', case type when 'messageDeletedEvent' then 'mark_chat_item_as_deleted' when 'userBannedEvent' then 'mark_chat_items_by_author_as_deleted' else 'add_chat_item' end,
        'message_type', case type
            when 'superChatEvent' then 'paid_message' when 'superStickerEvent' then 'paid_sticker'
            when 'newSponsorEvent' then 'membership_item' when 'memberMilestoneChatEvent' then 'membership_item'
            when 'membershipGiftingEvent' then 'sponsorships_gift_purchase_announcement'
            when 'giftMembershipReceivedEvent' then 'sponsorships_gift_redemption_announcement'
            when 'messageDeletedEvent' then 'deleted_message' when 'userBannedEvent' then 'ban_user' else 'text_message'
        end,
        'time_in_seconds', offset_ms / 1000
    ),
    case when type = 'messageDeletedEvent' then json_object('target_message_id', page_deleted_id)
    when type = 'userBannedEvent' then json_object('author', json_object('id', author_id))
    else
        json_object(
            'message_id', page_id, 'timestamp', published_us, 'message', text,
            'author', json_object('id', author_id, 'name', name, 'badges', case when is_member then [{'title': 'Member (6 months)'}] end),
            'money', case when shown is not null then json_object('amount', amount_micros / 1000000, 'currency', currency, 'text', shown) end,
            'header_primary_text', case when type = 'memberMilestoneChatEvent' then 'Member for 6 months' end
        )
    end
)::varchar as line
from archived_messages
where archived_as = 'downloader';

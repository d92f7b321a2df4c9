-- Messages of one live chat come in four forms; each becomes the same columns, NULL where a form has none:
--   api         a liveChatMessage of the YouTube Data API, in the collector's envelope or, in an archive, without
--   downloader  {message_id, message_type, timestamp in microseconds, money, author ...}, as chat-downloader writes
--   pytchat     {type, id, timestamp in milliseconds, elapsedTime, amountString ...}, a message of pytchat as JSON
--   page        an action of the chat's page, alone or in replayChatItemAction, as yt-dlp and pytchat's archiver write
with parsed as (
    select file_id, file, line_number, line, coalesce(problem, json_object_problem(line)) as problem
    from lines
),
opened as (
    select
        *,
        json_transform(
            case when problem is null then line end,
            '{"collection_id":"JSON","account_id":"JSON","collected_at":"JSON","item":"JSON","snippet":"JSON",'
            || '"message_type":"JSON","time_text":"JSON","timestamp":"JSON","elapsedTime":"JSON"}'
        ) as j
    from parsed
),
roots as (
    select
        *,
        case
            when j.item is not null or j.snippet is not null then 'api'
            when j.message_type is not null or j.time_text is not null and j.timestamp is not null then 'downloader'
            when j.elapsedTime is not null and j.timestamp is not null then 'pytchat'
            else 'page'
        end as form
    from opened
),
api_fields as (
    select
        *,
        json_transform(
            coalesce(j.item, line::json),
            '{"id":"JSON","videoId":"VARCHAR","text":"VARCHAR","textLength":"BIGINT","snippet":{"type":"JSON",'
            || '"liveChatId":"JSON","authorChannelId":"JSON","publishedAt":"JSON","displayMessage":"VARCHAR",'
            || '"textMessageDetails":{"messageText":"VARCHAR"},"messageDeletedDetails":{"deletedMessageId":"VARCHAR"},'
            || '"messageRetractedDetails":{"retractedMessageId":"VARCHAR"},"superChatDetails":"JSON",'
            || '"superStickerDetails":"JSON","fanFundingEventDetails":"JSON","newSponsorDetails":"JSON",'
            || '"memberMilestoneChatDetails":"JSON","membershipGiftingDetails":"JSON",'
            || '"giftMembershipReceivedDetails":"JSON","userBannedDetails":"JSON","giftDetails":"JSON",'
            || '"pollDetails":"JSON"},"authorDetails":{"channelId":"VARCHAR","isChatSponsor":"BOOLEAN"}}'
        ) as m
    from roots
    where problem is null and form = 'api'
),
api_parts as (
    select
        *,
        m.snippet as s,
        coalesce(m.snippet.superChatDetails, m.snippet.superStickerDetails, m.snippet.fanFundingEventDetails) as paid,
        coalesce(
            m.snippet.newSponsorDetails, m.snippet.memberMilestoneChatDetails, m.snippet.membershipGiftingDetails,
            m.snippet.giftMembershipReceivedDetails
        ) as membership
    from api_fields
),
api as (
    select
        file_id,
        line_number,
        false as is_beside,
        not_text(m.id) or not_text(s.type) or not_text(s.liveChatId) or not_text(s.authorChannelId)
        or not_object(paid) as has_wrong_type,
        json_extract_string(m.id, '$') as message_id,
        json_extract_string(s.liveChatId, '$') as live_chat_id,
        m.videoId as video_id,
        json_extract_string(s.type, '$') as type,
        coalesce(json_extract_string(s.authorChannelId, '$'), m.authorDetails.channelId) as author,
        absent(s.publishedAt) as has_no_time,
        parse_timestamp(json_extract_string(s.publishedAt, '$')) as published_at,
        -- A payment of which no amount is told counts as one that cannot be read.
        paid is not null or s.type in ('"superChatEvent"', '"superStickerEvent"') as is_paid,
        json_extract_string(paid, '$.amountMicros') as amount_micros,
        null::varchar as amount_text,
        null::varchar as amount_number,
        json_extract_string(paid, '$.currency') as currency,
        json_extract_string(paid, '$.tier') as tier,
        coalesce(
            m.text,
            s.textMessageDetails.messageText,
            json_extract_string(coalesce(paid, membership), '$.userComment'),
            case when s.type = '"textMessageEvent"' then s.displayMessage end
        ) as text,
        m.textLength as text_length,
        coalesce(
            s.messageDeletedDetails.deletedMessageId, s.messageRetractedDetails.retractedMessageId
        ) as deleted_message_id,
        m.authorDetails.isChatSponsor as is_member,
        json_object(
            'memberLevelName', json_extract(membership, '$.memberLevelName'),
            'isUpgrade', json_extract(membership, '$.isUpgrade'),
            'memberMonth', json_extract(membership, '$.memberMonth'),
            'giftMembershipsCount', json_extract(membership, '$.giftMembershipsCount'),
            'giftMembershipsLevelName', json_extract(membership, '$.giftMembershipsLevelName'),
            'associatedMembershipGiftingMessageId', json_extract(membership, '$.associatedMembershipGiftingMessageId'),
            'stickerId', json_extract(paid, '$.superStickerMetadata.stickerId'),
            'banType', json_extract(s.userBannedDetails, '$.banType'),
            'banDurationSeconds', json_extract(s.userBannedDetails, '$.banDurationSeconds'),
            'giftName', json_extract(s.giftDetails, '$.giftName'),
            'jewelsAmount', json_extract(s.giftDetails, '$.jewelsAmount'),
            'comboCount', json_extract(s.giftDetails, '$.comboCount'),
            'pollStatus', json_extract(s.pollDetails, '$.status')
        ) as details
    from api_parts
),

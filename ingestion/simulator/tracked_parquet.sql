select
    event_id as "eventId",
    type,
    strftime(happened_at, '%Y-%m-%dT%H:%M:%S.%gZ') as "timestamp",
    conversation_id as "conversationId",
    user_id as "userId",
    struct_pack(
        "messageId" := message_id,
        role := role,
        "tokenCount" := case when type = 'message_sent' then tokens end,
        "messageLength" := message_length,
        tokens := case when type = 'token_usage' then tokens end,
        type := token_type,
        activity := case when type = 'user_activity' then 'opened' end
    ) as data
from {rows}

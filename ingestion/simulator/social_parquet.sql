select
    event_id as "eventId",
    event_type as "eventType",
    user_id as "userId",
    session_id as "sessionId",
    strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.%gZ') as "timestamp",
    schema_version as "schemaVersion",
    platform,
    'SocialApp/4.2 (canary-agent)' as "userAgent",
    '10.0.0.1' as "ipAddress",
    struct_pack(
        "contentType" := case when event_type = 'view' then content_type end,
        "contentId" := case when event_type = 'view' then content_id end,
        "viewDuration" := view_duration_seconds,
        "scrollDepth" := scroll_depth_ratio,
        referrer := referrer,
        action := action,
        "targetType" := case when event_type = 'engagement' then content_type end,
        "targetId" := case when event_type = 'engagement' then content_id end,
        metadata := case when event_type = 'engagement' and schema_version = '1.1.0' then {'source': 'feed'} end,
        "productId" := product_id,
        "orderId" := order_id,
        amount := amount::decimal(18, 2),
        currency := currency,
        quantity := quantity,
        "paymentMethod" := payment_method,
        "conversionPath" := case when event_type = 'purchase' then ['feed', 'product', 'checkout'] end,
        "streamId" := stream_id,
        email := 'canary-' || event_number || '@example.com'
    ) as data
from (
    select *, 0 as rank from chunk where {here}
    union all by name
    select *, 1 as rank from chunk where {same}
)
order by arrived_at, rank, event_id

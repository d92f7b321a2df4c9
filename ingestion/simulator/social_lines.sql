-- The chunk's events as lines of JSON text, each with its fate: table `chunk_lines`.
create or replace temp table chunk_lines as
with
    encoded as (
        select
            *,
            case
                when user_id is null then ''
                when user_number < len(getvariable('odd_user_ids')) then ',"userId":' || to_json(user_id)
                else ',"userId":"' || user_id || '"'
            end as user_part,
            replace(content_id, '"', '\"') as content_text,
            case event_hash // 64 % 60
                when 0
                then
                    ',"contact":{"email":"canary-' || event_number
                    || '@example.com","phone":"+49 30 canary-' || event_number || '"}'
                when 1
                then
                    ',"form":{"fields":[{"label":"new account","password":"canary-' || event_number
                    || '"}],"auth":{"session":{"token":"canary-' || event_number || '"}}}'
                when 2 then ',"displayName":"<script>alert(1)</script>"'
                when 3 then ',"note":"quotes '' and \" and; semicolons"'
                else ''
            end as personal_part
        from chunk
    )
select
    event_id,
    arrival_day,
    arrived_at,
    repeat_kind,
    -- a client that sends the same event again with other words: the first arrival must win
    '{' || case when event_id is null then '' else '"eventId":"' || event_id || '",' end
    || '"eventType":"' || event_type || '"' || user_part
    || case when session_id is null then '' else ',"sessionId":"' || session_id || '"' end
    || ',"timestamp":"'
    || case event_hash // 32 % 16
        when 0 then strftime(occurred_at + interval 2 hours, '%Y-%m-%dT%H:%M:%S.%g+02:00')
        when 1 then strftime(occurred_at - interval 210 minutes, '%Y-%m-%dT%H:%M:%S.%g-03:30')
        else strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.%gZ')
    end || '"'
    || case when schema_version is null then '' else ',"schemaVersion":"' || schema_version || '"' end
    || case when platform is null then '' else ',"platform":"' || platform || '"' end
    || ',"userAgent":"' || getvariable('user_agents')[event_hash // 16 % len(getvariable('user_agents')) + 1]
    || '","ipAddress":"10.' || (coalesce(user_number, event_number) % 256) || '.'
    || (coalesce(user_number, event_number) // 256 % 256) || '.' || (event_hash // 8 % 4 + 1) || '"'
    || case when schema_version = '1.2.0' then ',"experiment":{"name":"feed-ranking","arm":"b"},"consent":["stats"]' else '' end
    || ',"data":{' as head,
    case event_type
        when 'view'
        then
            '"contentType":"' || content_type || '","contentId":"' || content_text || '"'
            || case when view_duration_seconds is null then '' else ',"viewDuration":' || view_duration_seconds end
            || case when scroll_depth_ratio is null then '' else ',"scrollDepth":' || scroll_depth_ratio end
            || case when referrer is null then '' else ',"referrer":"' || referrer || '"' end
        when 'engagement'
        then
            '"action":"' || action || '","targetType":"' || content_type || '","targetId":"' || content_text || '"'
            || case when schema_version = '1.1.0' then ',"metadata":{"source":"feed","rank":' || event_hash // 8 % 40 || '}' else '' end
        when 'purchase'
        then
            '"productId":"' || product_id || '","orderId":"' || order_id || '"'
            || case when amount is null then '' else ',"amount":' || amount::decimal(18, 2) end
            || case when currency is null then '' else ',"currency":"' || currency || '"' end
            || ',"quantity":' || quantity || ',"paymentMethod":"' || payment_method
            || '","conversionPath":["feed","product","checkout"]'
        when 'stream' then '"streamId":"' || stream_id || '","streamEvent":"joined"'
        when 'session' then '"phase":"heartbeat"'
        else '"network":"mail"'
    end
    || case when schema_version = '1.1.0' then ',"deviceInfo":{"model":"m' || event_hash // 8 % 30 || '","os":"17.2"}' else '' end
    || case when schema_version = '1.2.0' then ',"attention":{"focusRatio":0.5,"samples":[1,2,3]}' else '' end
    || personal_part || '}}' as tail
from encoded
;

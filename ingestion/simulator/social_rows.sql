-- One chunk of clean social events as the table `chunk`, from hashes of (seed, day, session) and (seed, day, event).
-- A block of 64 events holds nine sessions of fixed shapes (social.py: SLOTS), so that an event's session and its
-- place in it are arithmetic, not a join or a running sum.
create or replace temp table chunk as
with
    numbered as (
        select
            n as event_number,
            n // 64 as block,
            getvariable('slot_of')[n % 64 + 1] as slot,
            getvariable('position_of')[n % 64 + 1] as position
        from range(getvariable('first_event'), getvariable('end_event')) as numbers (n)
    ),
    hashed as (
        select
            *,
            draw(hash(getvariable('seed'), getvariable('day'), block, slot)) as session_hash,
            draw(hash(getvariable('seed'), getvariable('day'), event_number, 'event')) as event_hash,
            draw(hash(getvariable('seed'), getvariable('day'), event_number, 'fate')) as fate_hash,
            -- slots 1 and 2 share a device's session id in some blocks: one id, two people
            slot in (1, 2) and block % 50 = 7 as is_shared_device,
            slot = 3 and block % 40 = 3 and getvariable('day') + 6 < getvariable('days') as is_long
        from numbered
    ),
    people as (
        select
            *,
            -- people without a session id take turns (even and odd days), so that two of their visits never touch
            case
                when slot in (5, 8) then null
                when slot in (4, 7)
                then
                    2 * (
                        ((block * 2 + slot // 7) * getvariable('user_step') + getvariable('user_shift'))
                        % (getvariable('users') // 2)
                    ) + getvariable('day') % 2
                when is_shared_device
                then
                    (draw(hash(getvariable('seed'), getvariable('day'), block, 'device')) + slot)
                    % getvariable('users')
                when slot = 6 and session_hash % 10 = 0 and position < 2 then null
                else floor(getvariable('users') * pow((session_hash % 1000003) / 1000003.0, 2))
            end::bigint as user_number
        from hashed
    ),
    paced as (
        select
            *,
            -- milliseconds between events; all times are whole quarter seconds, so that sums of seconds are exact
            case
                when slot = 7 and session_hash % 7 = 0 then 1800000
                when slot = 1 and session_hash % 53 = 0 then 0
                when session_hash % 11 = 0 then 420000 + (session_hash // 11) % 420 * 1000
                else 5000 + (session_hash // 11) % 85 * 1000
            end::bigint as step_ms,
            (
                getvariable('hour_of')[(session_hash // 4096) % 100 + 1] * 3600000
                + (session_hash // 524288) % 14400 * 250
            )::bigint as start_ms
        from people
    ),
    placed as (
        select
            *,
            case
                when slot = 7 and session_hash % 7 = 0 or position = 0 or (slot = 4 and position >= 5 and position <= 6)
                then 0
                else (event_hash // 64) % 14400 * 250 % greatest(step_ms, 250)
            end as jitter_ms,
            case
                -- the second visit of the day begins just over, or well over, 30 minutes after the first one's end
                when slot = 4 and position >= 6
                then case when session_hash % 3 = 0 then 1801000 else 1801000 + (session_hash // 97) % 7200 * 1000 end - step_ms
                when is_long and position >= 10 then 4 * 86400000
                when is_long and position = 9 then 3 * 86400000 - 9 * step_ms
                else 0
            end as pause_ms
        from paced
    ),
    timed as (
        select
            *,
            getvariable('day_started_at')
            + to_milliseconds(
                -- the last day's sessions end before midnight: nothing lies after the simulated time
                case when getvariable('day') + 1 >= getvariable('days') then start_ms * 7 // 10 // 250 * 250 else start_ms end
                + case when step_ms = 0 then 0 else position * step_ms + pause_ms end
                + case when is_long and position = 9 or step_ms = 0 then 0 else jitter_ms end
            ) as occurred_at
        from placed
    ),
    typed as (
        select
            *,
            case
                when event_hash % 100 < 58 then 'view'
                when event_hash % 100 < 80 then 'engagement'
                when event_hash % 100 < 86 then 'purchase'
                when event_hash % 100 < 93 then 'stream'
                when event_hash % 100 < 99 then 'session'
                else 'share_card'
            end as event_type,
            case
                when session_hash // 131 % 100 < 6 then null
                when session_hash // 131 % 100 < getvariable('share_of_1_1') then '1.1.0'
                when session_hash // 131 % 100 >= 96 then '1.2.0'
                else '1.0.0'
            end as schema_version,
            (event_hash // 128) % 4 as content_kind,
            floor(getvariable('contents') * pow((event_hash // 512) % 100003 / 100003.0, 3))::bigint as content_number
        from timed
    )
select
    event_number,
    case
        when slot = 8 then null
        else
            ((getvariable('day')::bigint * 33554432 + block) * 16 + slot) * 8
            + case when is_long and position >= 10 or slot = 4 and position >= 6 then 1 else 0 end
            + case when slot = 6 and user_number is null then 2 else 0 end
    end as session_number,
    is_long as is_cut,
    slot not in (4, 7, 8) as is_client_session,
    -- a line without an event id is known by its hash: it must be the only one of its text
    case
        when
            slot not in (4, 7, 8) and step_ms > 0 and fate_hash % 50 = 0
            and getvariable('format') in ('jsonl', 'jsonl.gz')
        then null
        else 'evt-' || lower(to_hex(event_hash)) || '-' || (getvariable('day')::bigint * 1000000000 + event_number)
    end as event_id,
    event_type,
    user_number,
    case
        when user_number is null then null
        when user_number < len(getvariable('odd_user_ids')) then getvariable('odd_user_ids')[user_number + 1]
        else 'user-' || user_number
    end as user_id,
    case
        when slot in (4, 7, 8) then null
        when is_shared_device then 'kiosk-' || getvariable('day') || '-' || block
        else 's-' || lower(to_hex(hash(getvariable('seed'), getvariable('day'), block, slot, 'id')))
        || '-' || (getvariable('day')::bigint * 1000000000 + block)
    end as session_id,
    occurred_at,
    schema_version,
    getvariable('platform_of')[
        draw(hash(getvariable('seed'), coalesce(user_number, -1), 'platform')) % len(getvariable('platform_of')) + 1
    ] as platform,
    case when event_type in ('view', 'engagement') then ['post', 'video', 'clip', 'article'][content_kind + 1] end
        as content_type,
    case
        when event_type in ('view', 'engagement')
        then
            ['post', 'video', 'clip', 'article'][content_kind + 1]
            || case when content_number = 0 then '-"0"; --' else '-' || content_number end
    end as content_id,
    -- up to 200 s mostly, up to an hour at times, so that the cap on dwell matters
    case
        when event_type <> 'view' then null
        when schema_version = '1.1.0' or schema_version = '1.2.0' and event_hash // 1024 % 2 = 0
        then (event_hash // 2048) % case when event_hash // 1024 % 9 = 0 then 14400 else 800 end / 4.0
    end::double as view_duration_seconds,
    case
        when event_type = 'view' and schema_version in ('1.1.0', '1.2.0') then (event_hash // 4096) % 101 / 100.0
    end::double as scroll_depth_ratio,
    case when event_type = 'view' and event_hash // 1024 % 3 = 0 then ['search', 'home', 'friend'][event_hash // 8192 % 3 + 1] end
        as referrer,
    case when event_type = 'engagement' then ['like', 'share', 'comment', 'save'][event_hash // 8192 % 4 + 1] end as action,
    case when event_type = 'purchase' then 'product-' || (event_hash // 8192 % 500) end as product_id,
    -- two neighbouring sessions' purchases of one person may share an order: several lines an order
    case when event_type = 'purchase' then 'order-' || getvariable('day') || '-' || block || '-' || slot || '-' || position // 4 end
        as order_id,
    case
        when event_type = 'purchase' and event_hash // 8192 % 40 <> 0
        then ((event_hash // 16384) % 19900 + 100)::decimal(18, 2) / 100
    end::decimal(18, 6) as amount,
    case when event_type = 'purchase' then [null, 'EUR', 'USD', 'USD', 'GBP', 'EUR', 'JPY', 'USD'][event_hash // 32768 % 8 + 1] end
        as currency,
    case when event_type = 'purchase' then 1 + event_hash // 65536 % 3 end::bigint as quantity,
    case when event_type = 'purchase' then ['card', 'wallet', 'invoice'][event_hash // 131072 % 3 + 1] end as payment_method,
    case when event_type = 'stream' then 'stream-' || (event_hash // 8192 % 90) end as stream_id,
    event_hash,
    -- arrival: the day's file, or the file of a later day; never before the event has happened
    least(
        getvariable('days') - 1,
        greatest(
            getvariable('day') + case
                when fate_hash // 64 % 1000 < 15 then 1
                when fate_hash // 64 % 1000 < 20 then 3
                when fate_hash // 64 % 1000 < 21 then 40
                else 0
            end,
            date_diff('day', getvariable('first_day'), occurred_at)
        )
    )::bigint as arrival_day,
    occurred_at + to_milliseconds((fate_hash // 128 % 90000)::bigint) as arrived_at,
    case
        when fate_hash // 256 % 2000 < 10 then 'same_file'
        when fate_hash // 256 % 2000 < 20 then 'next_day'
        when fate_hash // 256 % 2000 = 20 and slot not in (5, 8) then 'changed'
    end as repeat_kind
from typed
;

{{ config(alias="dim_users") }}

with
    activity as (
        select a.*, cast(extract(hour from {{ reporting_time("a.hour_at") }}) as bigint) as hour_of_day
        from {{ ref("int_conversations__activity_hourly") }} as a
        where a.user_id is not null
    ),
    hours as (
        select
            user_id,
            hour_of_day,
            row_number() over (partition by user_id order by sum(message_count) desc, hour_of_day) as place
        from activity
        group by user_id, hour_of_day
        having sum(message_count) > 0
    ),
    moments as (
        select user_id, first_at, last_at
        from {{ ref("int_conversations__conversation_hours") }}
        union all
        select user_id, occurred_at as first_at, occurred_at as last_at
        from {{ ref("int_conversations__tracked_events_attributed") }}
    ),
    spans as (
        select user_id, min(first_at) as first_seen_at, max(last_at) as last_seen_at
        from moments
        where user_id is not null
        group by user_id
    ),
    conversations as (
        select
            user_id,
            count(*) as conversation_count,
            cast(sum(wall_micros) as double)
            / nullif(count(wall_micros), 0)
            / 1000000 as mean_conversation_seconds
        from {{ ref("int_conversations__conversations_measured") }}
        where user_id is not null
        group by user_id
    ),
    -- What has no time is in no hour, and is the person's all the same.
    counted as (
        select
            user_id,
            message_count,
            request_count,
            total_tokens,
            cost_usd,
            active_micros,
            response_micros,
            response_count,
            batch_id,
            loaded_at
        from activity
        union all
        select user_id, 1, 0, 0, null, 0, 0, 0, batch_id, loaded_at
        from {{ ref("int_conversations__messages_merged") }}
        where sent_at is null and user_id is not null
        union all
        select
            user_id,
            0,
            1,
            total_tokens,
            coalesce(cost_reported_usd, cost_calculated_usd),
            0,
            0,
            0,
            batch_id,
            loaded_at
        from {{ ref("int_conversations__requests_priced") }}
        where requested_at is null and user_id is not null
    ),
    users as (
        select
            user_id,
            cast(sum(message_count) as bigint) as message_count,
            cast(sum(request_count) as bigint) as request_count,
            cast(sum(total_tokens) as bigint) as total_tokens,
            cast(sum(cost_usd) as decimal(38, 12)) as cost_usd,
            cast(sum(active_micros) as double) / 1000000 as active_seconds,
            {{ mean_response_seconds() }} as mean_response_seconds,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from counted
        group by user_id
    )

select
    u.user_id,
    s.first_seen_at,
    s.last_seen_at,
    coalesce(c.conversation_count, 0) as conversation_count,
    u.message_count,
    u.request_count,
    u.total_tokens,
    u.cost_usd,
    u.active_seconds,
    c.mean_conversation_seconds,
    u.mean_response_seconds,
    h.hour_of_day as most_active_hour,
    u.batch_id,
    u.loaded_at
from users as u
left join spans as s on s.user_id = u.user_id
left join conversations as c on c.user_id = u.user_id
left join hours as h on h.user_id = u.user_id and h.place = 1

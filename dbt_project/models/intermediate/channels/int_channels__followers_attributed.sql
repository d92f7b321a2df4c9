{#- What a channel gained between two counts belongs to the streams of that time, by the time that each was live. -#}
{%- set a_day = "1 day" %}

with
    windows as (
        select
            account_id,
            collected_at as from_at,
            lead(collected_at) over (partition by account_id order by collected_at) as until_at,
            lead(follower_count) over (partition by account_id order by collected_at)
            - follower_count as gained
        from {{ ref("stg_twitch__followers") }}
    ),
    window_days as (
        select *, {{ explode_series("date_trunc('day', from_at)", "until_at", a_day) }} as day_at
        from windows
        where until_at is not null
    ),
    stream_days as (
        select
            account_id,
            stream_id,
            started_at,
            measured_until,
            {{ explode_series("date_trunc('day', started_at)", "measured_until", a_day) }} as day_at
        from {{ ref("int_channels__streams_bounded") }}
    ),
    -- Met day by day, so that no stream meets all of a channel's history.
    met as (
        select
            s.account_id,
            s.stream_id,
            w.from_at,
            w.gained,
            {{ unix_micros("s.measured_until") }} - {{ unix_micros("s.started_at") }} as live_micros,
            {{ unix_micros("least(s.measured_until, w.until_at, " ~ add_seconds("s.day_at", 86400) ~ ")") }}
            - {{ unix_micros("greatest(s.started_at, w.from_at, s.day_at)") }} as shared_micros
        from stream_days as s
        inner join window_days as w on w.account_id = s.account_id and w.day_at = s.day_at
    ),
    shared as (
        select
            account_id,
            stream_id,
            from_at,
            gained,
            live_micros,
            cast(sum(shared_micros) as bigint) as shared_micros
        from met
        where shared_micros > 0
        group by account_id, stream_id, from_at, gained, live_micros
    ),
    divided as (
        select
            *,
            cast(
                cast(gained as double)
                * shared_micros
                / sum(shared_micros) over (partition by account_id, from_at) as decimal(38, 6)
            ) as share
        from shared
    )

select stream_id, account_id, sum(share) as followers_gained
from divided
group by stream_id, account_id, live_micros
-- As long as no count came after the stream, nothing can be said.
having sum(shared_micros) = live_micros

{%- set reach = "2 * sampling_seconds" %}
{%- set by_start = "partition by account_id order by started_at, stream_id" %}

with
    ordered as (
        select
            s.*,
            lead(s.started_at) over (
                {{ by_start | replace("account_id", "s.account_id") }}
            ) as next_started_at,
            lead(s.batch_id) over ({{ by_start | replace("account_id", "s.account_id") }}) as next_batch_id,
            lag(s.last_sample_at) over (
                {{ by_start | replace("account_id", "s.account_id") }}
            ) as previous_sample_at,
            lag(s.batch_id) over (
                {{ by_start | replace("account_id", "s.account_id") }}
            ) as previous_batch_id,
            max(s.last_sample_at) over (partition by s.account_id) as account_sampled_at,
            p.last_polled_at,
            p.batch_id as polled_batch_id,
            p.loaded_at as polled_loaded_at
        from {{ ref("int_channels__streams_sampled") }} as s
        left join {{ ref("int_channels__polled") }} as p on p.account_id = s.account_id
    ),
    judged as (
        select
            *,
            last_sample_at = account_sampled_at as is_newest,
            next_polled_at is null
            and greatest(account_sampled_at, coalesce(last_polled_at, account_sampled_at))
            <= {{ add_seconds("last_sample_at", "sampling_seconds / 2") }} as is_live
        from ordered
    ),
    bounded as (
        select
            *,
            -- For some minutes, answers still show a stream though the channel has begun the next one:
            -- these count once.
            greatest(
                started_at, least(first_sample_at, coalesce(previous_sample_at, started_at))
            ) as measured_from,
            -- The last sample stands until the next look, or the channel's next stream, at most for two
            -- intervals; of
            -- a stream that is still live nothing is counted beyond it.
            case
                when is_live
                then last_sample_at
                else
                    greatest(
                        last_sample_at,
                        least(
                            {{ add_seconds("last_sample_at", reach) }},
                            coalesce(next_polled_at, {{ add_seconds("last_sample_at", reach) }}),
                            coalesce(next_started_at, {{ add_seconds("last_sample_at", reach) }})
                        )
                    )
            end as measured_until
        from judged
    ),
    spaced as (
        select
            *,
            case
                when
                    {{
                        seconds_between(
                            "max(measured_until) over ("
                            ~ by_start
                            ~ " rows between unbounded preceding and 1 preceding)",
                            "started_at",
                        )
                    }} <= {{ var("broadcast_gap_seconds") }}
                then 0
                else 1
            end as is_first
        from bounded
    ),
    numbered as (
        select *, sum(is_first) over ({{ by_start }} rows unbounded preceding) as broadcast_number from spaced
    )

select
    stream_id,
    account_id,
    first_value(stream_id) over (
        partition by account_id, broadcast_number order by started_at, stream_id
    ) as broadcast_id,
    started_at,
    first_sample_at,
    last_sample_at,
    measured_from,
    measured_until,
    sampling_seconds,
    is_live,
    title,
    language,
    is_mature,
    game_count,
    greatest(
        batch_id,
        coalesce(next_batch_id, 0),
        coalesce(previous_batch_id, 0),
        case when is_newest then coalesce(polled_batch_id, 0) else 0 end
    ) as batch_id,
    case
        when is_newest then greatest(loaded_at, coalesce(polled_loaded_at, loaded_at)) else loaded_at
    end as loaded_at
from numbered

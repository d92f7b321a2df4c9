with
    hours as (
        select
            account_id,
            hour_at,
            stream_date,
            count(distinct stream_id) as stream_count,
            {{ viewing_sums() }},
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_channels__stream_hours") }}
        group by account_id, hour_at, stream_date
    )

select
    h.account_id,
    h.hour_at,
    h.stream_date,
    cast(extract(hour from {{ reporting_time("h.hour_at") }}) as bigint) as hour_of_day,
    h.stream_count,
    {{ seconds_of("h.streamed_micros") }} as streamed_seconds,
    {{ viewing_measures("h") }},
    h.batch_id,
    h.loaded_at
from hours as h

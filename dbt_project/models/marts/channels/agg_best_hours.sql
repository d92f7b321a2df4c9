{#- A few seconds of a stream say nothing about an hour. -#}
{%- set is_known = "s.covered_micros >= " ~ var("best_hour_minimum_seconds") * 1000000 %}

with
    observed as (
        select
            account_id,
            min(activity_date) as first_date,
            max(activity_date) as last_date,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_channels__activity_daily") }}
        group by account_id
    ),
    -- Of the last date the hours after the newest look have not been yet.
    seen as (
        select account_id, max(seen_at) as seen_until_at
        from
            (
                select account_id, last_polled_at as seen_at
                from {{ ref("int_channels__polled") }}
                union all
                select account_id, followers_at as seen_at
                from {{ ref("fct_channel_snapshots_daily") }}
                union all
                select account_id, measured_until as seen_at
                from {{ ref("int_channels__stream_hours") }}
            ) as moments
        group by account_id
    ),
    existing as (
        select
            o.account_id,
            {{ iso_weekday("h.date") }} as weekday,
            h.hour_of_day,
            count(*) as hours_existed,
            max(o.batch_id) as batch_id,
            max(o.loaded_at) as loaded_at
        from observed as o
        left join seen as s on s.account_id = o.account_id
        inner join
            {{ ref("dim_hours") }} as h
            on h.date between o.first_date and o.last_date
            and h.hour_at <= coalesce(s.seen_until_at, h.hour_at)
        group by o.account_id, {{ iso_weekday("h.date") }}, h.hour_of_day
    ),
    streamed as (
        select
            account_id,
            {{ iso_weekday("stream_date") }} as weekday,
            cast(extract(hour from {{ reporting_time("hour_at") }}) as bigint) as hour_of_day,
            count(distinct stream_id) as stream_count,
            {{ viewing_sums() }}
        from {{ ref("int_channels__stream_hours") }}
        group by
            account_id,
            {{ iso_weekday("stream_date") }},
            cast(extract(hour from {{ reporting_time("hour_at") }}) as bigint)
    )

select
    e.account_id,
    e.weekday,
    e.hour_of_day,
    e.hours_existed,
    coalesce(s.stream_count, 0) as stream_count,
    {{ streaming_measures("s") }},
    coalesce({{ ratio("s.streamed_micros", "e.hours_existed * 3600000000") }}, 0) as streamed_ratio,
    case
        when s.account_id is null
        then 0
        when s.covered_micros > 0
        then {{ hours_of("s.viewer_micros") }} / e.hours_existed
    end as watched_per_hour,
    case
        when {{ is_known }}
        then
            rank() over (
                partition by e.account_id
                order by
                    case
                        when {{ is_known }} then {{ ratio("s.viewer_micros", "s.covered_micros") }}
                    end desc nulls last
            )
    end as place,
    e.batch_id,
    e.loaded_at
from existing as e
left join
    streamed as s on s.account_id = e.account_id and s.weekday = e.weekday and s.hour_of_day = e.hour_of_day

{#- Half hours of broadcasts; a clip that is made shortly after the end still tells of the last one. -#}
{%- set bucket_seconds = 1800 %}
{%- set grace_seconds = var("clips_after_broadcast_seconds") %}

with
    broadcasts as (
        select account_id, started_at, duration_seconds, batch_id, loaded_at from {{ ref("fct_broadcasts") }}
    ),
    moments as (
        select account_id, started_at as moment_at, cast(null as string) as clip_id, started_at
        from broadcasts
        union all
        select account_id, clip_created_at as moment_at, clip_id, null as started_at
        from {{ ref("dim_clips") }}
    ),
    -- Of each clip the newest broadcast that had begun.
    preceded as (
        select
            account_id,
            clip_id,
            moment_at,
            max(started_at) over (
                partition by account_id order by moment_at range unbounded preceding
            ) as started_at
        from moments
    ),
    lagged as (
        select
            p.account_id,
            p.clip_id,
            {{ seconds_between("p.started_at", "p.moment_at") }} as lag_seconds,
            b.duration_seconds,
            {{ seconds_between("p.started_at", "p.moment_at") }}
            <= b.duration_seconds + {{ grace_seconds }} as is_matched
        from preceded as p
        inner join broadcasts as b on b.account_id = p.account_id and b.started_at = p.started_at
        where p.clip_id is not null
    ),
    accounts as (
        select
            account_id,
            count(*) filter (where is_matched) as matched_clip_count,
            count(*) filter (where not is_matched) as unmatched_clip_count,
            {{ quantile("case when is_matched then lag_seconds end", 0.5) }} as median_lag_seconds
        from lagged
        group by account_id
    ),
    made as (
        select
            account_id,
            cast(floor(least(lag_seconds, duration_seconds) / {{ bucket_seconds }}) as bigint) as bucket,
            count(*) as clip_count
        from lagged
        where is_matched
        group by
            account_id, cast(floor(least(lag_seconds, duration_seconds) / {{ bucket_seconds }}) as bigint)
    ),
    -- One row a half hour that a broadcast reached into.
    reached as (
        select
            account_id,
            cast(
                ({{ unix_micros("bucket_at") }} - {{ unix_micros("started_at") }})
                / {{ bucket_seconds * 1000000 }} as bigint
            ) as bucket,
            batch_id,
            loaded_at
        from
            (
                select
                    account_id,
                    started_at,
                    {{
                        explode_series(
                            "started_at",
                            add_seconds("started_at", "floor(duration_seconds)"),
                            "30 minutes",
                        )
                    }} as bucket_at,
                    batch_id,
                    loaded_at
                from broadcasts
            ) as series
    ),
    buckets as (
        select
            account_id,
            bucket,
            count(*) as broadcast_count,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from reached
        group by account_id, bucket
    )

select
    b.account_id,
    b.bucket * 30 as lag_bucket_minutes,
    coalesce(m.clip_count, 0) as clip_count,
    b.broadcast_count,
    {{ ratio("coalesce(m.clip_count, 0)", "b.broadcast_count") }} as clips_per_broadcast,
    {{
        ratio(
            "sum(coalesce(m.clip_count, 0)) over (partition by b.account_id order by b.bucket"
            ~ " rows unbounded preceding)",
            "a.matched_clip_count",
        )
    }} as cumulative_clip_ratio,
    a.median_lag_seconds,
    coalesce(a.matched_clip_count, 0) as matched_clip_count,
    coalesce(a.unmatched_clip_count, 0) as unmatched_clip_count,
    b.batch_id,
    b.loaded_at
from buckets as b
left join made as m on m.account_id = b.account_id and m.bucket = b.bucket
left join accounts as a on a.account_id = b.account_id

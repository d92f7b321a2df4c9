{#- One row an account and date on which it was asked for, streamed or its videos were counted. -#}
with
    viewing as (
        select
            account_id,
            stream_date as activity_date,
            count(distinct stream_id) as stream_count,
            count(distinct nullif(game_id, 'none')) as game_count,
            {{ viewing_sums() }},
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_channels__stream_hours") }}
        group by account_id, stream_date
    ),
    starts as (
        select
            account_id,
            broadcast_date as activity_date,
            count(*) as broadcast_count,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("fct_broadcasts") }}
        group by account_id, broadcast_date
    ),
    snapshots as (select * from {{ ref("fct_channel_snapshots_daily") }}),
    videos as (select * from {{ ref("int_channels__videos_daily") }}),
    dates as (
        select account_id, activity_date
        from viewing
        union
        select account_id, activity_date
        from starts
        union
        select account_id, snapshot_date
        from snapshots
        union
        select account_id, snapshot_date
        from videos
    )

select
    d.account_id,
    d.activity_date,
    -- A look asks too, and west of Greenwich the day's collection comes late in the day.
    s.account_id is not null or coalesce(v.streamed_micros, 0) > 0 as is_asked,
    s.follower_count,
    s.followers_gained,
    s.subscriber_count,
    s.subscribers_gained,
    coalesce(v.stream_count, 0) as stream_count,
    coalesce(b.broadcast_count, 0) as broadcast_count,
    coalesce(v.game_count, 0) as game_count,
    {{ prefixed(viewing_columns(), "v") }},
    m.views_gained as video_views_gained,
    greatest(
        coalesce(v.batch_id, 0), coalesce(b.batch_id, 0), coalesce(s.batch_id, 0), coalesce(m.batch_id, 0)
    ) as batch_id,
    greatest(v.loaded_at, b.loaded_at, s.loaded_at, m.loaded_at) as loaded_at
from dates as d
left join viewing as v on v.account_id = d.account_id and v.activity_date = d.activity_date
left join starts as b on b.account_id = d.account_id and b.activity_date = d.activity_date
left join snapshots as s on s.account_id = d.account_id and s.snapshot_date = d.activity_date
left join videos as m on m.account_id = d.account_id and m.snapshot_date = d.activity_date

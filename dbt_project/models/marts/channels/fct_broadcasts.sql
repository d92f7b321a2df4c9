with
    streams as (
        select
            broadcast_id,
            account_id,
            count(*) as stream_count,
            min(started_at) as started_at,
            max(measured_until) as ended_at,
            max(last_sample_at) as last_seen_at,
            max(case when is_live then 1 else 0 end) = 1 as is_live,
            max_by(title, concat(cast(started_at as string), ' ', stream_id)) filter (
                where title is not null
            ) as title,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_channels__streams_bounded") }}
        group by broadcast_id, account_id
    ),
    sums as (
        select b.broadcast_id, {{ viewing_sums() }}, count(distinct nullif(h.game_id, 'none')) as game_count
        from {{ ref("int_channels__stream_hours") }} as h
        inner join {{ ref("int_channels__streams_bounded") }} as b on b.stream_id = h.stream_id
        group by b.broadcast_id
    ),
    gained as (
        select
            b.broadcast_id,
            case
                when count(*) = count(f.followers_gained) then sum(f.followers_gained)
            end as followers_gained
        from {{ ref("int_channels__streams_bounded") }} as b
        left join {{ ref("int_channels__followers_attributed") }} as f on f.stream_id = b.stream_id
        group by b.broadcast_id
    )

select
    b.broadcast_id,
    b.account_id,
    {{ reporting_date("b.started_at") }} as broadcast_date,
    b.started_at,
    case when not b.is_live then b.ended_at end as ended_at,
    b.last_seen_at,
    b.is_live,
    b.stream_count,
    {{ seconds_between("b.started_at", "b.ended_at") }} as duration_seconds,
    {{ seconds_of("s.streamed_micros") }} as streamed_seconds,
    {{ viewing_measures("s") }},
    cast(g.followers_gained as double) as followers_gained,
    b.title,
    s.game_count,
    b.batch_id,
    b.loaded_at
from streams as b
inner join sums as s on s.broadcast_id = b.broadcast_id
left join gained as g on g.broadcast_id = b.broadcast_id

with
    sums as (
        select stream_id, {{ viewing_sums() }}, max(loaded_at) as loaded_at
        from {{ ref("int_channels__stream_hours") }}
        group by stream_id
    ),
    games as (
        select
            stream_id,
            game_id,
            row_number() over (partition by stream_id order by sum(streamed_micros) desc, game_id) as place
        from {{ ref("int_channels__stream_hours") }}
        where game_id <> 'none'
        group by stream_id, game_id
    )

select
    b.stream_id,
    b.account_id,
    b.broadcast_id,
    {{ reporting_date("b.started_at") }} as stream_date,
    b.started_at,
    case when not b.is_live then b.measured_until end as ended_at,
    b.last_sample_at as last_seen_at,
    b.is_live,
    {{ seconds_of("s.streamed_micros") }} as duration_seconds,
    {{ viewing_measures("s") }},
    cast(f.followers_gained as double) as followers_gained,
    b.title,
    g.game_id as main_game_id,
    {{ game_name("g.game_id", "n.game_name") }} as main_game_name,
    b.game_count,
    b.language,
    b.is_mature,
    b.batch_id,
    b.loaded_at
from {{ ref("int_channels__streams_bounded") }} as b
inner join sums as s on s.stream_id = b.stream_id
left join games as g on g.stream_id = b.stream_id and g.place = 1
left join {{ ref("int_channels__games_named") }} as n on n.game_id = g.game_id
left join {{ ref("int_channels__followers_attributed") }} as f on f.stream_id = b.stream_id

{#- Followers gained go to a stream's categories by the time that each was shown. -#}
with
    games as (
        select
            stream_id,
            account_id,
            stream_date,
            game_id,
            {{ viewing_sums() }},
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_channels__stream_hours") }}
        group by stream_id, account_id, stream_date, game_id
    )

select
    g.stream_id,
    g.account_id,
    g.stream_date,
    g.game_id,
    {{ prefixed(viewing_columns(), "g") }},
    cast(
        cast(f.followers_gained as double)
        * g.streamed_micros
        / nullif(sum(g.streamed_micros) over (partition by g.stream_id), 0) as decimal(38, 6)
    ) as followers_gained,
    g.batch_id,
    g.loaded_at
from games as g
left join {{ ref("int_channels__followers_attributed") }} as f on f.stream_id = g.stream_id

{#- The newest name of each category, by whatever answer gave it. -#}
with
    named as (
        select game_id, game_name, hour_at as named_at
        from {{ ref("int_channels__stream_hours") }}
        union all
        select game_id, nullif(game_name, '') as game_name, cast(snapshot_date as timestamp) as named_at
        from {{ ref("int_channels__observed_daily") }}
        union all
        select game_id, game_name, collected_at as named_at
        from {{ ref("stg_twitch__games") }}
    )

select game_id, max_by(game_name, concat(cast(named_at as string), ' ', game_name)) as game_name
from named
where game_id is not null and game_name is not null
group by game_id

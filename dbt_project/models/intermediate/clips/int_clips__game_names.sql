-- The platform renames games now and then; the newest name is the one that figures carry.
select
    game_id,
    game_name,
    min(collected_at) as first_seen_at,
    max(collected_at) as last_seen_at,
    {{ last_known("igdb_id") }} as igdb_id,
    {{ last_known("box_art_url") }} as box_art_url,
    row_number() over (partition by game_id order by max(collected_at) desc, game_name) = 1 as is_current,
    max(batch_id) as batch_id,
    max(loaded_at) as loaded_at
from {{ ref("stg_twitch__games") }}
where game_name is not null
group by game_id, game_name

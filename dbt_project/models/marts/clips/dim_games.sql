with
    played as (
        select
            account_id,
            game_id,
            min(first_seen_at) as first_clip_seen_at,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("dim_clips") }}
        group by account_id, game_id
    )

select
    p.account_id,
    p.game_id,
    coalesce(n.game_name, 'unknown') as game_name,
    n.game_name is not null as is_resolved,
    n.first_seen_at,
    n.last_seen_at,
    coalesce(n.is_current, true) as is_current,
    count(n.game_name) over (partition by p.account_id, p.game_id) as name_count,
    n.igdb_id,
    n.box_art_url,
    p.first_clip_seen_at,
    greatest(p.batch_id, n.batch_id) as batch_id,
    greatest(p.loaded_at, n.loaded_at) as loaded_at
from played as p
left join {{ ref("int_clips__game_names") }} as n on n.game_id = p.game_id

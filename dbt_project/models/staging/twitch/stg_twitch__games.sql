{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('(game_id, collected_at)') }}",
    )
}}

{%- set columns = ["collection_id", "collected_at", "game_id", "name", "igdb_id", "box_art_url"] %}

with
    source as (
        select *
        from {{ first_arrivals("raw_twitch", "games", columns, ["game_id", "collected_at"]) }} as arrivals
    )

select
    -- ids
    game_id,
    nullif(igdb_id, '') as igdb_id,
    collection_id,
    -- what and when
    nullif(name, '') as game_name,
    box_art_url,
    collected_at,
    -- arrival
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from source

{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('(clip_id, collected_at)') }}",
    )
}}

{%- set columns = [
    "collection_id",
    "account_id",
    "collected_at",
    "clip_id",
    "url",
    "broadcaster_id",
    "broadcaster_name",
    "creator_id",
    "creator_name",
    "video_id",
    "game_id",
    "language",
    "title",
    "view_count",
    "created_at",
    "duration_seconds",
    "vod_offset",
    "is_featured",
    "was_looked_up",
    "is_gone",
] %}

with
    source as (
        select *
        from {{ first_arrivals("raw_twitch", "clips", columns, ["clip_id", "collected_at"]) }} as arrivals
    )

select
    -- ids; the platform writes an empty text where it has none
    clip_id,
    coalesce(nullif(broadcaster_id, ''), account_id) as account_id,
    nullif(creator_id, '') as creator_id,
    nullif(game_id, '') as game_id,
    nullif(video_id, '') as video_id,
    collection_id,
    -- what
    nullif(creator_name, '') as creator_name,
    nullif(broadcaster_name, '') as broadcaster_name,
    title,
    {{ web_address("url") }} as url,
    nullif(language, '') as language,
    duration_seconds,
    cast(vod_offset as double) as vod_offset_seconds,
    is_featured,
    -- when, and what was seen then
    created_at,
    collected_at,
    view_count,
    coalesce(was_looked_up, false) as was_looked_up,
    coalesce(is_gone, false) as is_gone,
    -- arrival
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from source

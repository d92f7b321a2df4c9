{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('(stream_id, collected_at)') }}",
    )
}}

{%- set columns = [
    "collection_id",
    "account_id",
    "collected_at",
    "stream_id",
    "type",
    "title",
    "game_id",
    "game_name",
    "viewer_count",
    "started_at",
    "language",
    "tags",
    "is_mature",
] %}
{%- set key = ["stream_id", "collected_at"] %}

select
    collection_id,
    account_id,
    collected_at,
    stream_id,
    type,
    title,
    game_id,
    game_name,
    viewer_count,
    started_at,
    language,
    tags,
    is_mature,
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from {{ first_arrivals("raw_twitch", "streams", columns, key, next_shared_batch_id()) }} as arrivals

{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('(video_id, collected_at)') }}",
    )
}}

{%- set columns = [
    "collection_id",
    "account_id",
    "collected_at",
    "video_id",
    "stream_id",
    "title",
    "description",
    "type",
    "viewable",
    "created_at",
    "published_at",
    "url",
    "language",
    "duration_seconds",
    "view_count",
    "muted_segments",
] %}
{%- set key = ["video_id", "collected_at"] %}

select
    collection_id,
    account_id,
    collected_at,
    video_id,
    stream_id,
    title,
    description,
    type,
    viewable,
    created_at,
    published_at,
    {{ web_address("url") }} as url,
    language,
    duration_seconds,
    view_count,
    muted_segments,
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from {{ first_arrivals("raw_twitch", "videos", columns, key, next_shared_batch_id()) }} as arrivals

{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('fetch_id') }}",
    )
}}

{%- set columns = [
    "video_id",
    "channel_id",
    "title",
    "live_chat_id",
    "scheduled_start_at",
    "actual_start_at",
    "actual_end_at",
    "concurrent_viewers",
    "collection_id",
    "collected_at",
] %}

select
    -- ids
    {{ surrogate_key(["video_id", "collected_at"]) }} as fetch_id,
    video_id,
    channel_id,
    live_chat_id,
    -- the stream
    title,
    scheduled_start_at,
    actual_start_at,
    actual_end_at,
    concurrent_viewers,
    -- the fetch
    collection_id,
    collected_at,
    -- arrival
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from {{ first_arrivals("raw_youtube", "videos", columns, ["video_id", "collected_at"]) }} as arrivals

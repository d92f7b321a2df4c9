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
{%- set batch_id = next_batch_id() %}

with
    source as (
        select a.*, {{ surrogate_key(["a.video_id", "a.collected_at"]) }} as fetch_id
        from {{ new_raw_rows("raw_youtube", "videos", columns) }} as a
        qualify
            row_number() over (
                partition by a.video_id, a.collected_at
                order by a.loaded_at, a.load_id, a.file_id, a.line_number
            )
            = 1
    ),
    unseen as (
        select
            s.*,
            {% if is_incremental() %}
                case when t.fetch_id is not null then {{ batch_id }} end as displaced_batch_id
            {% else %} cast(null as bigint) as displaced_batch_id
            {% endif %}
        from source as s
        {% if is_incremental() %}
            left join {{ this }} as t on t.fetch_id = s.fetch_id
            where t.fetch_id is null or {{ arrived_before("s", "t") }}
        {% endif %}
    )

select
    -- ids
    fetch_id,
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
    {{ batch_id }} as batch_id,
    loaded_at
from unseen

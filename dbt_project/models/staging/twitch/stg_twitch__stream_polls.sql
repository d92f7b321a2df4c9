{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('(collection_id, collected_at, polled_account_ids)') }}",
    )
}}

{%- set columns = [
    "collection_id",
    "collected_at",
    "polled_account_ids",
    "live_count",
] %}
{%- set key = ["collection_id", "collected_at", "polled_account_ids"] %}

select
    collection_id,
    collected_at,
    polled_account_ids,
    live_count,
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from {{ first_arrivals("raw_twitch", "stream_polls", columns, key, next_shared_batch_id()) }} as arrivals

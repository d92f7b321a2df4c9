{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('(collection_id, recorded_at, status)') }}",
    )
}}

{%- set columns = [
    "collection_id",
    "account_id",
    "resource",
    "status",
    "started_at",
    "ended_at",
    "requests",
    "retries",
    "rows",
    "points",
    "error",
    "recorded_at",
] %}
{%- set key = ["collection_id", "recorded_at", "status"] %}

select
    collection_id,
    account_id,
    resource,
    status,
    started_at,
    ended_at,
    requests as request_count,
    retries as retry_count,
    rows as row_count,
    points as point_count,
    error,
    recorded_at,
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from {{ first_arrivals("raw_twitch", "collections", columns, key, next_shared_batch_id()) }} as arrivals

{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('(account_id, collected_at)') }}",
    )
}}

{%- set columns = [
    "collection_id",
    "account_id",
    "collected_at",
    "total",
] %}
{%- set key = ["account_id", "collected_at"] %}

select
    collection_id,
    account_id,
    collected_at,
    total as follower_count,
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from {{ first_arrivals("raw_twitch", "followers", columns, key, next_shared_batch_id()) }} as arrivals

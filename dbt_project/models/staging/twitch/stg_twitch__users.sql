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
    "login",
    "display_name",
    "broadcaster_type",
    "description",
    "created_at",
] %}
{%- set key = ["account_id", "collected_at"] %}

select
    collection_id,
    account_id,
    collected_at,
    login,
    display_name,
    broadcaster_type,
    description,
    created_at,
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from {{ first_arrivals("raw_twitch", "users", columns, key, next_shared_batch_id()) }} as arrivals

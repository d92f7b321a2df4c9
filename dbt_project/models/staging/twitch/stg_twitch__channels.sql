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
    "broadcaster_language",
    "game_id",
    "game_name",
    "title",
    "tags",
    "content_classification_labels",
    "is_branded_content",
] %}
{%- set key = ["account_id", "collected_at"] %}

select
    collection_id,
    account_id,
    collected_at,
    broadcaster_language as language,
    game_id,
    game_name,
    title,
    tags,
    content_classification_labels,
    is_branded_content,
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from {{ first_arrivals("raw_twitch", "channels", columns, key, next_shared_batch_id()) }} as arrivals

{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('event_id') }}",
    )
}}

{%- set columns = ["event_id", "has_event_id", "type", "timestamp", "conversation_id", "user_id", "data"] %}
{%- set fields = {
    "messageId": "VARCHAR",
    "role": "VARCHAR",
    "tokenCount": "BIGINT",
    "messageLength": "BIGINT",
    "tokens": "BIGINT",
    "type": "VARCHAR",
    "activity": "VARCHAR",
} %}

with
    source as (
        select * from {{ first_arrivals("raw_conversations", "events", columns, ["event_id"]) }} as arrivals
    ),
    parsed as (select source.*, {{ json_fields("data", fields) }} as fields from source),
    renamed as (
        select
            -- ids
            event_id,
            has_event_id,
            conversation_id,
            user_id,
            -- kind and time
            type as event_type,
            timestamp as occurred_at,
            -- message_sent
            fields.messageid as message_id,
            {{ speaker("fields.role") }} as role,
            fields.tokencount as token_count,
            fields.messagelength as message_length,
            -- token_usage
            fields.tokens as tokens,
            {{ token_kind("fields.type") }} as token_type,
            -- user_activity
            fields.activity as activity,
            -- arrival
            load_id,
            file_id,
            line_number,
            displaced_batch_id,
            batch_id,
            loaded_at
        from parsed
    )

select *
from renamed

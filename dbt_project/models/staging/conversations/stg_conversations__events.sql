{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('event_id') }}",
    )
}}

{%- set columns = ["event_id", "has_event_id", "type", "timestamp", "conversation_id", "user_id", "data"] %}
{%- set batch_id = next_batch_id() %}
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
        select *
        from {{ new_raw_rows("raw_conversations", "events", columns) }} as a
        qualify
            row_number() over (
                partition by a.event_id order by a.loaded_at, a.load_id, a.file_id, a.line_number
            )
            = 1
    ),
    {% if is_incremental() %}
        -- The few old rows that the new ones repeat: joining with all old rows would not fit a small memory.
        known as (
            select event_id, load_id, file_id, line_number, loaded_at
            from {{ this }}
            where event_id in (select s.event_id from source as s)
        ),
    {% endif %}
    unseen as (
        select
            s.*,
            {% if is_incremental() %}
                case when t.event_id is not null then {{ batch_id }} end as displaced_batch_id
            {% else %} cast(null as bigint) as displaced_batch_id
            {% endif %}
        from source as s
        {% if is_incremental() %}
            left join known as t on t.event_id = s.event_id
            where t.event_id is null or {{ arrived_before("s", "t") }}
        {% endif %}
    ),
    parsed as (select unseen.*, {{ json_fields("data", fields) }} as fields from unseen),
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
            {{ batch_id }} as batch_id,
            loaded_at
        from parsed
    )

select *
from renamed

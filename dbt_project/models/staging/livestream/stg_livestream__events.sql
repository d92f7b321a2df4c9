{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('event_id') }}",
    )
}}

{%- set columns = [
    "event_id",
    "has_event_id",
    "is_document",
    "type",
    "account_id",
    "character_id",
    "session_id",
    "video_id",
    "timestamp",
    "ended_at",
    "interaction_id",
    "user_id",
    "super_chat_amount",
    "currency",
    "response_time",
    "emotion",
    "viewer_count",
    "error_type",
    "error_message",
    "component",
    "data",
] %}
{#-
    An app's own id is taken for one within a session and a kind of event: document stores name documents within their
    collection, so that many sessions have an event 1.
-#}
{%- set arrivals %}
    (
        select
            case
                when r.has_event_id then concat(coalesce(r.session_id, ''), '/', r.type, '/', r.event_id) else r.event_id
            end as event_id,
            {{ prefixed(columns[1:] | join(", "), "r") }},
            r.load_id,
            r.file_id,
            r.line_number,
            r.loaded_at
        from {{ new_raw_rows("raw_livestream", "events", columns) }} as r
    )
{%- endset %}

select
    -- ids
    event_id,
    has_event_id,
    is_document,
    account_id,
    character_id,
    session_id,
    video_id,
    interaction_id,
    user_id,
    -- kind and time
    type as event_type,
    timestamp as occurred_at,
    ended_at,
    {{ reporting_date("timestamp") }} as event_date,
    -- interaction
    super_chat_amount,
    currency,
    {{ response_seconds("response_time") }} as response_seconds,
    emotion,
    -- viewers
    viewer_count,
    -- errors and reconnects
    error_type,
    error_message,
    component,
    -- arrival
    {{ reporting_date("timestamp") }} < {{ reporting_date("loaded_at") }} as is_late,
    data,
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from {{ first_wide_arrivals(arrivals, columns, "event_id", next_batch_id()) }} as arrivals

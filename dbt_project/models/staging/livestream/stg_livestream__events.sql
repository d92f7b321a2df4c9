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
    Inlined, not a CTE: engines materialise a CTE that is read twice, and these rows are wide. An app's own id is taken for
    one within a session and a kind of event: document stores name documents within their collection, so that many
    sessions have an event 1.
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
{%- set batch_id = next_batch_id() %}

with
    repeated as (select a.event_id from {{ arrivals }} as a group by a.event_id having count(*) > 1),
    -- Only event ids that occur twice are sorted; the many others stream through.
    source as (
        select {{ columns | join(", ") }}, load_id, file_id, line_number, loaded_at
        from {{ arrivals }} as a
        where not exists (select 1 from repeated as r where r.event_id = a.event_id)
        union all
        select {{ columns | join(", ") }}, load_id, file_id, line_number, loaded_at
        from
            (
                select
                    a.*,
                    row_number() over (
                        partition by a.event_id order by a.loaded_at, a.load_id, a.file_id, a.line_number
                    ) as arrival_number
                from {{ arrivals }} as a
                where a.event_id in (select r.event_id from repeated as r)
            ) as ranked
        where arrival_number = 1
    ),
    {% if is_incremental() %}
        -- The few old rows that the new ones repeat: joining with all old rows would not fit a small memory.
        known as (
            select event_id, load_id, file_id, line_number, loaded_at
            from {{ this }}
            where event_id in (select a.event_id from {{ arrivals }} as a)
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
    )

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
    {{ batch_id }} as batch_id,
    loaded_at
from unseen

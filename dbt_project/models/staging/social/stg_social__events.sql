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
    "event_type",
    "user_id",
    "session_id",
    "timestamp",
    "schema_version",
    "platform",
    "user_agent_hash",
    "ip_address_hash",
    "data",
] %}
{#- Inlined, not a CTE: engines materialise a CTE that is read twice, and these rows are wide. -#}
{%- set arrivals = new_raw_rows("raw_social", "events", columns) %}
{%- set batch_id = next_batch_id() %}
{%- set fields = {
    "contentType": "VARCHAR",
    "contentId": "VARCHAR",
    "viewDuration": "DOUBLE",
    "scrollDepth": "DOUBLE",
    "referrer": "VARCHAR",
    "action": "VARCHAR",
    "targetType": "VARCHAR",
    "targetId": "VARCHAR",
    "productId": "VARCHAR",
    "orderId": "VARCHAR",
    "amount": "DECIMAL(18,6)",
    "currency": "VARCHAR",
    "quantity": "DECIMAL(18,6)",
    "paymentMethod": "VARCHAR",
    "conversionPath": "VARCHAR",
    "streamId": "VARCHAR",
} %}

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
    ),
    parsed as (select unseen.*, {{ json_fields("data", fields) }} as fields from unseen),
    renamed as (
        select
            -- ids
            event_id,
            has_event_id,
            user_id,
            session_id,
            -- kind and time
            event_type,
            timestamp as occurred_at,
            {{ reporting_date("timestamp") }} as event_date,
            {{ reporting_hour_at("timestamp") }} as event_hour_at,
            -- client; an empty text, which some clients write for what they do not know, names nothing
            nullif(schema_version, '') as schema_version,
            nullif(platform, '') as platform,
            user_agent_hash,
            ip_address_hash,
            -- view
            nullif(fields.contenttype, '') as content_type,
            nullif(fields.contentid, '') as content_id,
            {{ finite("fields.viewduration") }} as view_duration_seconds,
            {{ finite("fields.scrolldepth") }} as scroll_depth_ratio,
            nullif(fields.referrer, '') as referrer,
            -- engagement
            nullif(fields.action, '') as action,
            nullif(fields.targettype, '') as target_type,
            nullif(fields.targetid, '') as target_id,
            -- purchase
            nullif(fields.productid, '') as product_id,
            nullif(fields.orderid, '') as order_id,
            fields.amount as amount,
            nullif(fields.currency, '') as currency,
            fields.quantity as quantity,
            nullif(fields.paymentmethod, '') as payment_method,
            nullif(fields.conversionpath, '') as conversion_path,
            -- stream
            nullif(fields.streamid, '') as stream_id,
            -- arrival
            {{ reporting_date("timestamp") }} < {{ reporting_date("loaded_at") }} as is_late,
            data,
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

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
{%- set arrivals = new_raw_rows("raw_social", "events", columns) %}
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
    source as (
        select * from {{ first_wide_arrivals(arrivals, columns, "event_id", next_batch_id()) }} as arrivals
    ),
    parsed as (select source.*, {{ json_fields("data", fields) }} as fields from source),
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
            -- codes of ISO 4217 are upper case, and clients write usd as well
            nullif(upper(trim(fields.currency)), '') as currency,
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
            batch_id,
            loaded_at
        from parsed
    )

select *
from renamed

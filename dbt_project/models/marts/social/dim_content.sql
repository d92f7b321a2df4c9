{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="content_key",
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{%- set days = ref("agg_content_daily") %}
{%- set since = last_batch_id(ref("stg_social__events")) %}

with
    {% if is_incremental() %}
        touched as (select distinct content_type, content_id from {{ days }} where batch_id > {{ since }}),
    {% endif %}
    totals as (
        select
            content_type,
            content_id,
            min(first_event_at) as first_seen_at,
            max(last_event_at) as last_seen_at,
            cast(sum(view_count) as bigint) as view_count,
            cast(sum(engagement_count) as bigint) as engagement_count,
            max(loaded_at) as loaded_at
        from {{ days }} as d
        {% if is_incremental() %} inner join touched using (content_type, content_id) {% endif %}
        group by content_type, content_id
    )

select
    {{ surrogate_key(["content_type", "content_id"]) }} as content_key,
    content_type,
    content_id,
    first_seen_at,
    last_seen_at,
    view_count,
    engagement_count,
    {{ newest_batch_id(days) }} as batch_id,
    loaded_at
from totals

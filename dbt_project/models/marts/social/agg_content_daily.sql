{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["event_date", "content_type", "content_id"],
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{#- The unit of recomputation is one content's day. -#}
{%- set events = ref("fct_events") %}
{%- set since = last_batch_id(ref("stg_social__events")) %}
{%- set content_events %}
    (
        select
            event_date,
            case when event_type = 'view' then content_type else target_type end as content_type,
            case when event_type = 'view' then content_id else target_id end as content_id,
            event_type = 'view' as is_view,
            user_id,
            occurred_at,
            view_duration_seconds,
            dwell_seconds,
            batch_id,
            loaded_at
        from {{ events }}
        where
            {{ on_new_dates("event_date", events, since) }}
            and (
            (event_type = 'view' and content_type is not null and content_id is not null)
            or (event_type = 'engagement' and target_type is not null and target_id is not null)
            )
    )
{%- endset %}

with
    {% if is_incremental() %}
        touched as (
            select distinct event_date, content_type, content_id
            from {{ content_events }} as c
            where batch_id > {{ since }}
        ),
    {% endif %}
    totals as (
        select
            event_date,
            content_type,
            content_id,
            count(*) filter (where is_view) as view_count,
            count(distinct case when is_view then user_id end) as viewer_count,
            -- summed as decimals: a sum of doubles depends on the order of its rows
            cast(
                sum(try_cast(case when is_view then dwell_seconds end as decimal(18, 6))) as double
            ) as dwell_seconds,
            cast(
                sum(try_cast(case when is_view then view_duration_seconds end as decimal(18, 6))) as double
            ) as dwell_raw_seconds,
            count(case when is_view then view_duration_seconds end) as dwell_view_count,
            count(*) filter (where not is_view) as engagement_count,
            count(distinct case when not is_view then user_id end) as engaged_user_count,
            min(occurred_at) as first_event_at,
            max(occurred_at) as last_event_at,
            max(loaded_at) as loaded_at
        from {{ content_events }} as c
        {% if is_incremental() %} inner join touched using (event_date, content_type, content_id) {% endif %}
        group by event_date, content_type, content_id
    )

select
    event_date,
    content_type,
    content_id,
    view_count,
    viewer_count,
    dwell_seconds,
    dwell_raw_seconds,
    dwell_view_count,
    engagement_count,
    engaged_user_count,
    {{ ratio("engagement_count", "view_count") }} as engagement_per_view,
    first_event_at,
    last_event_at,
    {{ newest_batch_id(events) }} as batch_id,
    loaded_at
from totals

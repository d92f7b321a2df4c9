{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="user_id",
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{%- set sessions = ref("fct_sessions") %}
{%- set activity = ref("int_social__activity_grouped") %}
{%- set since = last_batch_id(ref("stg_social__events")) %}

-- Each event of a known person lies in exactly one of their sessions, so their sums need no event.
with
    {% if is_incremental() %}
        touched as (
            select user_id
            from {{ sessions }}
            where batch_id > {{ since }} and user_id is not null
            union
            select user_id
            from {{ activity }}
            where batch_id > {{ since }} and user_id is not null
        ),
    {% endif %}
    lives as (
        select
            user_id,
            min(started_at) as first_seen_at,
            max(ended_at) as last_seen_at,
            {{ first_by("platform", ["started_at", "first_event_id"]) }} as first_platform,
            cast(sum(event_count) as bigint) as event_count,
            count(*) as session_count,
            cast(sum(purchase_count) as bigint) as purchase_count,
            max(loaded_at) as loaded_at
        from {{ sessions }}
        where
            user_id
            {% if is_incremental() %} in (select t.user_id from touched as t)
            {% else %} is not null
            {% endif %}
        group by user_id
    ),
    active_days as (
        select user_id, count(distinct event_date) as active_day_count
        from {{ activity }}
        where
            user_id
            {% if is_incremental() %} in (select t.user_id from touched as t)
            {% else %} is not null
            {% endif %}
        group by user_id
    )

select
    l.user_id,
    l.first_seen_at,
    l.last_seen_at,
    l.first_platform,
    l.event_count,
    l.session_count,
    l.purchase_count,
    d.active_day_count,
    least({{ newest_batch_id(sessions) }}, {{ newest_batch_id(activity) }}) as batch_id,
    l.loaded_at
from lives as l
inner join active_days as d on d.user_id = l.user_id

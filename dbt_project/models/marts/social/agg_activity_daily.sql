{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="event_date",
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{%- set activity = ref("int_social__activity_grouped") %}
{%- set users = ref("dim_users") %}
{%- set since = last_batch_id(ref("stg_social__events")) %}

with
    new_users as (
        select {{ reporting_date("first_seen_at") }} as event_date, count(*) as new_user_count
        from {{ users }}
        group by {{ reporting_date("first_seen_at") }}
    )
    {% if is_incremental() %}
        ,
        touched as (
            select event_date
            from {{ activity }}
            where batch_id > {{ since }}
            union
            -- A late event that moves someone's first day also changes the day it moves from.
            select t.event_date
            from {{ this }} as t
            left join new_users as n on n.event_date = t.event_date
            where t.new_user_count <> coalesce(n.new_user_count, 0)
        )
    {% endif %},
    days as (
        select event_date, {{ activity_measures() }}, max(loaded_at) as loaded_at
        from {{ activity }}
        {% if is_incremental() %} where event_date in (select t.event_date from touched as t) {% endif %}
        group by event_date
    )

select
    d.event_date,
    d.event_count,
    d.user_count,
    d.session_count,
    coalesce(n.new_user_count, 0) as new_user_count,
    {{ newest_batch_id(activity) }} as batch_id,
    d.loaded_at
from days as d
left join new_users as n on n.event_date = d.event_date

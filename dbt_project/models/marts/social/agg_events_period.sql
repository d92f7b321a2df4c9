{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["timeframe", "event_type", "period_started_at"],
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{%- set activity = ref("int_social__activity_grouped") %}
{%- set hourly = ref("agg_events_hourly") %}
{%- set daily = ref("agg_events_daily") %}
{%- set since = last_batch_id(ref("stg_social__events")) %}

with
    periods as (
        select
            'hour' as timeframe,
            event_type,
            hour_at as period_started_at,
            event_date as period_date,
            event_count,
            user_count,
            session_count,
            loaded_at
        from {{ hourly }}
        where batch_id > {{ since }}
        union all
        select
            'day' as timeframe,
            event_type,
            {{ reporting_midnight_at("event_date") }} as period_started_at,
            event_date as period_date,
            event_count,
            user_count,
            session_count,
            loaded_at
        from {{ daily }}
        where batch_id > {{ since }}
        {% for timeframe in ["week", "month"] %}
                {%- set period_date = "cast(date_trunc('" ~ timeframe ~ "', event_date) as date)" %}
            union all
            select
                '{{ timeframe }}' as timeframe,
                event_type,
                {{ reporting_midnight_at("period_date") }} as period_started_at,
                period_date,
                event_count,
                user_count,
                session_count,
                loaded_at
            from
                (
                    select
                        event_type,
                        {{ period_date }} as period_date,
                        {{ activity_measures() }},
                        max(loaded_at) as loaded_at
                    from {{ activity }}
                    {% if is_incremental() %}
                        where
                            {{ period_date }} in (
                                select distinct {{ period_date }}
                                from {{ activity }}
                                where batch_id > {{ since }}
                            )
                    {% endif %}
                    group by event_type, {{ period_date }}
                ) as {{ timeframe }}s
        {% endfor %}
    )

select
    timeframe,
    event_type,
    period_started_at,
    period_date,
    event_count,
    user_count,
    session_count,
    least(
        {{ newest_batch_id(activity) }}, {{ newest_batch_id(hourly) }}, {{ newest_batch_id(daily) }}
    ) as batch_id,
    loaded_at
from periods

{% macro loaded_source__social() -%} {{ return({"events": "stg_social__events"}) }} {%- endmacro %}

{% macro active_dates__social() -%}
    select event_date as date, batch_id, loaded_at from {{ ref("agg_activity_daily") }}
{%- endmacro %}

{# A view counts its seconds where the client measured them, a purchase its money; any other event counts itself. #}
{% macro activity__social(arrival) -%}
    select
        event_id as activity_id,
        event_type as kind,
        user_id as person_id,
        cast(null as string) as account_id,
        platform as place,
        coalesce(content_id, product_id, target_id, stream_id) as entity_id,
        session_key as session_id,
        occurred_at as started_at,
        case
            when event_type = 'view' and view_duration_seconds is not null
            then {{ add_seconds("occurred_at", "dwell_seconds") }}
            else occurred_at
        end as ended_at,
        event_date as activity_date,
        case
            when event_type = 'purchase'
            then coalesce(currency, 'XXX')
            when event_type = 'view'
            then 'seconds'
            else 'events'
        end as unit,
        cast(
            case
                when event_type = 'purchase' then amount when event_type = 'view' then dwell_seconds else 1
            end as decimal(38, 6)
        ) as value,
        {{ arrival | join(", ") }}
    from {{ ref("fct_events") }}
{%- endmacro %}

{% macro daily_activity__social() -%}
    select
        event_date as activity_date,
        event_type as kind,
        event_count as activity_count,
        user_count as person_count,
        cast(0 as bigint) as account_count,
        loaded_at
    from {{ ref("agg_events_daily") }}
{%- endmacro %}

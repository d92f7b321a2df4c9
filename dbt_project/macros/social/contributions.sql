{% macro loaded_source__social() -%} {{ return({"events": "stg_social__events"}) }} {%- endmacro %}

{% macro active_dates__social() -%}
    select event_date as date, batch_id, loaded_at from {{ ref("agg_activity_daily") }}
{%- endmacro %}

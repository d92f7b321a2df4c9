{% macro loaded_source__livestream() -%} {{ return({"events": "stg_livestream__events"}) }} {%- endmacro %}

{% macro active_dates__livestream() -%}
    select activity_date as date, batch_id, loaded_at from {{ ref("agg_characters_daily") }}
{%- endmacro %}

{% macro stream_minutes__livestream() -%}
    select
        session_id,
        account_id,
        minute_at,
        viewer_peak as viewer_count,
        interaction_count,
        cast(0 as bigint) as clip_count,
        super_chat_count,
        error_count,
        batch_id,
        loaded_at
    from {{ ref("agg_session_minutes") }}
{%- endmacro %}

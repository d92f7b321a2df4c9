{% macro loaded_source__conversations() -%}
    {{
        return(
            {
                "events": "stg_conversations__events",
                "transcript_lines": "stg_conversations__transcript_lines",
            }
        )
    }}
{%- endmacro %}

{% macro active_dates__conversations() -%}
    select activity_date as date, batch_id, loaded_at from {{ ref("agg_conversations_daily") }}
{%- endmacro %}

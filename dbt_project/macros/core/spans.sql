{#
    active_dates()  subquery: the reporting dates on which any domain has activity, with their newest batch and arrival.
                    A new domain adds its daily mart and that mart's date column here.
#}
{% macro active_dates() -%}
    (
        select event_date as date, batch_id, loaded_at
        from {{ ref("agg_activity_daily") }}
        union all
        select activity_date as date, batch_id, loaded_at
        from {{ ref("agg_conversations_daily") }}
    )
{%- endmacro %}

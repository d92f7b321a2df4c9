{#
    active_dates()  subquery: the reporting dates on which any domain has activity, with their newest batch and arrival.
                    A domain gives its own with a macro active_dates__<domain>: a select of date, batch_id, loaded_at
#}
{% macro active_dates() -%}
    ({{ contributions("active_dates").values() | join(" union all ") }})
{%- endmacro %}

{# Hours of the longest day that any zone has: Antarctica/Troll sets its clocks back by two, and one is to spare. #}
{% macro longest_day_hours() -%} 27 {%- endmacro %}

{#
    activity_measures()  events, people and sessions over rows of int_social__activity_grouped. People and sessions are
                         counted at the grain that asks, never summed from a finer one.
#}
{% macro activity_measures() -%}
    cast(sum(event_count) as bigint) as event_count,
    count(distinct nullif(user_key, -1)) as user_count,
    count(distinct session_number) as session_count
{%- endmacro %}

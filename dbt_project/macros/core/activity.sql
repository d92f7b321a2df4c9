{#
    activity(arrival)   select of every domain's activities, one row each; a domain gives its own with a macro
                        activity__<domain>(arrival), a select of activity_columns() and of `arrival`
    activity_columns()  names of the columns, in order
    arrival             bookkeeping columns at the end: ["batch_id", "loaded_at"] inside the warehouse; readers of the
                        publication get no batch_id, and what they get may not name it
#}
{% macro activity(arrival) -%}
    {%- for domain, rows in contributions("activity", [arrival]).items() %}
        select '{{ domain }}' as domain, {{ (activity_columns() + arrival) | join(", ") }}
        from ({{ rows }}) as {{ domain }}_rows {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro activity_columns() -%}
    {{
        return(
            [
                "activity_id",
                "kind",
                "person_id",
                "account_id",
                "place",
                "entity_id",
                "session_id",
                "started_at",
                "ended_at",
                "activity_date",
                "unit",
                "value",
            ]
        )
    }}
{%- endmacro %}

{#
    funnel_cells(funnel, attempts, timeframe, value)
        Select of one row per period and step (and breakdown value) of one funnel: people who reached the required step
        before (entered), who reached the step (converted), and how long it took them. `value` is breakdown_value, or
        '(all)' for the total. A unit counts once a period, with its deepest attempt.
#}
{% macro funnel_cells(funnel, attempts, timeframe, value) -%}
    {%- set period = timeframe_start("entry_date", timeframe) -%}
    {%- set n = funnel.steps | length -%}
    select
        '{{ funnel.name }}' as funnel_name,
        '{{ funnel.unit }}' as unit,
        '{{ timeframe }}' as timeframe,
        c.period_date,
        c.breakdown_value,
        cast(s.step as bigint) as step,
        s.step_event,
        s.is_optional,
        c.n_1 as started_count,
        case
            s.previous {%- for i in range(1, n) %} when {{ i }} then c.n_{{ i }} {%- endfor %} else c.n_1
        end as entered_count,
        case
            s.step {%- for i in range(1, n + 1) %} when {{ i }} then c.n_{{ i }} {%- endfor %}
        end as converted_count,
        {%- for figure in [
            "median_seconds_from_previous",
            "p90_seconds_from_previous",
            "median_seconds_from_first",
            "p90_seconds_from_first",
        ] %}
            case
                s.step {%- for i in range(2, n + 1) %} when {{ i }} then c.{{ figure }}_{{ i }} {%- endfor %}
            end as {{ figure }},
        {%- endfor %}
        {{
            add_seconds(
                _period_end(timeframe, "c.period_date", "l.last_entry_date"),
                funnel.window_micros // 1000000,
            )
        }} <= {{ observed_until() }} as is_mature,
        c.loaded_at
    from
        (
            select
                period_date,
                cell_value as breakdown_value,
                {%- for step in funnel.steps %}
                    count(step_{{ step.number }}_at) as n_{{ step.number }},
                    {%- if step.previous %}
                        {%- for name, start in {"previous": step.previous, "first": 1}.items() %}
                            {%- set seconds = seconds_between(
                                "step_" ~ start ~ "_at", "step_" ~ step.number ~ "_at"
                            ) %}
                            {{ quantile(seconds, 0.5) }} as median_seconds_from_{{ name }}_{{ step.number }},
                            {{ quantile(seconds, 0.9) }} as p90_seconds_from_{{ name }}_{{ step.number }},
                        {%- endfor %}
                    {%- endif %}
                {%- endfor %}
                max(loaded_at) as loaded_at
            from
                (
                    select
                        {% for step in funnel.steps -%} step_{{ step.number }}_at, {% endfor -%}
                        loaded_at,
                        {{ value }} as cell_value,
                        {{ period }} as period_date
                    from {{ attempts }}
                    where
                        funnel_name = '{{ funnel.name }}'
                        and counted_in & {{ counted_bit(timeframe, value) }} > 0
                ) as picked
            group by period_date, cell_value
        ) as c
    {%- if timeframe == "all_time" %}
        {#- Of all attempts: a later one than that which counts so far may still become the deeper. #}
        inner join
            (
                select cell_value, max(entry_date) as last_entry_date
                from
                    (
                        select {{ value }} as cell_value, entry_date
                        from {{ attempts }}
                        where funnel_name = '{{ funnel.name }}'
                    ) as started
                group by cell_value
            ) as l
            on l.cell_value = c.breakdown_value
    {%- endif %}
    cross join
        (
            {%- for step in funnel.steps %}
                select
                    {{ step.number }} as step,
                    {{ step.previous or 0 }} as previous,
                    {{ text_literal(step.event) }} as step_event,
                    {{ "true" if step.optional else "false" }} as is_optional
                    {{ "union all" if not loop.last }}
            {%- endfor %}
        ) as s
{%- endmacro %}

{% macro _period_end(timeframe, period_date, last_entry_date) -%}
    {%- if timeframe == "all_time" -%}
        {{ return(reporting_midnight_at(add_days(last_entry_date, 1))) }}
    {%- endif -%}
    {{ return(reporting_midnight_at(shifted_date(period_date, timeframe, 1))) }}
{%- endmacro %}

{% macro no_funnel_cells() -%}
    select
        cast(null as string) as funnel_name,
        cast(null as string) as unit,
        cast(null as string) as timeframe,
        cast(null as date) as period_date,
        cast(null as string) as breakdown_value,
        cast(null as bigint) as step,
        cast(null as string) as step_event,
        cast(null as boolean) as is_optional,
        cast(null as bigint) as started_count,
        cast(null as bigint) as entered_count,
        cast(null as bigint) as converted_count,
        cast(null as double) as median_seconds_from_previous,
        cast(null as double) as p90_seconds_from_previous,
        cast(null as double) as median_seconds_from_first,
        cast(null as double) as p90_seconds_from_first,
        cast(null as boolean) as is_mature,
        cast(null as timestamp) as loaded_at
    where false
{%- endmacro %}

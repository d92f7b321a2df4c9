{#
    funnel_cells(funnel, figures, attempts, timeframe, value)
        Select of one row per period (and breakdown value) of one funnel, with its `figures`. `value` is breakdown_value, or
        '(all)' for the total. A unit counts once a period, with its deepest attempt.
    funnel_figures(funnel, most)
        Columns: n_<step>, the people who reached it, and how long it took them from the required step before and from the
        first, for the steps 1 to `most`; NULL beyond the funnel's own.
    no_funnel_cells(most)        as funnel_cells, without a row
    funnel_times(previous)       name, quantile and first step of each figure of time; `previous` is the required step before
    funnel_steps(funnels)        select of one row per funnel and step, with what its definition says of it
    most_funnel_steps(funnels)   number of steps of the longest funnel

    Engines plan a statement anew for each build, in a time that grows with the square of its branches: what all funnels
    have in common is no part of them.
#}
{% macro funnel_cells(funnel, figures, attempts, timeframe, value) -%}
    select
        '{{ funnel.name }}' as funnel_name,
        '{{ timeframe }}' as timeframe,
        period_date,
        cell_value as breakdown_value,
        {{ figures }},
        max(loaded_at) as loaded_at
    from
        (
            select
                {% for step in funnel.steps -%} step_{{ step.number }}_at, {% endfor -%}
                loaded_at,
                {{ value }} as cell_value,
                {{ timeframe_start("entry_date", timeframe) }} as period_date
            from {{ attempts }}
            where funnel_name = '{{ funnel.name }}' and counted_in & {{ counted_bit(timeframe, value) }} > 0
        ) as picked
    group by period_date, cell_value
{%- endmacro %}

{% macro funnel_figures(funnel, most) -%}
    {%- set n = funnel.steps | length -%}
    {%- for number in range(1, most + 1) -%}
        {{ ", " if not loop.first }}
        {%- if number <= n -%}
            count(step_{{ number }}_at) as n_{{ number }}
            {%- for name, share, start in funnel_times(funnel.steps[number - 1].previous) if number > 1 -%}
                {%- set seconds = seconds_between("step_" ~ start ~ "_at", "step_" ~ number ~ "_at") -%},
                {{ quantile(seconds, share, [0.5, 0.9]) }} as {{ name }}_{{ number }}
            {%- endfor -%}
        {%- else -%} {{ _no_funnel_figures(number) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro _no_funnel_figures(number) -%}
    cast(null as bigint) as n_{{ number }}
    {%- for name, _, _ in funnel_times(none) if number > 1 -%}
        , cast(null as double) as {{ name }}_{{ number }}
    {%- endfor -%}
{%- endmacro %}

{% macro no_funnel_cells(most) -%}
    select
        cast(null as string) as funnel_name,
        cast(null as string) as timeframe,
        cast(null as date) as period_date,
        cast(null as string) as breakdown_value,
        {%- for number in range(1, most + 1) %} {{ _no_funnel_figures(number) }}, {%- endfor %}
        cast(null as timestamp) as loaded_at
    where false
{%- endmacro %}

{% macro funnel_times(previous) -%}
    {{
        return(
            [
                ["median_seconds_from_previous", 0.5, previous],
                ["p90_seconds_from_previous", 0.9, previous],
                ["median_seconds_from_first", 0.5, 1],
                ["p90_seconds_from_first", 0.9, 1],
            ]
        )
    }}
{%- endmacro %}

{% macro most_funnel_steps(funnels) -%}
    {%- set counts = [1] -%}
    {%- for funnel in funnels -%} {%- do counts.append(funnel.steps | length) -%} {%- endfor -%}
    {{ return(counts | max) }}
{%- endmacro %}

{% macro funnel_steps(funnels) -%}
    {%- for funnel in funnels %}
        {%- for step in funnel.steps %}
            select
                '{{ funnel.name }}' as funnel_name,
                '{{ funnel.unit }}' as unit,
                '{{ funnel.mode }}' as mode,
                cast({{ step.number }} as bigint) as step,
                {{ step.previous or 1 }} as previous,
                {{ text_literal(step.event) }} as step_event,
                {{ "true" if step.optional else "false" }} as is_optional,
                cast({{ funnel.window_micros // 1000000 }} as bigint) as window_seconds
            union all
        {%- endfor %}
    {%- endfor %}
    select
        cast(null as string) as funnel_name,
        cast(null as string) as unit,
        cast(null as string) as mode,
        cast(null as bigint) as step,
        cast(null as int) as previous,
        cast(null as string) as step_event,
        cast(null as boolean) as is_optional,
        cast(null as bigint) as window_seconds
    where false
{%- endmacro %}

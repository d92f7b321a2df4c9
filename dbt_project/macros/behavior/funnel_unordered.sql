{#
    Unordered funnels: every event of a step starts an attempt, and step k is reached when k different steps are done by k
    different events. Steps that share an event's name compete for its events: of a group of g steps, m are done as soon
    as every subset of more than g - m of them has enough events (Hall's condition).
#}
{% macro funnel_unordered(funnel, events) -%}
    {%- set n = funnel.steps | length -%}
    {%- set order = "over (partition by " ~ funnel_unit(funnel) ~ " order by t range between " -%}
    {%- set frame = order ~ "current row and unbounded following)" -%}
    {%- set next = order ~ "1 following and unbounded following)" -%}
    {%- set wanted = {} -%}
    {%- set group_times = [] -%}
    {%- for group in step_groups(funnel.steps) -%}
        {%- for done in range(1, group | length + 1) -%}
            {%- set latest = [] -%}
            {%- for members in subsets(group) if members | length - group | length + done >= 1 -%}
                {%- set count = members | length - group | length + done -%}
                {%- set column = "w_" ~ members | join("_") ~ "_n" ~ count -%}
                {%- set bits = namespace(total=0) -%}
                {%- for k in members -%} {%- set bits.total = bits.total + 2 ** (k - 1) -%} {%- endfor -%}
                {%- do wanted.update({column: [bits.total, count]}) -%}
                {%- do latest.append(column) -%}
            {%- endfor -%}
            {%- do group_times.append(
                latest[0] if latest | length == 1 else "greatest(" ~ latest | join(", ") ~ ")"
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    with
        rows_of_steps as (
            select
                {{ funnel_unit(funnel) }},
                {% if funnel.breakdown %} breakdown_value, {% endif %}
                event_date as entry_date,
                t,
                {{ step_bits(funnel) }} as steps,
                {{ exclusion_bits(funnel) }} as exclusions,
                case when {{ any_condition(funnel.steps) }} then 1 else 0 end as is_step
            from {{ funnel_events(funnel, events) }} as e
            where {{ any_condition(funnel.steps + funnel.exclusions) }}
        ),
        reached as (
            select
                {{ funnel_unit(funnel) }},
                {% if funnel.breakdown %} breakdown_value, {% endif %}
                entry_date,
                t
                {%- for column, what in wanted.items() %}
                    ,
                    coalesce(
                        {{
                            nth_following(
                                "case when steps & " ~ what[0] ~ " > 0 then t end", what[1], frame
                            )
                        }},
                        {{ endless() }}
                    ) as {{ column }}
                {%- endfor %}
                {%- for x in funnel.exclusions %}
                    ,
                    coalesce(
                        {{
                            first_following(
                                "case when exclusions & " ~ 2**loop.index0 ~ " > 0 then t end", next
                            )
                        }},
                        {{ endless() }}
                    ) as x{{ x.number }}
                {%- endfor %}
            from rows_of_steps
            qualify is_step = 1
        ),
        in_order as (select *, {{ sorted_values(group_times) }} as times from reached)
    select
        {{ funnel_unit(funnel) }},
        {% if funnel.breakdown %} breakdown_value, {% endif %}
        entry_date,
        t
        {%- for i in range(1, n + 1) %}
            ,
            case
                when {{ sorted_value("times", i) }} <= t + {{ funnel.window_micros }}
                then {{ sorted_value("times", i) }}
                else {{ endless() }}
            end as t{{ i }}
        {%- endfor %}
        {%- for x in funnel.exclusions %}
            ,
            case
                when
                    x{{ x.number }} <= t + {{ funnel.window_micros }}
                    and (
                        x{{ x.number }} < {{ sorted_value("times", n) }}
                        or {{ sorted_value("times", n) }} > t + {{ funnel.window_micros }}
                    )
                then x{{ x.number }}
                else {{ endless() }}
            end as x{{ x.number }}
        {%- endfor %}
    from in_order
{%- endmacro %}

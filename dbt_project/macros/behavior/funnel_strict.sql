{#
    Strict funnels: any other event resets. The events of one instant have no order among themselves, so a chain lives
    on if one of them is its next step. Only the N - 1 instants after a start can matter, which one sort finds.
#}
{% macro funnel_strict(funnel, events) -%}
    {%- set n = funnel.steps | length -%}
    {%- set side = "over (partition by " ~ funnel_unit(funnel) ~ " order by t)" -%}
    with
        -- 4 bits for each step's number of steps filled, and the exclusions above them
        packed as (
            select
                {{ funnel_unit(funnel) }},
                entry_date,
                t,
                a1,
                cast(exclusions as bigint) * {{ 16 ** funnel_step_limit() }}
                {%- for k in range(1, n + 1) %}
                    + cast(a{{ k }} as bigint) * {{ 16 ** (k - 1) }}
                {%- endfor %} as code
            from ({{ funnel_instants(funnel, events, all_events=true) }}) as instants
        ),
        reach_0 as (
            select
                {{ funnel_unit(funnel) }},
                entry_date,
                t,
                t as instant_0,
                cast(a1 as bigint) as taken_0,
                cast(a1 as bigint) as reached_0,
                {% for i in range(1, n) -%}
                    lead(t, {{ i }}) {{ side }} as instant_{{ i }},
                    lead(code, {{ i }}) {{ side }} as code_{{ i }} {{- "," if not loop.last }}
                {% endfor %}
            from packed
            qualify a1 > 0
        )
        {%- for i in range(1, n) %}
            ,
            reach_{{ i }} as (
                select *, reached_{{ i - 1 }} + taken_{{ i }} as reached_{{ i }}
                from
                    (
                        select
                            *,
                            case
                                when
                                    taken_{{ i - 1 }} > 0
                                    and reached_{{ i - 1 }} < {{ n }}
                                    and instant_{{ i }} <= t + {{ funnel.window_micros }}
                                then {{ shifted_right("code_" ~ i, "4 * reached_" ~ (i - 1)) }} & 15
                                else 0
                            end as taken_{{ i }}
                        from reach_{{ i - 1 }}
                    ) as steps_{{ i }}
            )
        {%- endfor %}
        {{ instant_breakdowns(funnel, events) }}
    select
        {{ funnel_unit(funnel, "r.") }},
        r.entry_date,
        {% if funnel.breakdown %} s.breakdown_value, {% endif %}
        r.t
        {%- for k in range(1, n + 1) %}
            ,
            case
                {%- for i in range(0, n) if i < k %}
                    when reached_{{ i }} >= {{ k }} then instant_{{ i }}
                {%- endfor %}
                else {{ endless() }}
            end as t{{ k }}
        {%- endfor %}
        {%- for x in funnel.exclusions %}
            ,
            case
                {%- for i in range(1, n) %}
                    when
                        taken_{{ i - 1 }} > 0
                        and taken_{{ i }} = 0
                        and reached_{{ i - 1 }} between {{ x.from_step }} and {{ x.to_step - 1 }}
                        and instant_{{ i }} <= r.t + {{ funnel.window_micros }}
                        and {{ shifted_right("code_" ~ i, 4 * funnel_step_limit() + x.number - 1) }} & 1 = 1
                    then instant_{{ i }}
                {%- endfor %}
                else {{ endless() }}
            end as x{{ x.number }}
        {%- endfor %}
    from reach_{{ n - 1 }} as r
    {% if funnel.breakdown %}
        inner join starts as s on {{ same_unit(funnel, "s", "r") }} and s.t = r.t
    {% endif %}
{%- endmacro %}

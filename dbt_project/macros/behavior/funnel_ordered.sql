{#
    Ordered funnels. From the last required step to the second, each pass looks at every event of an earlier step for
    the next event of the pass's step and takes over when that one's chain reached the steps after it. A pass is one sort
    of the rows that are left; rows of later steps fall away. An optional step is reached by its first event after the
    required step before it, if that comes no later than the required step after it.
#}
{% macro funnel_ordered(funnel, events) -%}
    {%- if funnel.overlap -%} {{ return(_ordered_instants(funnel, events)) }} {%- endif -%}
    {{ return(_ordered_events(funnel, events)) }}
{%- endmacro %}

{# Steps that cannot be the same event: rows are events, in the order of time and step; `s` is the step. #}
{% macro _ordered_events(funnel, events) -%}
    {%- set n = funnel.steps | length -%}
    {%- set order = (
        "partition by "
        ~ funnel_unit(funnel)
        ~ " order by t, s"
        ~ (", breakdown_value" if funnel.breakdown else "")
    ) -%}
    {%- set next = "over (" ~ order ~ " rows between 1 following and unbounded following)" -%}
    {%- set side = "over (" ~ order ~ ")" -%}
    {%- set required = funnel.steps | rejectattr("optional") | map(attribute="number") | list -%}
    {#- Optional steps after the last required one need a pass before it. -#}
    {%- set passes = ([n + 1] if funnel.last_required < n else []) + required[1:] | reverse | list -%}
    with
        pass_start as (
            select
                {{ funnel_unit(funnel) }},
                {% if funnel.breakdown %} breakdown_value, {% endif %}
                event_date as entry_date,
                t,
                cast({{ step_number(funnel) }} as int) as s
                {%- if funnel.exclusions %}, {{ exclusion_bits(funnel) }} as exclusions {%- endif %}
            from {{ funnel_events(funnel, events) }} as e
            where {{ any_condition(funnel.steps + funnel.exclusions) }}
        )
        {%- for j in passes -%}
            {%- set previous = required | select("lt", j) | max -%}
            {%- set is_first = loop.first -%}
            {#- What the next event of step j knows, and the optional steps between it and the required one before. -#}
            {%- set columns = {} -%}
            {%- if j <= n -%}
                {%- for i in range(j, n + 1) -%}
                    {%- do columns.update(
                        {
                            "t"
                            ~ i: "case when s = "
                            ~ j
                            ~ " then "
                            ~ ("t" if i == j else "t" ~ i)
                            ~ " end"
                        }
                    ) -%}
                {%- endfor -%}
            {%- endif -%}
            {%- for i in range(previous + 1, [j, n + 1] | min) -%}
                {%- do columns.update({"t" ~ i: "case when s = " ~ i ~ " then t end"}) -%}
            {%- endfor -%}
            {%- for x in funnel.exclusions -%}
                {%- if is_first -%}
                    {%- do columns.update(
                        {
                            "x"
                            ~ x.number: "case when s = 0 and exclusions & "
                            ~ 2**loop.index0
                            ~ " > 0 then t end"
                        }
                    ) -%}
                {%- elif x.from_step >= j -%}
                    {%- do columns.update(
                        {"x" ~ x.number: "case when s = " ~ j ~ " then x" ~ x.number ~ " end"}
                    ) -%}
                {%- endif -%}
            {%- endfor -%},
            pass_{{ j }} as (
                select
                    {{ funnel_unit(funnel) }},
                    {% if funnel.breakdown %} breakdown_value, {% endif %}
                    entry_date,
                    t,
                    s
                    {%- for x in funnel.exclusions if "x" ~ x.number not in columns %}
                        , x{{ x.number }}
                    {%- endfor %}
                    {%- for column, value in columns.items() %}
                        , coalesce({{ first_following(value, next) }}, {{ endless() }}) as {{ column }}
                    {%- endfor %}
                from pass_{{ "start" if is_first else passes[loop.index0 - 1] }}
                qualify
                    s between 1 and {{ previous }}
                    {% if is_first %}
                        {#-
                            Of events of one step in a row only one matters: the first later one, the last first step.
                            With exclusions each first step does: the last may be the one that an exclusion ends.
                        -#}
                        and not coalesce(
                            case
                                when s > 1
                                then lag(s) {{ side }} = s
                                {%- if not funnel.exclusions %}
                                    else
                                        lead(s) {{ side }} = 1 and lead(entry_date) {{ side }} = entry_date
                                        {%- if funnel.breakdown %}
                                            and lead(breakdown_value) {{ side }} = breakdown_value
                                        {%- endif %}
                                {%- endif %}
                            end,
                            false
                        )
                    {%- endif %}
            )
        {%- endfor %}
    select
        {{ funnel_unit(funnel) }},
        {% if funnel.breakdown %} breakdown_value, {% endif %}
        entry_date,
        t,
        t as t1,
        {{ _within_the_window(funnel) }}
    from pass_{{ passes | last }}
{%- endmacro %}

{# t2 to tN and x1 to xM of an attempt, as far as they lie in its window and, for optional steps, before the next. #}
{% macro _within_the_window(funnel) -%}
    {%- set window_end = "t + " ~ funnel.window_micros -%}
    {%- for step in funnel.steps[1:] %}
        {%- set after = (
            funnel.steps[step.number :] | rejectattr("optional") | map(attribute="number") | list
        ) -%}
        case
            when
                t{{ step.number }} <= {{ window_end }}
                {%- if step.optional and after %} and t{{ step.number }} <= t{{ after[0] }} {%- endif %}
            then t{{ step.number }}
            else {{ endless() }}
        end as t{{ step.number }} {{ "," if not loop.last }}
    {%- endfor %}
    {%- for x in funnel.exclusions %}
        ,
        case
            when
                x{{ x.number }} <= {{ window_end }}
                and (x{{ x.number }} < t{{ x.to_step }} or t{{ x.to_step }} > {{ window_end }})
            then x{{ x.number }}
            else {{ endless() }}
        end as x{{ x.number }}
    {%- endfor %}
{%- endmacro %}

{#
    Steps that one event may be: rows are instants, a1 to aM how many required steps from that one on the events of the
    instant fill, each one step. d<j>_<i> is when the i-th required step is reached by the first chain that takes the j-th
    after the instant. What happens after a step of the chain, an optional step (e) or an exclusion (x), is taken over with
    it: e<number> is its first time at or after the instant, x<number> after it.
#}
{% macro _ordered_instants(funnel, events) -%}
    {%- set required = funnel.steps | rejectattr("optional") | map(attribute="number") | list -%}
    {%- set m = required | length -%}
    {%- set order = "over (partition by " ~ funnel_unit(funnel) ~ " order by t rows between " -%}
    {%- set next = order ~ "1 following and unbounded following)" -%}
    {%- set here = order ~ "current row and unbounded following)" -%}
    {#- Column -> the place among the required steps after which it is looked for. -#}
    {%- set after = {} -%}
    {%- for step in funnel.steps if step.optional -%}
        {%- do after.update({"e" ~ step.number: required.index(step.previous) + 1}) -%}
    {%- endfor -%}
    {%- for x in funnel.exclusions -%}
        {%- do after.update({"x" ~ x.number: required.index(x.from_step) + 1}) -%}
    {%- endfor -%}
    with
        pass_{{ m + 1 }} as (
            select
                *
                {%- for step in funnel.steps if step.optional %}
                    ,
                    coalesce(
                        {{ first_following("case when o" ~ step.number ~ " > 0 then t end", here) }},
                        {{ endless() }}
                    ) as e{{ step.number }}
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
            from ({{ funnel_instants(funnel, events) }}) as instants
        )
        {%- for j in range(m, 1, -1) -%}
            ,
            pass_{{ j }} as (
                select
                    *
                    {%- for i in range(j, m + 1) %}
                        ,
                        coalesce(
                            {{
                                first_following(
                                    "case when a" ~ j ~ " > 0 then " ~ _time_from_instant(j, i) ~ " end",
                                    next,
                                )
                            }},
                            {{ endless() }}
                        ) as d{{ j }}_{{ i }}
                    {%- endfor %}
                    {%- for column, place in after.items() if place >= j %}
                        ,
                        coalesce(
                            {{
                                first_following(
                                    "case when a"
                                    ~ j
                                    ~ " > 0 then "
                                    ~ _after_instant(j, column, place)
                                    ~ " end",
                                    next,
                                )
                            }},
                            {{ endless() }}
                        ) as d{{ j }}_{{ column }}
                    {%- endfor %}
                from pass_{{ j + 1 }}
                qualify {% for k in range(1, j) -%} a{{ k }} > 0 {{ "or" if not loop.last }} {% endfor -%}
            )
        {%- endfor -%}
        {{ instant_breakdowns(funnel, events) }}
    select
        {{ funnel_unit(funnel) }},
        {% if funnel.breakdown %} breakdown_value, {% endif %}
        entry_date,
        t,
        t1,
        {{ _within_the_window(funnel) }}
    from
        (
            select
                {{ funnel_unit(funnel, "p.") }},
                p.entry_date,
                {% if funnel.breakdown %} s.breakdown_value, {% endif %}
                p.t
                {%- for number in required %}
                    , {{ _time_from_instant(1, loop.index) | replace(" t ", " p.t ") }} as t{{ number }}
                {%- endfor %}
                {%- for column, place in after.items() %}
                    , {{ _after_instant(1, column, place) }} as {{ column | replace("e", "t") }}
                {%- endfor %}
            from pass_2 as p
            {% if funnel.breakdown %}
                inner join starts as s on {{ same_unit(funnel, "s", "p") }} and s.t = p.t
            {% endif %}
            where a1 > 0
        ) as attempts
{%- endmacro %}

{# When a chain that takes the j-th required step at the row's instant reaches the i-th. #}
{% macro _time_from_instant(j, i) -%}
    {%- if i == j -%} {{ return(" t ") }} {%- endif -%}
    {%- set branches = [] -%}
    {%- for taken in range(1, i - j + 1) -%}
        {%- do branches.append("when " ~ taken ~ " then d" ~ (j + taken) ~ "_" ~ i) -%}
    {%- endfor -%}
    {{ return("case a" ~ j ~ " " ~ branches | join(" ") ~ " else t end") }}
{%- endmacro %}

{# The first optional step or exclusion after that chain reached the required step of that place. #}
{% macro _after_instant(j, column, place) -%}
    {%- set branches = [] -%}
    {%- for taken in range(1, place - j + 1) -%}
        {%- do branches.append("when " ~ taken ~ " then d" ~ (j + taken) ~ "_" ~ column) -%}
    {%- endfor -%}
    {%- if not branches -%} {{ return(column) }} {%- endif -%}
    {{ return("case a" ~ j ~ " " ~ branches | join(" ") ~ " else " ~ column ~ " end") }}
{%- endmacro %}

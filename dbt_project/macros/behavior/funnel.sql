{#
    Funnels: attempts of one definition.

    funnel_step_limit()         how many steps a funnel may have: fct_funnel_attempts has a column for each
    funnel_attempts(funnel, events)
        Select of one row per unit (person or session), entry date and breakdown value: the deepest attempt that started
        then. `events` is int_behavior__events, or a relation like it with all events of some people.

    Every mode ends in the same relation of attempts: funnel_unit(), entry_date, breakdown_value where there is one, t (start), t1 to tN
    (microseconds since 1970; endless() where the step was not reached, or after the window), and where the funnel has
    exclusions x1 to xM (time of an exclusion that came between its steps, else endless()).

    What counts:
      * The window runs from the step-1 event, inclusive.
      * Each step-1 event starts an attempt. Each next step is the first event that can be it: no other choice reaches
        more steps or reaches them earlier.
      * Events at one instant convert in step order, and each fills one step.
      * Of several attempts the deepest counts; then the one with more optional steps; then the one that was there
        first; then, and among attempts that only started, the one that started last.
      * An exclusion strictly between its two steps, within the window, removes an attempt. In ordered and strict funnels
        it removes the unit, unless an attempt without one comes as deep.
#}
{% macro funnel_step_limit() -%} {{ return(10) }} {%- endmacro %}
{% macro endless() -%} {{ return("9000000000000000000") }} {%- endmacro %}

{% macro funnel_attempts(funnel, events) -%}
    {%- set n = funnel.steps | length -%}
    {%- set has_options = funnel.steps | selectattr("optional") | list | length > 0 -%}
    {%- set depth = "least(deepest_step, " ~ funnel.last_required ~ ")" -%}
    {#- Constant columns are not carried through the sorts. -#}
    select
        '{{ funnel.name }}' as funnel_name,
        '{{ funnel.unit }}' as unit,
        unit_key,
        {{ "unit_key" if funnel.unit == "user" else "person_id" }} as person_id,
        entry_date,
        {{ "breakdown_value" if funnel.breakdown else "'(all)'" }} as breakdown_value,
        cast(deepest_step as bigint) as deepest_step,
        t{{ funnel.last_required }} < {{ endless() }} as is_converted,
        {%- for number in range(1, funnel_step_limit() + 1) %}
            {%- if number > n %} cast(null as timestamp)
            {%- else %} {{ micros_timestamp("nullif(t" ~ number ~ ", " ~ endless() ~ ")") }}
            {%- endif %} as step_{{ number }}_at,
        {%- endfor %}
        {{ counted_in(funnel) }} as counted_in,
        '{{ funnel.key }}' as definition_key
    from
        (
            select
                *,
                row_number() over (
                    partition by
                        {{ funnel_unit(funnel) }},
                        entry_date
                        {%- if funnel.breakdown %}, breakdown_value {%- endif %}
                    order by
                        deepest_step desc,
                        {%- if has_options %} done_count desc, {%- endif %}
                        reached_micros,
                        t desc
                ) as place
            from
                (
                    select
                        *,
                        {%- if funnel.exclusions %}
                            max({{ depth }}) over (partition by {{ funnel_unit(funnel) }}) as unit_depth,
                            max(case when is_free then {{ depth }} else 0 end) over (
                                partition by {{ funnel_unit(funnel) }}
                            ) as free_depth,
                        {%- endif %}
                        {%- if has_options %}
                            {% for step in funnel.steps -%}
                                case when t{{ step.number }} < {{ endless() }} then 1 else 0 end
                                {{ "+" if not loop.last }}
                            {% endfor %} as done_count,
                        {%- endif %}
                        case
                            deepest_step
                            {%- for number in range(2, n + 1) %}
                                when {{ number }} then t{{ number }}
                            {%- endfor %}
                            else 0
                        end as reached_micros
                    from
                        (
                            select
                                *,
                                {% for x in funnel.exclusions -%}
                                    x{{ x.number }}
                                    = {{ endless() }} {{ "and" if not loop.last else "as is_free," }}
                                {% endfor -%}
                                case
                                    {%- for number in range(n, 1, -1) %}
                                        when t{{ number }} < {{ endless() }} then {{ number }}
                                    {%- endfor %}
                                    else 1
                                end as deepest_step
                            from ({{ context["funnel_" ~ funnel.mode](funnel, events) }}) as attempts
                        ) as measured
                ) as judged
            {% if funnel.exclusions %}
                where is_free {% if funnel.mode != "unordered" %} and free_depth = unit_depth {% endif %}
            {% endif %}
        ) as ranked
    where place = 1
{%- endmacro %}

{# Bits of the timeframes in which an attempt is the one of its unit that counts. See counted_bit(). #}
{% macro counted_in(funnel) -%}
    {%- for value in ["breakdown_value", "'(all)'"] if value == "'(all)'" or funnel.breakdown -%}
        {%- for timeframe in timeframes() %}
            {%- set bit = counted_bit(timeframe, value) %}
            {%- if timeframe == "day" and (value != "'(all)'" or not funnel.breakdown) %}
                cast({{ bit }} as bigint)
            {%- else %}
                case
                    when
                        row_number() over (
                            partition by
                                {{ funnel_unit(funnel) }}
                                {%- if timeframe != "all_time" %}
                                    , {{ timeframe_start("entry_date", timeframe) }}
                                {%- endif %}
                                {%- if value != "'(all)'" %}, breakdown_value
                                {%- endif %}
                            order by
                                deepest_step desc,
                                {%- if funnel.steps | selectattr("optional") | list %} done_count desc,
                                {%- endif %}
                                reached_micros,
                                t desc
                                {%- if funnel.breakdown %}, breakdown_value
                                {%- endif %}
                        )
                        = 1
                    then {{ bit }}
                    else 0
                end
            {%- endif %}
            {{- " + " if not loop.last }}
        {%- endfor %}
        {{- " + " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#
    The bit of counted_in for a timeframe: 1, 2, 4, 8 for day, week, month, all_time among all attempts of a unit, 16 to 128
    among those of its breakdown value.
#}
{% macro counted_bit(timeframe, value) -%}
    {{ return(2 ** (timeframes().index(timeframe) + (0 if value == "'(all)'" else 4))) }}
{%- endmacro %}

{# Columns of a unit. A stream or a channel's message is a session of many people: each has a visit of their own. #}
{% macro funnel_unit(funnel, alias="") -%}
    {{ return(alias ~ "unit_key" ~ (", " ~ alias ~ "person_id" if funnel.unit == "session" else "")) }}
{%- endmacro %}

{% macro same_unit(funnel, a, b) -%}
    {%- set same = a ~ ".unit_key = " ~ b ~ ".unit_key" -%}
    {%- if funnel.unit == "session" -%}
        {%- set same = same ~ " and " ~ a ~ ".person_id = " ~ b ~ ".person_id" -%}
    {%- endif -%}
    {{ return(same) }}
{%- endmacro %}

{#
    Those of a relation's events that are of a funnel's domains: the columns of int_behavior__events, unit_key, breakdown_value,
    and t, the microseconds of occurred_at.
#}
{% macro funnel_events(funnel, events) -%}
    (
        select
            e.*,
            {{ "e.person_id" if funnel.unit == "user" else "e.session_key" }} as unit_key,
            {{ unix_micros("e.occurred_at") }} as t,
            {{ breakdown_of(funnel) }} as breakdown_value
        from {{ events }} as e
        where
            e.domain in ('{{ funnel.domains | join("', '") }}')
            {% if funnel.unit == "session" %} and e.session_key is not null {% endif %}
    )
{%- endmacro %}

{# The number of the step that an event is: 0 for an exclusion. For funnels whose steps cannot be the same event. #}
{% macro step_number(funnel) -%}
    case
        {%- for step in funnel.steps %} when {{ step.condition }} then {{ step.number }} {%- endfor %}
        {%- for exclusion in funnel.exclusions %} when {{ exclusion.condition }} then 0 {%- endfor %}
    end
{%- endmacro %}

{# A bit for each exclusion that an event is. #}
{% macro exclusion_bits(funnel) -%}
    {%- for exclusion in funnel.exclusions %}
        case when {{ exclusion.condition }} then {{ 2**loop.index0 }} else 0 end {{ "+" if not loop.last }}
    {%- else %} 0
    {%- endfor %}
{%- endmacro %}

{# A bit for each step that an event may be. #}
{% macro step_bits(funnel) -%}
    {%- for step in funnel.steps %}
        case when {{ step.condition }} then {{ 2**loop.index0 }} else 0 end {{ "+" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro any_condition(events) -%}
    ({%- for one in events %}{{ one.condition }} {{ "or" if not loop.last }} {%- endfor %})
{%- endmacro %}

{# The columns of funnel_attempts without a row, so that a project without funnels builds. #}
{% macro no_funnel_attempts() -%}
    select
        cast(null as string) as funnel_name,
        cast(null as string) as unit,
        cast(null as string) as unit_key,
        cast(null as string) as person_id,
        cast(null as date) as entry_date,
        cast(null as string) as breakdown_value,
        cast(null as bigint) as deepest_step,
        cast(null as boolean) as is_converted,
        {%- for number in range(1, funnel_step_limit() + 1) %}
            cast(null as timestamp) as step_{{ number }}_at,
        {%- endfor %}
        cast(null as bigint) as counted_in,
        cast(null as string) as definition_key
    where false
{%- endmacro %}

{#
    funnel_instants(funnel, events, all_events)
        Select of one row per unit and instant with an event: funnel_unit(), entry_date, t, a1 to aM, o<number> of each
        optional step, exclusions. a<k> is how many required steps from the k-th of them on, one after the other, the
        events of the instant fill when each fills one; o<number> how many of its events are the optional step.
        Strict funnels need all events of their domains, others the events of steps and exclusions.
    instant_breakdowns(funnel, events)
        CTE `starts`, funnel_unit(), t, breakdown_value: where several step-1 events of one instant have different breakdown
        values, each value is an attempt. Empty for funnels without a breakdown.
    step_groups(steps)
        Lists of the places (from 1) of the steps that share an event's name: only those can compete for one event.
    subsets(members)
        All subsets of a short list, except the empty one.
#}
{% macro funnel_instants(funnel, events, all_events=false) -%}
    {%- set steps = funnel.steps | rejectattr("optional") | list -%}
    {%- set optional = funnel.steps | selectattr("optional") | list -%}
    {%- set n = steps | length -%}
    {%- set shared = [] -%}
    {%- for group in step_groups(steps) if group | length > 1 -%}
        {%- for members in subsets(group) if members | length > 1 -%}
            {%- do shared.append(members) -%}
        {%- endfor -%}
    {%- endfor -%}
    select
        {{ funnel_unit(funnel) }},
        entry_date,
        t,
        exclusions
        {%- for k in range(1, n + 1) %}
            ,
            case
                {%- for length in range(n - k + 1, 0, -1) %}
                    when {{ _fills(k, k + length - 1, shared) }} then {{ length }}
                {%- endfor %}
                else 0
            end as a{{ k }}
        {%- endfor %}
        {%- for step in optional %}, o{{ step.number }} {%- endfor %}
    from
        (
            select
                {{ funnel_unit(funnel) }},
                min(event_date) as entry_date,
                t,
                {% if funnel.exclusions -%}
                    {%- for x in funnel.exclusions %}
                        max(
                            case when {{ x.condition }} then {{ 2**loop.index0 }} else 0 end
                        ) {{ "+" if not loop.last }}
                    {%- endfor %}
                {%- else %} 0
                {%- endif %} as exclusions
                {%- for step in steps %}
                    , sum(case when {{ step.condition }} then 1 else 0 end) as c_{{ loop.index }}
                {%- endfor %}
                {%- for step in optional %}
                    , sum(case when {{ step.condition }} then 1 else 0 end) as o{{ step.number }}
                {%- endfor %}
                {%- for members in shared %}
                    ,
                    sum(
                        case
                            when
                                {% for k in members %}
                                    {{ steps[k - 1].condition }} {{ "or" if not loop.last }}
                                {%- endfor %}
                            then 1
                            else 0
                        end
                    ) as c_{{ members | join("_") }}
                {%- endfor %}
            from {{ funnel_events(funnel, events) }} as e
            {% if not all_events %} where {{ any_condition(funnel.steps + funnel.exclusions) }} {% endif %}
            group by {{ funnel_unit(funnel) }}, t
        ) as counted
{%- endmacro %}

{# Hall's condition: the steps from first to last can each have an event of their own. #}
{% macro _fills(first, last, shared) -%}
    {%- set tests = [] -%}
    {%- for k in range(first, last + 1) -%} {%- do tests.append("c_" ~ k ~ " > 0") -%} {%- endfor -%}
    {%- for members in shared if members | min >= first and members | max <= last -%}
        {%- do tests.append("c_" ~ members | join("_") ~ " >= " ~ members | length) -%}
    {%- endfor -%}
    {{ return(tests | join(" and ")) }}
{%- endmacro %}

{% macro step_groups(steps) -%}
    {%- set groups = {} -%}
    {%- for step in steps -%} {%- do groups.setdefault(step.event, []).append(loop.index) -%} {%- endfor -%}
    {{ return(groups.values() | list) }}
{%- endmacro %}

{% macro subsets(members) -%}
    {%- set found = [] -%}
    {%- for bits in range(1, 2 ** (members | length)) -%}
        {%- set subset = [] -%}
        {%- for member in members -%}
            {%- if bits // 2**loop.index0 % 2 -%} {%- do subset.append(member) -%} {%- endif -%}
        {%- endfor -%}
        {%- do found.append(subset) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro instant_breakdowns(funnel, events) -%}
    {%- if funnel.breakdown -%}
        ,
        starts as (
            select distinct {{ funnel_unit(funnel) }}, t, breakdown_value
            from {{ funnel_events(funnel, events) }} as e
            where {{ funnel.steps[0].condition }}
        )
    {%- endif -%}
{%- endmacro %}

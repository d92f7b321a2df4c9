{%- set people = ref("int_behavior__people") %}
{%- set attempts = ref("fct_funnel_attempts") %}
{%- set minimum = behavior_setting("minimum_people") %}

with
    cells as (
        {%- for funnel in behavior_definitions("funnels") %}
            {%- for timeframe in timeframes() %}
                {%- for value in ["breakdown_value", "'(all)'"] if value == "'(all)'" or funnel.breakdown %}
                    {{ funnel_cells(funnel, attempts, timeframe, value) }}
                    union all
                {%- endfor %}
            {%- endfor %}
        {%- endfor %}
        {{ no_funnel_cells() }}
    )

select
    funnel_name,
    unit,
    timeframe,
    period_date,
    breakdown_value,
    step,
    step_event,
    is_optional,
    entered_count,
    {#- Where nobody entered, 0 tells of nobody. -#}
    {%- set is_shown = "(entered_count >= " ~ minimum ~ " or entered_count = 0)" %}
    {%- set shown = "case when " ~ is_shown ~ " then " %}
    {%- set timed = "case when converted_count >= " ~ minimum ~ " then " %}
    {{ shown }} converted_count end as converted_count,
    case when {{ is_shown }} and not is_optional then entered_count - converted_count end as dropped_count,
    {{ shown }} {{ ratio("converted_count", "entered_count") }} end as conversion_from_previous_ratio,
    {{ shown }} {{ ratio("converted_count", "started_count") }} end as conversion_from_first_ratio,
    {%- for name in [
        "median_seconds_from_previous",
        "p90_seconds_from_previous",
        "median_seconds_from_first",
        "p90_seconds_from_first",
    ] %}
        {{ timed }} {{ name }} end as {{ name }},
    {%- endfor %}
    is_mature,
    not {{ is_shown }} as is_withheld,
    {{ newest_batch_id(people) }} as batch_id,
    loaded_at
from cells

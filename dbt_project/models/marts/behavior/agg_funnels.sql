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
    {%- set shown = "case when entered_count >= " ~ minimum ~ " then " %}
    {%- set timed = "case when converted_count >= " ~ minimum ~ " then " %}
    {{ shown }} converted_count end as converted_count,
    case
        when entered_count >= {{ minimum }} and not is_optional then entered_count - converted_count
    end as dropped_count,
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
    entered_count < {{ minimum }} as is_withheld,
    {{ newest_batch_id(people) }} as batch_id,
    loaded_at
from cells

{%- set people = ref("int_behavior__people") %}
{%- set attempts = ref("fct_funnel_attempts") %}
{%- set minimum = behavior_setting("minimum_people") %}
{%- set funnels = behavior_definitions("funnels") %}
{%- set most = most_funnel_steps(funnels) %}

with
    cells as (
        {%- for funnel in funnels %}
            {%- set figures = funnel_figures(funnel, most) %}
            {%- for timeframe in timeframes() %}
                {%- for value in ["breakdown_value", "'(all)'"] if value == "'(all)'" or funnel.breakdown %}
                    {{ funnel_cells(funnel, figures, attempts, timeframe, value) }}
                    union all
                {%- endfor %}
            {%- endfor %}
        {%- endfor %}
        {{ no_funnel_cells(most) }}
    ),
    steps as ({{ funnel_steps(funnels) }}),
    -- Of all attempts: a later one than that which counts so far may still become the deeper.
    last_entries as (
        select funnel_name, '(all)' as breakdown_value, max(entry_date) as last_entry_date
        from {{ attempts }}
        group by funnel_name
        union all
        select funnel_name, breakdown_value, max(entry_date) as last_entry_date
        from {{ attempts }}
        where breakdown_value <> '(all)'
        group by funnel_name, breakdown_value
    ),
    counted as (
        select
            c.funnel_name,
            s.unit,
            s.mode,
            c.timeframe,
            c.period_date,
            c.breakdown_value,
            s.step,
            s.step_event,
            s.is_optional,
            s.window_seconds,
            c.n_1 as started_count,
            case
                s.previous
                {%- for number in range(1, most + 1) %} when {{ number }} then c.n_{{ number }} {%- endfor %}
            end as entered_count,
            case
                s.step
                {%- for number in range(1, most + 1) %} when {{ number }} then c.n_{{ number }} {%- endfor %}
            end as converted_count,
            {%- for name, _, _ in funnel_times(none) %}
                case
                    s.step
                    when 1
                    then cast(null as double)
                    {%- for number in range(2, most + 1) %}
                        when {{ number }} then c.{{ name }}_{{ number }}
                    {%- endfor %}
                end as {{ name }},
            {%- endfor %}
            case
                c.timeframe
                {%- for timeframe in timeframes() if timeframe != "all_time" %}
                    when '{{ timeframe }}' then {{ shifted_date("c.period_date", timeframe, 1) }}
                {%- endfor %}
                else {{ add_days("l.last_entry_date", 1) }}
            end as end_date,
            c.loaded_at
        from cells as c
        inner join steps as s on s.funnel_name = c.funnel_name
        left join
            last_entries as l
            on c.timeframe = 'all_time'
            and l.funnel_name = c.funnel_name
            and l.breakdown_value = c.breakdown_value
    )

select
    funnel_name,
    unit,
    mode,
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
    {%- for name, _, _ in funnel_times(none) %} {{ timed }} {{ name }} end as {{ name }}, {%- endfor %}
    {{ add_seconds(reporting_midnight_at("end_date"), "window_seconds") }}
    <= {{ observed_until() }} as is_mature,
    not {{ is_shown }} as is_withheld,
    {{ newest_batch_id(people) }} as batch_id,
    loaded_at
from counted

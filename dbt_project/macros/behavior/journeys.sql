{#
    path_length()             steps of a path: the first of a session, the last before a purchase
    path_from_start(steps)    'a > b > c' of columns that are NULL from some place on
    path_to_end(steps)        'a > b > c' of columns that are NULL up to some place
    events_in_sessions()          subquery: events with a session, of the people to compute
    journey_timeframes()      grains of journeys and paths
    people_counted(timeframe, date, rows, before)
        BIGINT: different people of rows that were put together by `date` and `before`, the DATE of the person's row
        before (NULL for the first); `rows` is how many they are. A person counts with the first row of each period, so
        that nothing is held by person.
    withheld_path()           stands for paths that too few people took
#}
{% macro path_length() -%} {{ return(5) }} {%- endmacro %}
{% macro journey_timeframes() -%} {{ return(["week", "month", "all_time"]) }} {%- endmacro %}
{% macro people_counted(timeframe, date, rows, before="date_before") -%}
    cast(
        sum(
            case
                when
                    {{ before }} is null
                    {%- if timeframe != "all_time" %}
                        or {{ timeframe_start(before, timeframe) }} <> {{ timeframe_start(date, timeframe) }}
                    {%- endif %}
                then {{ rows }}
                else 0
            end
        ) as bigint
    )
{%- endmacro %}

{% macro withheld_path() -%} {{ return("(paths of few people)") }} {%- endmacro %}

{# Joined with ||, which gives NULL for a step that is not there; concat differs by engine. #}
{% macro path_from_start(steps) -%}
    {{ steps[0] }} {%- for step in steps[1:] %} || coalesce(' > ' || {{ step }}, '') {%- endfor %}
{%- endmacro %}

{% macro path_to_end(steps) -%}
    {%- for step in steps[:-1] %} coalesce({{ step }} || ' > ', '') || {%- endfor %} {{ steps[-1] }}
{%- endmacro %}

{% macro events_in_sessions() -%}
    (
        select
            e.domain,
            e.person_id,
            e.session_key,
            e.kind,
            e.event_key,
            e.occurred_at,
            e.event_date,
            e.currency,
            e.amount,
            e.conversion_path
        from {{ behavior_events() }} as e
        where e.session_key is not null
    )
{%- endmacro %}

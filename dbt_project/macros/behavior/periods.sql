{#
    Intervals and periods of the reporting zone.

    interval_start(date, interval)           DATE on which the day, (ISO) week, month, quarter or year of a date starts
    interval_number(date, interval)          BIGINT that grows by one with each day, week or month
    shifted_date(date, interval, count)      DATE `count` intervals later
    last_interval_end(period_date, stickiness)   DATE on which all intervals of a period have ended
    interval_micros(interval)                length of a rolling interval: 24 hours, 7 x 24 or 30 x 24
    timeframes()                             day, week, month, all_time: the grains of aggregates over dates
    timeframe_start(date, timeframe)         DATE on which the period starts, NULL for all_time
#}
{% macro interval_start(date, interval) -%}
    {%- if interval == "day" -%} {{ return(date) }} {%- endif -%}
    {{ return("cast(date_trunc('" ~ interval ~ "', " ~ date ~ ") as date)") }}
{%- endmacro %}

{% macro interval_number(date, interval) -%}
    {%- if interval == "month" -%}
        {{
            return(
                "cast(extract(year from " ~ date ~ ") * 12 + extract(month from " ~ date ~ ") as bigint)"
            )
        }}
    {%- endif -%}
    {%- set days = days_since_epoch(date) -%}
    {#- 1970-01-01 was a Thursday. -#}
    {{ return(days if interval == "day" else "cast(floor((" ~ days ~ " + 3) / 7.0) as bigint)") }}
{%- endmacro %}

{% macro shifted_date(date, interval, count) -%}
    {%- set months = {"month": 1, "quarter": 3, "year": 12} -%}
    {%- if interval in months -%}
        {{ return(add_months(date, months[interval] ~ " * (" ~ count ~ ")")) }}
    {%- endif -%}
    {{ return(add_days(date, count if interval == "day" else "7 * (" ~ count ~ ")")) }}
{%- endmacro %}

{# DATE on which the last interval that starts in a period has ended: a week may reach into the next period. #}
{% macro last_interval_end(period_date, stickiness) -%}
    {%- set last_date = add_days(shifted_date(period_date, stickiness.period, 1), -1) -%}
    {{ return(shifted_date(interval_start(last_date, stickiness.interval), stickiness.interval, 1)) }}
{%- endmacro %}

{% macro interval_micros(interval) -%}
    {{ return({"day": 1, "week": 7, "month": 30}[interval] * 86400 * 1000000) }}
{%- endmacro %}

{% macro timeframes() -%} {{ return(["day", "week", "month", "all_time"]) }} {%- endmacro %}

{% macro timeframe_start(date, timeframe) -%}
    {{ return("cast(null as date)" if timeframe == "all_time" else interval_start(date, timeframe)) }}
{%- endmacro %}

{# A property's value as a breakdown; (all) stands for the total, (none) for no value. #}
{% macro breakdown_of(definition, alias="e") -%}
    {%- if not definition.breakdown -%} {{ return("'(all)'") }} {%- endif -%}
    {%- set value = beside_names(alias ~ "." ~ definition.breakdown, ["(all)", "(none)"]) -%}
    {{ return("coalesce(" ~ value ~ ", '(none)')") }}
{%- endmacro %}

{# A text from the data that shares a column with `names` of our own: one that is equal to a name is written otherwise. #}
{% macro beside_names(text, names) -%}
    {{
        return(
            "case when " ~ text ~ " in ('" ~ names
            | join("', '") ~ "') then '(' || " ~ text ~ " || ')' else " ~ text ~ " end"
        )
    }}
{%- endmacro %}

{#
    Time. Stored times are TIMESTAMP in UTC; the reporting zone only shapes dates and hours.

    reporting_timezone()          name of the zone: REPORTING_TIMEZONE, else the variable reporting_timezone
    reporting_time(ts)            TIMESTAMP, wall clock time in the reporting zone
    reporting_date(ts)            DATE in the reporting zone
    reporting_hour_at(ts)         TIMESTAMP (UTC) at which the reporting zone's hour that contains ts starts;
                                  the two passes of a repeated hour stay two hours
    hour_part_seconds()           seconds of which every hour of the reporting zone has a whole number
    reporting_midnight_at(date)   TIMESTAMP (UTC) of the first instant of a reporting date
    utc_timestamp(ts)             TIMESTAMP in UTC of a column with or without a zone
    unix_micros(ts)               BIGINT microseconds since 1970
    seconds_between(start, end)   DOUBLE seconds, exact to the microsecond
    add_seconds(ts, seconds)      TIMESTAMP, exact to the microsecond
    days_between(start, end)      BIGINT days from one date to another
    add_micros(ts, micros)        TIMESTAMP
    iso_weekday(date)             BIGINT, Monday 1 to Sunday 7
    explode_series(a, b, step)    in a select list, on its own: one row a step from a to b inclusive, none where b is
                                  before a; step as '15 minutes'
    explode_dates(a, b)           in a select list, on its own: one DATE a day from timestamp a to timestamp b inclusive;
                                  a is a midnight
#}
{% macro reporting_timezone() -%}
    {%- set zone = env_var("REPORTING_TIMEZONE", "") or var("reporting_timezone") -%}
    {%- if not modules.re.match("^[A-Za-z0-9_+/-]+$", zone) -%}
        {{
            exceptions.raise_compiler_error(
                "REPORTING_TIMEZONE: '" ~ zone ~ "' is not a time zone name such as Europe/Berlin"
            )
        }}
    {%- endif -%}
    {{ return(zone) }}
{%- endmacro %}

{% macro reporting_time(ts) -%}
    {#- UTC needs no conversion: one saved call a row is seconds on ten million rows. -#}
    {%- if reporting_timezone() == "UTC" -%} {{ ts }}
    {%- else -%} {{ adapter.dispatch("reporting_time")(ts) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__reporting_time(ts) -%}
    timezone('{{ reporting_timezone() }}', timezone('UTC', {{ ts }}))
{%- endmacro %}

{% macro spark__reporting_time(ts) -%}
    from_utc_timestamp({{ ts }}, '{{ reporting_timezone() }}')
{%- endmacro %}

{% macro reporting_date(ts) -%} cast({{ reporting_time(ts) }} as date) {%- endmacro %}

{% macro reporting_hour_at(ts) -%}
    {%- if reporting_timezone() == "UTC" -%} cast(date_trunc('hour', {{ ts }}) as timestamp)
    {%- else -%}
        {#- Subtracting the time past the wall clock's hour keeps the two passes of a repeated hour apart. -#}
        {%- set hour_at = adapter.dispatch("hour_start")(ts, reporting_time(ts)) -%}
        {%- if clocks_change_by_parts_of_hours() -%}
            {#- That may lie before a change of half an hour: by the clocks from before it, the change is a full hour. -#}
            {%- set passed = unix_micros(ts) ~ " - " ~ unix_micros(hour_at) -%}
            {%- set hour_at = adapter.dispatch("hour_start")(
                ts, add_micros(reporting_time(hour_at), passed)
            ) -%}
        {%- endif -%}
        {{ hour_at }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__hour_start(ts, clock) -%}
    ({{ ts }} - ({{ clock }} - date_trunc('hour', {{ clock }})))
{%- endmacro %}

{% macro spark__hour_start(ts, clock) -%}
    timestamp_micros(
        unix_micros({{ ts }}) - (unix_micros({{ clock }}) - unix_micros(date_trunc('hour', {{ clock }})))
    )
{%- endmacro %}

{% macro hour_part_seconds() -%}
    {{ return(1800 if reporting_timezone() != "UTC" and clocks_change_by_parts_of_hours() else 3600) }}
{%- endmacro %}

{#- As on Lord Howe Island, or once in Caracas. A zone that nothing is known of is taken for one, which costs time only. -#}
{% macro clocks_change_by_parts_of_hours() -%}
    {%- set name = reporting_timezone() -%}
    {%- if name not in modules.pytz.all_timezones_set -%} {{ return(true) }} {%- endif -%}
    {%- set zone = modules.pytz.timezone(name) -%}
    {%- set parts = [] -%}
    {%- for year in range(2000, 2038) -%}
        {%- for month in range(1, 13) -%}
            {%- do parts.append(zone.utcoffset(modules.datetime.datetime(year, month, 15)).seconds % 3600) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return((parts | unique | list | length) > 1) }}
{%- endmacro %}

{% macro reporting_midnight_at(date) -%}
    {%- if reporting_timezone() == "UTC" -%} cast({{ date }} as timestamp)
    {%- else -%}
        {#- Where midnight comes twice (Havana in November) engines take the second: the day starts at the first. -#}
        {%- set midnight = adapter.dispatch("zone_to_utc")("cast(" ~ date ~ " as timestamp)") -%}
        {%- set hour_before = add_seconds(midnight, -3600) -%}
        case
            when {{ reporting_date(hour_before) }} = {{ date }} then {{ hour_before }} else {{ midnight }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__zone_to_utc(ts) -%}
    timezone('UTC', timezone('{{ reporting_timezone() }}', {{ ts }}))
{%- endmacro %}

{% macro spark__zone_to_utc(ts) -%} to_utc_timestamp({{ ts }}, '{{ reporting_timezone() }}') {%- endmacro %}

{#- Sessions run with TimeZone UTC, so the cast drops the zone and keeps the instant. -#}
{% macro utc_timestamp(ts) -%} cast({{ ts }} as timestamp) {%- endmacro %}

{% macro unix_micros(ts) -%} {{ adapter.dispatch("unix_micros")(ts) }} {%- endmacro %}
{% macro duckdb__unix_micros(ts) -%} epoch_us({{ ts }}) {%- endmacro %}
{% macro spark__unix_micros(ts) -%} unix_micros({{ ts }}) {%- endmacro %}

{% macro seconds_between(start, end) -%}
    (cast({{ unix_micros(end) }} - {{ unix_micros(start) }} as double) / 1000000)
{%- endmacro %}

{% macro add_seconds(ts, seconds) -%} {{ adapter.dispatch("add_seconds")(ts, seconds) }} {%- endmacro %}
{% macro duckdb__add_seconds(ts, seconds) -%}
    ({{ ts }} + to_microseconds(cast(({{ seconds }}) * cast(1000000 as bigint) as bigint)))
{%- endmacro %}
{% macro spark__add_seconds(ts, seconds) -%}
    timestamp_micros(
        unix_micros({{ ts }}) + {{ nearest_bigint("(" ~ seconds ~ ") * cast(1000000 as bigint)") }}
    )
{%- endmacro %}

{% macro days_between(start, end) -%} {{ adapter.dispatch("days_between")(start, end) }} {%- endmacro %}
{% macro duckdb__days_between(start, end) -%} ({{ end }} - {{ start }}) {%- endmacro %}
{% macro spark__days_between(start, end) -%} cast(datediff({{ end }}, {{ start }}) as bigint) {%- endmacro %}
{% macro add_micros(ts, micros) -%} {{ adapter.dispatch("add_micros")(ts, micros) }} {%- endmacro %}
{% macro duckdb__add_micros(ts, micros) -%} ({{ ts }} + to_microseconds({{ micros }})) {%- endmacro %}
{% macro spark__add_micros(ts, micros) -%}
    timestamp_micros(unix_micros({{ ts }}) + {{ micros }})
{%- endmacro %}

{% macro explode_series(start, end, step) -%}
    {{ adapter.dispatch("explode_series")(start, end, step) }}
{%- endmacro %}
{% macro duckdb__explode_series(start, end, step) -%}
    unnest(generate_series({{ start }}, {{ end }}, interval '{{ step }}'))
{%- endmacro %}
{% macro spark__explode_series(start, end, step) -%}
    explode(
        case when {{ start }} <= {{ end }} then sequence({{ start }}, {{ end }}, interval '{{ step }}') end
    )
{%- endmacro %}

{% macro explode_dates(start, end) -%} {{ adapter.dispatch("explode_dates")(start, end) }} {%- endmacro %}
{% macro duckdb__explode_dates(start, end) -%}
    cast({{ explode_series(start, end, "1 day") }} as date)
{%- endmacro %}
{#- Spark takes what makes rows at the top of a select list only. -#}
{% macro spark__explode_dates(start, end) -%}
    {{ explode_series("cast(" ~ start ~ " as date)", "cast(" ~ end ~ " as date)", "1 day") }}
{%- endmacro %}

{% macro iso_weekday(date) -%} {{ adapter.dispatch("iso_weekday")(date) }} {%- endmacro %}
{% macro duckdb__iso_weekday(date) -%} cast(isodow({{ date }}) as bigint) {%- endmacro %}
{% macro spark__iso_weekday(date) -%} cast(weekday({{ date }}) + 1 as bigint) {%- endmacro %}

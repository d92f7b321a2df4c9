{#
    What behaviour's models need and engines spell differently.

    first_following(value, window)     first value that is not NULL in a window's frame
    nth_following(value, n, window)    the nth such value
    micros_timestamp(micros)           TIMESTAMP of BIGINT microseconds since 1970
    shifted_right(value, bits)         BIGINT without its lowest bits
    sorted_values(values)              array of the values, ascending
    sorted_value(array, n)             its nth value, from 1
    days_since_epoch(date)             BIGINT days since 1970-01-01
    add_months(date, months)           DATE
    json_strings(text)                 the strings of a JSON array, joined with ' > '; NULL for anything else
    row_hash(columns)                  BIGINT below 2^30 to see a change by; another version of an engine may give another
#}
{% macro first_following(value, window) -%}
    {{ return(adapter.dispatch("first_following")(value, window)) }}
{%- endmacro %}
{% macro duckdb__first_following(value, window) -%}
    {{ return("first_value(" ~ value ~ " ignore nulls) " ~ window) }}
{%- endmacro %}
{% macro spark__first_following(value, window) -%}
    {{ return("first_value(" ~ value ~ ") ignore nulls " ~ window) }}
{%- endmacro %}

{% macro nth_following(value, n, window) -%}
    {%- if n == 1 -%} {{ return(first_following(value, window)) }} {%- endif -%}
    {{ return(adapter.dispatch("nth_following")(value, n, window)) }}
{%- endmacro %}
{% macro duckdb__nth_following(value, n, window) -%}
    {{ return("nth_value(" ~ value ~ ", " ~ n ~ " ignore nulls) " ~ window) }}
{%- endmacro %}
{% macro spark__nth_following(value, n, window) -%}
    {{ return("nth_value(" ~ value ~ ", " ~ n ~ ") ignore nulls " ~ window) }}
{%- endmacro %}

{% macro micros_timestamp(micros) -%}
    {{ return(adapter.dispatch("micros_timestamp")(micros)) }}
{%- endmacro %}
{% macro duckdb__micros_timestamp(micros) -%}
    {{ return("make_timestamp(cast(" ~ micros ~ " as bigint))") }}
{%- endmacro %}
{% macro spark__micros_timestamp(micros) -%} {{ return("timestamp_micros(" ~ micros ~ ")") }} {%- endmacro %}

{% macro shifted_right(value, bits) -%}
    {{ return(adapter.dispatch("shifted_right")(value, bits)) }}
{%- endmacro %}
{% macro duckdb__shifted_right(value, bits) -%}
    {{ return("(" ~ value ~ " >> cast(" ~ bits ~ " as bigint))") }}
{%- endmacro %}
{% macro spark__shifted_right(value, bits) -%}
    {{ return("shiftright(" ~ value ~ ", cast(" ~ bits ~ " as int))") }}
{%- endmacro %}

{% macro sorted_values(values) -%} {{ return(adapter.dispatch("sorted_values")(values)) }} {%- endmacro %}
{% macro duckdb__sorted_values(values) -%}
    {{ return("list_sort([" ~ values | join(", ") ~ "])") }}
{%- endmacro %}
{% macro spark__sorted_values(values) -%}
    {{ return("array_sort(array(" ~ values | join(", ") ~ "))") }}
{%- endmacro %}

{% macro sorted_value(array, n) -%} {{ return(adapter.dispatch("sorted_value")(array, n)) }} {%- endmacro %}
{% macro duckdb__sorted_value(array, n) -%}
    {{ return("list_extract(" ~ array ~ ", " ~ n ~ ")") }}
{%- endmacro %}
{% macro spark__sorted_value(array, n) -%}
    {{ return("element_at(" ~ array ~ ", " ~ n ~ ")") }}
{%- endmacro %}

{% macro days_since_epoch(date) -%} {{ return(adapter.dispatch("days_since_epoch")(date)) }} {%- endmacro %}
{% macro duckdb__days_since_epoch(date) -%}
    {{ return("cast(" ~ date ~ " - date '1970-01-01' as bigint)") }}
{%- endmacro %}
{% macro spark__days_since_epoch(date) -%}
    {{ return("cast(datediff(" ~ date ~ ", date '1970-01-01') as bigint)") }}
{%- endmacro %}

{% macro add_days(date, days) -%} {{ return(adapter.dispatch("add_days")(date, days)) }} {%- endmacro %}
{% macro duckdb__add_days(date, days) -%}
    {{ return("(" ~ date ~ " + cast(" ~ days ~ " as integer))") }}
{%- endmacro %}
{% macro spark__add_days(date, days) -%}
    {{ return("date_add(" ~ date ~ ", cast(" ~ days ~ " as int))") }}
{%- endmacro %}

{% macro add_months(date, months) -%}
    {{ return(adapter.dispatch("add_months")(date, months)) }}
{%- endmacro %}
{% macro duckdb__add_months(date, months) -%}
    {{ return("cast(" ~ date ~ " + to_months(cast(" ~ months ~ " as integer)) as date)") }}
{%- endmacro %}
{% macro spark__add_months(date, months) -%}
    {{ return("add_months(" ~ date ~ ", cast(" ~ months ~ " as int))") }}
{%- endmacro %}

{% macro bit_of(place) -%} {{ return(adapter.dispatch("bit_of")(place)) }} {%- endmacro %}
{% macro duckdb__bit_of(place) -%}
    {{ return("(cast(1 as bigint) << cast(" ~ place ~ " as bigint))") }}
{%- endmacro %}
{% macro spark__bit_of(place) -%}
    {{ return("shiftleft(cast(1 as bigint), cast(" ~ place ~ " as int))") }}
{%- endmacro %}

{% macro json_strings(text) -%} {{ return(adapter.dispatch("json_strings")(text)) }} {%- endmacro %}
{% macro duckdb__json_strings(text) -%}
    {{ return("array_to_string(try_cast(try_cast(" ~ text ~ " as json) as varchar[]), ' > ')") }}
{%- endmacro %}
{% macro spark__json_strings(text) -%}
    {{ return("array_join(from_json(" ~ text ~ ", 'array<string>'), ' > ')") }}
{%- endmacro %}

{% macro row_hash(columns) -%} {{ return(adapter.dispatch("row_hash")(columns)) }} {%- endmacro %}
{% macro duckdb__row_hash(columns) -%}
    {{ return("cast(hash(" ~ columns | join(", ") ~ ") % 1073741824 as bigint)") }}
{%- endmacro %}
{% macro spark__row_hash(columns) -%}
    {{ return("pmod(xxhash64(" ~ columns | join(", ") ~ "), 1073741824)") }}
{%- endmacro %}

{% macro kind_before(kind, place, order) -%}
    {{ return(adapter.dispatch("kind_before")(kind, place, order)) }}
{%- endmacro %}
{% macro duckdb__kind_before(kind, place, order) -%}
    {{ return("lag(" ~ kind ~ ", " ~ place ~ " ignore nulls) over (" ~ order ~ ")") }}
{%- endmacro %}
{% macro spark__kind_before(kind, place, order) -%}
    {{ return("lag(" ~ kind ~ ", " ~ place ~ ") ignore nulls over (" ~ order ~ ")") }}
{%- endmacro %}

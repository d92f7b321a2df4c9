{#
    Keys and numbers.

    surrogate_key(columns)      VARCHAR(32): md5 over the columns. Each value carries its length and NULL has a mark
                                of its own, so ('a', 'bc') and ('ab', 'c'), or NULL and '', never meet.
    counting_key(column)        BIGINT for counting distinct values fast: 60 bits of md5, NULL stays NULL. Two of ten
                                million values meet with a chance of 0.00004, and only inside one bucket would it show.
    finite(value)               the DOUBLE; NULL for NaN and the infinities, which poison each sum and mean
    nearest_bigint(value)       BIGINT nearest to a DOUBLE; a half goes to the even neighbour
    joined_texts(text, place)   aggregate: the texts in the order of `place`, joined with ', '; NULL without any
    first_by(value, places)     aggregate: the value, of those that are not NULL, that comes first by the columns `places`
                                and then by itself. One smallest row takes half the memory of min_by, whose states do
                                not spill.
    quantile(expression, q, among)  aggregate: continuous (interpolated) quantile, DOUBLE; NULLs are left out. `among` are all
                                that the select has of the expression: they are found together, in half the time.
    ratio(numerator, denominator)  DOUBLE, NULL where the denominator is 0
#}
{% macro surrogate_key(columns) -%}
    md5(
        concat(
            {%- for column in columns %}
                coalesce(
                    concat(
                        cast(length(cast({{ column }} as string)) as string),
                        ':',
                        cast({{ column }} as string)
                    ),
                    ':'
                )
                {{- "," if not loop.last }}
            {%- endfor %}
        )
    )
{%- endmacro %}

{% macro counting_key(column) -%} {{ adapter.dispatch("counting_key")(column) }} {%- endmacro %}
{% macro duckdb__counting_key(column) -%} cast(md5_number_upper({{ column }}) >> 4 as bigint) {%- endmacro %}
{#- The first eight bytes, the last of them first. -#}
{% macro spark__counting_key(column) -%}
    cast(
        conv(
            concat(
                {% for place in range(15, 2, -2) -%}substr(md5({{ column }}), {{ place }}, 2), {% endfor -%}
                substr(md5({{ column }}), 1, 1)
            ),
            16,
            10
        ) as bigint
    )
{%- endmacro %}

{#- NaN is greater than any number, in both engines. -#}
{% macro finite(value) -%}
    case when abs({{ value }}) <= 1.7976931348623157e308 then {{ value }} end
{%- endmacro %}

{% macro nearest_bigint(value) -%} {{ return(adapter.dispatch("nearest_bigint")(value)) }} {%- endmacro %}
{% macro duckdb__nearest_bigint(value) -%} {{ return("cast(" ~ value ~ " as bigint)") }} {%- endmacro %}
{% macro spark__nearest_bigint(value) -%} {{ return("cast(rint(" ~ value ~ ") as bigint)") }} {%- endmacro %}

{% macro joined_texts(text, place) -%} {{ adapter.dispatch("joined_texts")(text, place) }} {%- endmacro %}
{% macro duckdb__joined_texts(text, place) -%}
    string_agg({{ text }}, ', ' order by {{ place }})
{%- endmacro %}
{% macro spark__joined_texts(text, place) -%}
    listagg({{ text }}, ', ') within group (order by {{ place }})
{%- endmacro %}

{% macro first_by(value, places) -%} {{ adapter.dispatch("first_by")(value, places) }} {%- endmacro %}
{% macro duckdb__first_by(value, places) -%}
    (
        min(
            struct_pack(
                {% for place in places %}p{{ loop.index }} := {{ place }}, {% endfor %} first_value
                := {{ value }}
            )
        ) filter (where {{ value }} is not null)
    ).first_value
{%- endmacro %}
{% macro spark__first_by(value, places) -%}
    (
        min(
            named_struct(
                {% for place in places %}'p{{ loop.index }}', {{ place }}, {% endfor %} 'first_value',
                {{ value }}
            )
        ) filter (where {{ value }} is not null)
    ).first_value
{%- endmacro %}

{#- percentile_cont is common to both engines and interpolates alike. -#}
{% macro quantile(expression, q, among=none) -%}
    {%- if among is none -%} cast(percentile_cont({{ q }}) within group (order by {{ expression }}) as double)
    {%- else -%} cast({{ sorted_value(_quantiles(expression, among), among.index(q) + 1) }} as double)
    {%- endif -%}
{%- endmacro %}

{% macro _quantiles(expression, shares) -%}
    {{ return(adapter.dispatch("_quantiles")(expression, shares)) }}
{%- endmacro %}
{% macro duckdb___quantiles(expression, shares) -%}
    {{ return("quantile_cont(" ~ expression ~ ", [" ~ shares | join(", ") ~ "])") }}
{%- endmacro %}
{% macro spark___quantiles(expression, shares) -%}
    {{ return("percentile(" ~ expression ~ ", array(" ~ shares | join(", ") ~ "))") }}
{%- endmacro %}

{% macro ratio(numerator, denominator) -%}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}

{# A comma-separated list of columns, each with the alias of its relation. #}
{% macro prefixed(columns, alias) -%}
    {{ alias }}.{{ columns.split(", ") | join(", " ~ alias ~ ".") }}
{%- endmacro %}

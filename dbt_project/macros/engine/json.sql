{#
    JSON held as text.

    json_fields(column, fields)        one parse into a struct; fields is a dict name -> SQL type. Read as s.name.
                                       A field that is absent, null or of a type that cannot be cast is NULL;
                                       an object or array read as varchar is its JSON text.
    json_text(column, path)            VARCHAR at a dotted path ('usage.model'), NULL where absent
    json_number(column, path, type)    number at a dotted path (double unless told), NULL where absent or not a number
    json_array_length(column)          BIGINT length of a JSON array
    json_object(pairs)                 JSON text of a dict name -> SQL expression
    json_object_of(name, value)        aggregate: JSON text of an object with a property a row, in the order of the names
    exploded_numbers(relation, keys, column)
                                       subquery: one row an element of the JSON array of numbers in `column`, with the
                                       columns `keys` (a list), position from 1 and value (DOUBLE, NULL for null)
    exploded_texts(relation, keys, column)
                                       subquery: one row a property of the JSON object of texts in `column`, with the
                                       columns `keys`, name and value
#}
{% macro json_fields(column, fields) -%} {{ adapter.dispatch("json_fields")(column, fields) }} {%- endmacro %}
{% macro duckdb__json_fields(column, fields) -%}
    json_transform({{ column }}, '{{ tojson(fields) }}')
{%- endmacro %}
{% macro spark__json_fields(column, fields) -%}
    transform(
        array(from_json({{ column }}, 'struct<{{ spark_json_texts(fields) }}>')),
        f -> {{ spark_json_struct("f", fields) }}
    )[0]
{%- endmacro %}

{#-
    Spark's from_json takes a number that is written as text, or 3.0 for a BIGINT, for nothing: fields are read as text
    and cast.
-#}
{% macro spark_json_texts(fields) -%}
    {%- for name in fields -%} {{ name }}:string {{- "," if not loop.last }} {%- endfor -%}
{%- endmacro %}

{% macro spark_json_struct(texts, fields) -%}
    named_struct(
        {% for name, type in fields.items() %}
            '{{ name }}', {{ spark_json_value(texts ~ "." ~ name, type) }}{{ ", " if not loop.last }}
        {% endfor %}
    )
{%- endmacro %}

{#- `rounding`: DuckDB gives the half of a number to the even neighbour, that of a text to the farther from zero. -#}
{% macro spark_json_value(text, type, rounding="rint") -%}
    {%- if type | lower == "varchar" -%} {{ return(text) }} {%- endif -%}
    {%- if type | lower != "bigint" -%} {{ return("try_cast(" ~ text ~ " as " ~ type ~ ")") }} {%- endif -%}
    {%- set nearest = rounding ~ "(try_cast(" ~ text ~ " as double))" -%}
    {{ return("coalesce(try_cast(" ~ text ~ " as bigint), try_cast(" ~ nearest ~ " as bigint))") }}
{%- endmacro %}

{% macro json_text(column, path) -%} {{ adapter.dispatch("json_text")(column, path) }} {%- endmacro %}
{% macro duckdb__json_text(column, path) -%}
    json_extract_string({{ column }}, '$."{{ path | replace(".", "\".\"") }}"')
{%- endmacro %}
{% macro spark__json_text(column, path) -%} get_json_object({{ column }}, '$.{{ path }}') {%- endmacro %}

{% macro json_number(column, path, type="double") -%}
    {{ adapter.dispatch("json_number")(column, path, type) }}
{%- endmacro %}
{% macro duckdb__json_number(column, path, type) -%}
    try_cast({{ json_text(column, path) }} as {{ type }})
{%- endmacro %}
{% macro spark__json_number(column, path, type) -%}
    {{ spark_json_value(json_text(column, path), type, "round") }}
{%- endmacro %}

{% macro json_array_length(column) -%} {{ adapter.dispatch("json_array_length")(column) }} {%- endmacro %}
{% macro duckdb__json_array_length(column) -%} cast(json_array_length({{ column }}) as bigint) {%- endmacro %}
{% macro spark__json_array_length(column) -%} cast(json_array_length({{ column }}) as bigint) {%- endmacro %}

{% macro json_object(pairs) -%} {{ adapter.dispatch("json_object")(pairs) }} {%- endmacro %}
{% macro duckdb__json_object(pairs) -%}
    cast(
        json_object(
            {% for name, value in pairs.items() %}
                '{{ name }}', {{ value }}{{ ", " if not loop.last }}
            {% endfor %}
        ) as varchar
    )
{%- endmacro %}
{% macro spark__json_object(pairs) -%}
    to_json(
        named_struct(
            {% for name, value in pairs.items() %}
                '{{ name }}', {{ value }}{{ ", " if not loop.last }}
            {% endfor %}
        )
    )
{%- endmacro %}

{% macro json_object_of(name, value) -%} {{ adapter.dispatch("json_object_of")(name, value) }} {%- endmacro %}
{% macro duckdb__json_object_of(name, value) -%}
    cast(
        to_json(
            map_from_entries(
                list(struct_pack(k := cast({{ name }} as varchar), v := {{ value }}) order by {{ name }})
            )
        ) as varchar
    )
{%- endmacro %}
{% macro spark__json_object_of(name, value) -%}
    to_json(map_from_entries(array_sort(collect_list(struct(cast({{ name }} as string), {{ value }})))))
{%- endmacro %}

{% macro exploded_numbers(relation, keys, column) -%}
    {{ adapter.dispatch("exploded_numbers")(relation, keys, column) }}
{%- endmacro %}
{% macro duckdb__exploded_numbers(relation, keys, column) -%}
    (
        select
            {{ keys | join(", ") }},
            unnest(elements) as value,
            cast(generate_subscripts(elements, 1) as bigint) as position
        from
            (
                select {{ keys | join(", ") }}, from_json({{ column }}, '["DOUBLE"]') as elements
                from {{ relation }}
            ) as arrays
    )
{%- endmacro %}
{% macro spark__exploded_numbers(relation, keys, column) -%}
    (
        select
            {{ keys | join(", ") }}, try_cast(text as double) as value, cast(place + 1 as bigint) as position
        from {{ relation }}
        lateral view posexplode(from_json({{ column }}, 'array<string>')) as place, text
    )
{%- endmacro %}

{% macro exploded_texts(relation, keys, column) -%}
    {{ adapter.dispatch("exploded_texts")(relation, keys, column) }}
{%- endmacro %}
{% macro duckdb__exploded_texts(relation, keys, column) -%}
    (
        select {{ keys | join(", ") }}, entry.key as name, entry.value as value
        from
            (
                select
                    {{ keys | join(", ") }},
                    unnest(map_entries(from_json({{ column }}, '"MAP(VARCHAR, VARCHAR)"'))) as entry
                from {{ relation }}
            ) as entries
    )
{%- endmacro %}
{% macro spark__exploded_texts(relation, keys, column) -%}
    (
        select {{ keys | join(", ") }}, name, value
        from {{ relation }}
        lateral view explode(from_json({{ column }}, 'map<string,string>')) as name, value
    )
{%- endmacro %}

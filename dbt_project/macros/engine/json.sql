{#
    JSON held as text.

    json_fields(column, fields)        one parse into a struct; fields is a dict name -> SQL type. Read as s.name.
                                       A field that is absent, null or of a type that cannot be cast is NULL;
                                       an object or array read as varchar is its JSON text.
    json_text(column, path)            VARCHAR at a dotted path ('usage.model'), NULL where absent
    json_number(column, path, type)    number at a dotted path (double unless told), NULL where absent or not a number
    json_array_length(column)          BIGINT length of a JSON array
    json_object(pairs)                 JSON text of a dict name -> SQL expression
#}
{% macro json_fields(column, fields) -%} {{ adapter.dispatch("json_fields")(column, fields) }} {%- endmacro %}
{% macro duckdb__json_fields(column, fields) -%}
    json_transform({{ column }}, '{{ tojson(fields) }}')
{%- endmacro %}
{% macro spark__json_fields(column, fields) -%}
    from_json(
        {{ column }},
        '{% for name, type in fields.items() %}{{ name }} {{ "string" if type | lower == "varchar" else type }}{{ ", " if not loop.last }}{% endfor %}'
    )
{%- endmacro %}

{% macro json_text(column, path) -%} {{ adapter.dispatch("json_text")(column, path) }} {%- endmacro %}
{% macro duckdb__json_text(column, path) -%}
    json_extract_string({{ column }}, '$."{{ path | replace(".", "\".\"") }}"')
{%- endmacro %}
{% macro spark__json_text(column, path) -%} get_json_object({{ column }}, '$.{{ path }}') {%- endmacro %}

{% macro json_number(column, path, type="double") -%}
    try_cast({{ json_text(column, path) }} as {{ type }})
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

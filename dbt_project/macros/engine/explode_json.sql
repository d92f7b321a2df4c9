{#
    explode_json(column, fields)    in a select list: one row an object of a JSON array, as a struct; fields is a dict
                                    name -> SQL type, as for json_fields
    explode_json_list(column)       in a select list: one row a text of a JSON array of texts
#}
{% macro explode_json(column, fields) -%}
    {{ adapter.dispatch("explode_json")(column, fields) }}
{%- endmacro %}
{% macro duckdb__explode_json(column, fields) -%}
    unnest(from_json({{ column }}, '[{{ tojson(fields) }}]'))
{%- endmacro %}
{% macro spark__explode_json(column, fields) -%}
    explode(
        transform(
            from_json({{ column }}, 'array<struct<{{ spark_json_texts(fields) }}>>'),
            f -> {{ spark_json_struct("f", fields) }}
        )
    )
{%- endmacro %}

{% macro explode_json_list(column) -%} {{ adapter.dispatch("explode_json_list")(column) }} {%- endmacro %}
{% macro duckdb__explode_json_list(column) -%} unnest(from_json({{ column }}, '["VARCHAR"]')) {%- endmacro %}
{% macro spark__explode_json_list(column) -%}
    explode(from_json({{ column }}, 'array<string>'))
{%- endmacro %}

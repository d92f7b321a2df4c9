{# BIGINT literal for tests: the highest batch_id of a relation, 0 where it is empty. #}
{% macro newest_batch_literal(relation) -%}
    {%- if not execute -%} {{ return("0") }} {%- endif -%}
    {{ return(_scalar("select coalesce(max(batch_id), 0) from " ~ relation) | string) }}
{%- endmacro %}

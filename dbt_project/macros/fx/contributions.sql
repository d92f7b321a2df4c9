{% macro loaded_source__fx() -%}
    {{ return({"rates": "stg_fx__rates", "collections": "stg_fx__collections"}) }}
{%- endmacro %}

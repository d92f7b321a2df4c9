{% macro loaded_source__fx() -%} {{ return({"rates": "stg_fx__rates"}) }} {%- endmacro %}

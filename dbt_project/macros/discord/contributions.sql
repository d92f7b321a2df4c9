{% macro loaded_source__discord() -%}
    {{ return({"messages": "stg_discord__messages", "collections": "stg_discord__collections"}) }}
{%- endmacro %}

{#
    Applies DUCKDB_MEMORY_LIMIT (for example 1GB) and DUCKDB_THREADS (for example 2) where they are set.
    Unset, the engine's own defaults stay. Runs once at the start of each command.
#}
{% macro engine_settings() -%}
    {{ return(adapter.dispatch("engine_settings")()) }}
{%- endmacro %}

{% macro duckdb__engine_settings() -%}
    {%- set memory_limit = env_var("DUCKDB_MEMORY_LIMIT", "") -%}
    {%- set threads = env_var("DUCKDB_THREADS", "") -%}
    {%- if memory_limit %}set memory_limit = '{{ memory_limit | replace("'", "''") }}'; {% endif -%}
    {%- if threads %}set threads = {{ threads | int }}; {% endif -%}
{%- endmacro %}

{% macro spark__engine_settings() -%}{%- endmacro %}

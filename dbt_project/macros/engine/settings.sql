{#
    Applies DUCKDB_MEMORY_LIMIT (for example 1GB) and DUCKDB_THREADS (for example 2) where they are set.
    Unset, the engine's own defaults stay. Runs once at the start of each command.
#}
{% macro engine_settings() -%} {{ return(adapter.dispatch("engine_settings")()) }} {%- endmacro %}

{% macro duckdb__engine_settings() -%}
    {%- set memory_limit = env_var("DUCKDB_MEMORY_LIMIT", "") -%}
    {%- set threads = env_var("DUCKDB_THREADS", "") -%}
    {%- if memory_limit and not modules.re.match("^[0-9.]+ ?[KMGT]i?B$", memory_limit) -%}
        {{
            exceptions.raise_compiler_error(
                "DUCKDB_MEMORY_LIMIT: '" ~ memory_limit ~ "' is not a size such as 4GB"
            )
        }}
    {%- endif -%}
    {%- if threads and not modules.re.match("^[1-9][0-9]*$", threads) -%}
        {{ exceptions.raise_compiler_error("DUCKDB_THREADS: '" ~ threads ~ "' is not a number such as 4") }}
    {%- endif -%}
    {%- if memory_limit %}
        set memory_limit = '{{ memory_limit }}'
        ;
    {% endif -%}
    {%- if threads %}
        set threads = {{ threads }}
        ;
    {% endif -%}
{%- endmacro %}

{% macro spark__engine_settings() -%} {%- endmacro %}

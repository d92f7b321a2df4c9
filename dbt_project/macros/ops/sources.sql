{#
    What ops needs to know of each source.

    loaded_sources()            source -> {raw data table: its staging model, which has load_id}; each source gives
                                its own with a macro loaded_source__<source>
    union_sources(table, columns, names)
                                select over raw_<source>.<table> of all sources, or of those named, with a column source
    collected_sources()         the sources that ask a platform: those with a raw table collections
#}
{% macro loaded_sources() -%} {{ return(contributions("loaded_source")) }} {%- endmacro %}

{% macro union_sources(table, columns, names=none) -%}
    {%- for name in names or loaded_sources() %}
        select '{{ name }}' as source, {{ columns | join(", ") }}
        from {{ source("raw_" ~ name, table) }} {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{%- macro collected_sources() -%}
    {%- set names = [] -%}
    {%- for name, tables in loaded_sources().items() if "collections" in tables -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- One row a table of the warehouse: table_schema, table_name, row_count, column_count. -#}
{% macro table_sizes() -%} {{ adapter.dispatch("table_sizes")() }} {%- endmacro %}
{% macro duckdb__table_sizes() -%}
    (
        select
            schema_name as table_schema,
            table_name,
            cast(estimated_size as bigint) as row_count,
            cast(column_count as bigint) as column_count
        from duckdb_tables()
        where
            database_name = current_database()
            and not temporary
            and not contains(schema_name, '_dlt')
            and not starts_with(table_name, '_dlt')
    )
{%- endmacro %}
{% macro spark__table_sizes() -%}
    (
        select
            cast(null as string) as table_schema,
            cast(null as string) as table_name,
            cast(null as bigint) as row_count,
            cast(null as bigint) as column_count
        where false
    )
{%- endmacro %}

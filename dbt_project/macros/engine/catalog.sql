{#- One row a table of the warehouse: table_schema, table_name, row_count, column_count; none on Spark. -#}
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

select table_schema, table_name, row_count, column_count from {{ table_sizes() }} as sizes

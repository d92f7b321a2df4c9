{#- What dbt calls to write descriptions down, in one statement: its own form asks twice for the columns of a relation and
   takes a twentieth of a build. A described column that is not there fails the model. -#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) %}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- for column in model.columns.values() -%}
            {%- set name = adapter.quote(column.name) if column.quote else column.name -%}
            {%- set text = string_literal(escape_single_quotes(column.description)) -%}
            {%- do comments.append("comment on column " ~ relation ~ "." ~ name ~ " is " ~ text ~ ";") -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if comments -%} {%- do run_query(comments | join("\n")) -%} {%- endif -%}
{% endmacro %}

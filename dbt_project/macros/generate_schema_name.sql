{#
    Schemas have the same names in every environment: analysts write `social.agg_events_daily`. A mart's schema is its
    folder, models/marts/<domain>/; other layers have one schema each, which dbt_project.yml names.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name -%} {{ custom_schema_name | trim }}
    {%- elif node.resource_type == "model" and node.fqn[1] == "marts" -%} {{ node.fqn[2] }}
    {%- else -%} {{ target.schema }}
    {%- endif -%}
{%- endmacro %}

{#
    next_shared_batch_id()
        BIGINT literal for a staging model: 1 + the highest batch_id in any staging table. A model may stand on several
        staging models that number their batches so: what one of them takes in has a higher number than anything that
        the model has seen of the others.
#}
{% macro next_shared_batch_id() -%}
    {{- remember_rebuild() -}}
    {%- set queries = [] -%}
    {%- if execute -%}
        {%- for model in graph.nodes.values() if model.config.schema == "staging" and model.config.materialized == "incremental" -%}
            {%- set table = adapter.get_relation(model.database, model.schema, model.alias) -%}
            {%- if table -%}
                {%- do queries.append("select max(batch_id) as batch_id from " ~ table) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if not queries -%} {{ return("cast(1 as bigint)") }} {%- endif -%}
    {%- set newest = "select max(batch_id) from (" ~ queries | join(" union all ") ~ ") as newest" -%}
    {{ return("cast(" ~ ((_scalar(newest) or 0) | int + 1) ~ " as bigint)") }}
{%- endmacro %}

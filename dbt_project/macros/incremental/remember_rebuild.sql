{#
    Notes in raw_ops.rebuilds, before it happens, that an incremental model is built anew. Whoever looks at new batches
    only (publication, audits) then looks at the whole table again: its old batches may hold other rows than before.
#}
{% macro remember_rebuild() -%}
    {%- if execute and flags.WHICH in [
        "build",
        "run",
    ] and model.resource_type == "model" and not is_incremental() -%}
        {%- set rebuilds = load_relation(
            api.Relation.create(database=this.database, schema="raw_ops", identifier="rebuilds")
        ) -%}
        {%- if rebuilds is not none -%}
            {%- do run_query(
                "insert into "
                ~ rebuilds
                ~ " values ('"
                ~ this.schema
                ~ "."
                ~ this.identifier
                ~ "', cast(current_timestamp as timestamp))"
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#
    For on-run-start: takes back, before a model or seed is touched, the record that the last build was complete
    (orchestration/dbt_inputs.py). So a build that fails, that takes in a part, or that somebody starts by hand is
    followed by a whole one. Commits by itself: dbt rolls back what a hook leaves open.
#}
{% macro forget_build() -%}
    {%- if execute and flags.WHICH in ["build", "run", "seed", "snapshot", "clone"] -%}
        {%- set settings = load_relation(
            api.Relation.create(
                database=target.get("database"), schema="raw_ops", identifier="build_settings"
            )
        ) -%}
        {%- if settings is not none -%}
            {%- call statement("forget_build", auto_begin=true) -%}
                update {{ settings }} set value = '' where domain = 'models' and name = 'built'
            {%- endcall -%}
            {%- do adapter.commit() -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

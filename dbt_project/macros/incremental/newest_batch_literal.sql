{#
    BIGINT literal for tests: the highest batch_id of a relation, 0 where it is empty. Older rows were tested when they
    came in. DBT_TEST_ALL_ROWS=true gives 0: what did not pass then is tested again until it does.
#}
{% macro newest_batch_literal(relation) -%}
    {%- if not execute or env_var("DBT_TEST_ALL_ROWS", "false") == "true" -%} {{ return("0") }} {%- endif -%}
    {{ return(_scalar("select coalesce(max(batch_id), 0) from " ~ relation) | string) }}
{%- endmacro %}

{#
    For tests: subquery like new_raw_rows' of the loads that arrived since the rows of batch `newest` of a staging
    model, and of those that it holds nothing of.
#}
{% macro raw_rows_of_recent_loads(source_name, table, staged, newest) -%}
    {%- set loads = source(source_name, "_dlt_loads") -%}
    {%- set ids = [] -%}
    {%- if execute -%}
        {%- set recent %}
            select load_id
            from {{ loads }}
            where
                status = 0
                and (
                    {{ utc_timestamp("inserted_at") }} >= (
                        select coalesce(min(s.loaded_at), timestamp '1970-01-01 00:00:00')
                        from {{ staged }} as s
                        where s.batch_id >= {{ newest }}
                    )
                    or load_id not in (select distinct s.load_id from {{ staged }} as s)
                )
            order by load_id
        {% endset -%}
        {%- set ids = run_query(recent).columns[0].values() -%}
    {%- endif -%}
    (
        select
            r.event_id,
            r._dlt_load_id as load_id,
            r.file_id,
            r.line_number,
            {{ utc_timestamp("l.inserted_at") }} as loaded_at
        from {{ source(source_name, table) }} as r
        inner join {{ loads }} as l on r._dlt_load_id = l.load_id
        where {% if ids %} r._dlt_load_id in ('{{ ids | join("', '") }}') {% else %} false {% endif %}
    )
{%- endmacro %}

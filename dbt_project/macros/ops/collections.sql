{#
    collection_states(source_name)    select of a staging model: one row a state of a collection of the source
#}
{% macro collection_states(source_name) -%}
    {%- set columns = [
        "collection_id",
        "resource",
        "account_id",
        "status",
        "started_at",
        "ended_at",
        "requests",
        "retries",
        "rows",
        "points",
        "error",
        "recorded_at",
    ] %}
    select
        collection_id,
        resource,
        account_id,
        status,
        started_at,
        ended_at,
        requests as request_count,
        retries as retry_count,
        rows as row_count,
        points as point_count,
        error,
        recorded_at,
        load_id,
        file_id,
        line_number,
        loaded_at
    from {{ new_raw_rows(source_name, "collections", columns) }} as a
    qualify
        row_number() over (
            partition by a.collection_id, a.status, a.recorded_at
            order by a.loaded_at, a.load_id, a.file_id, a.line_number
        )
        = 1
{%- endmacro %}

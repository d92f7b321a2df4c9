-- One row per load and data table: rows in raw, and rows that staging kept as first arrivals.
{%- for name, resources in loaded_sources().items() %}
    {%- for resource, staged in resources.items() %}
        select
            '{{ name }}' as source,
            '{{ resource }}' as resource,
            r.load_id,
            r.raw_row_count,
            coalesce(s.staged_row_count, 0) as staged_row_count
        from
            (
                select _dlt_load_id as load_id, count(*) as raw_row_count
                from {{ source("raw_" ~ name, resource) }}
                group by _dlt_load_id
            ) as r
        left join
            (select load_id, count(*) as staged_row_count from {{ ref(staged) }} group by load_id) as s
            on s.load_id = r.load_id
            {{ "union all" if not loop.last }}
        {%- endfor %} {{ "union all" if not loop.last }}
{%- endfor %}

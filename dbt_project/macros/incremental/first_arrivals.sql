{#
    first_arrivals(source_name, table, columns, key, batch=none)
        Subquery for an appending staging model: the rows of new loads, of those with the same values in the list `key`
        the first arrival. Has the listed columns, load_id, file_id, line_number, loaded_at, displaced_batch_id and
        batch_id: see arrival.sql. `batch` is the batch's number where it is not next_batch_id(). The model deletes displaced rows in its post_hook:
        delete_displaced('(one, two)').
    first_wide_arrivals(arrivals, columns, key, batch_id)
        The same of wide rows, most of which come once: `arrivals` is a subquery such as new_raw_rows gives, `key` one
        column. Only keys that occur twice are sorted; the many others stream through.
#}
{% macro first_arrivals(source_name, table, columns, key, batch=none) -%}
    {%- set arrivals = new_raw_rows(source_name, table, columns) -%}
    {%- set batch_id = batch or next_batch_id() -%}
    {%- set same = [] -%}
    {%- for column in key -%} {%- do same.append("known." ~ column ~ " = first." ~ column) -%} {%- endfor -%}
    (
        select
            first.*,
            {% if is_incremental() %}
                case when known.batch_id is not null then {{ batch_id }} end as displaced_batch_id,
            {% else %} cast(null as bigint) as displaced_batch_id,
            {% endif %}
            {{ batch_id }} as batch_id
        from
            (
                select a.*
                from {{ arrivals }} as a
                qualify
                    row_number() over (
                        partition by {{ prefixed(key | join(", "), "a") }}
                        order by a.loaded_at, a.load_id, a.file_id, a.line_number
                    )
                    = 1
            ) as first
        {% if is_incremental() %}
            -- Only the old rows that new ones repeat: a join with the whole history would not fit a small
            -- memory.
            left join
                (
                    select {{ key | join(", ") }}, load_id, file_id, line_number, loaded_at, batch_id
                    from {{ this }}
                    where
                        ({{ key | join(", ") }})
                        in (select {{ prefixed(key | join(", "), "a") }} from {{ arrivals }} as a)
                ) as known
                on {{ same | join(" and ") }}
            where known.batch_id is null or {{ arrived_before("first", "known") }}
        {% endif %}
    )
{%- endmacro %}

{% macro first_wide_arrivals(arrivals, columns, key, batch_id) -%}
    {%- set listed = columns | join(", ") ~ ", load_id, file_id, line_number, loaded_at" -%}
    (
        with
            -- `arrivals` is inlined, and no CTE: engines materialise a CTE that is read twice.
            repeated as (
                select a.{{ key }} from {{ arrivals }} as a group by a.{{ key }} having count(*) > 1
            ),
            arrived as (
                select {{ listed }}
                from {{ arrivals }} as a
                where not exists (select 1 from repeated as r where r.{{ key }} = a.{{ key }})
                union all
                select {{ listed }}
                from
                    (
                        select
                            a.*,
                            row_number() over (
                                partition by a.{{ key }}
                                order by a.loaded_at, a.load_id, a.file_id, a.line_number
                            ) as arrival_number
                        from {{ arrivals }} as a
                        where a.{{ key }} in (select r.{{ key }} from repeated as r)
                    ) as ranked
                where arrival_number = 1
            )
            {% if is_incremental() %}
                ,
                -- Only the old rows that new ones repeat, as above.
                known as (
                    select {{ key }}, load_id, file_id, line_number, loaded_at
                    from {{ this }}
                    where {{ key }} in (select a.{{ key }} from {{ arrivals }} as a)
                )
            {% endif %}
        select
            first.*,
            {% if is_incremental() %}
                case when known.{{ key }} is not null then {{ batch_id }} end as displaced_batch_id,
            {% else %} cast(null as bigint) as displaced_batch_id,
            {% endif %}
            {{ batch_id }} as batch_id
        from arrived as first
        {% if is_incremental() %}
            left join known on known.{{ key }} = first.{{ key }}
            where known.{{ key }} is null or {{ arrived_before("first", "known") }}
        {% endif %}
    )
{%- endmacro %}

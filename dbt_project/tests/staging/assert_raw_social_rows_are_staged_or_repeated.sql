-- Guards against a raw row that is neither staged nor the repeat of one that arrived before: a lost event, or
-- a repeat that pushed out the first arrival. Looks at loads since the newest batch and at those never
-- staged.
-- Nearly all of these rows were staged last, so the others alone are looked for in the whole history.
{{ config(meta={"dagster": {"ref": {"name": "stg_social__events"}}}) }}
{%- set staged = ref("stg_social__events") %}
{%- set newest = newest_batch_literal(staged) %}
{%- set raw_rows = raw_rows_of_recent_loads("raw_social", "events", staged, newest) %}
select r.event_id, r.load_id, r.file_id, r.line_number
from
    (
        select a.event_id, a.load_id, a.file_id, a.line_number, a.loaded_at
        from {{ raw_rows }} as a
        where
            not exists (
                select 1
                from {{ staged }} as s
                where
                    s.batch_id >= {{ newest }}
                    and s.event_id = a.event_id
                    and not {{ arrived_before("a", "s") }}
            )
    ) as r
where
    not exists (
        select 1 from {{ staged }} as s where s.event_id = r.event_id and not {{ arrived_before("r", "s") }}
    )

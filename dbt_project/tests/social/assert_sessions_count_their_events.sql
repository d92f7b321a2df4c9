-- Guards against sessions whose counts or span no longer fit their events after late rows joined, moved or
-- cut them.
-- Looks at the sessions of the newest batch, which are the ones that moved.
{{ config(meta={"dagster": {"ref": {"name": "fct_sessions"}}}) }}
{%- set newest = newest_batch_literal(ref("fct_sessions")) %}
select s.session_key, s.event_count, e.event_count as found_count
from {{ ref("fct_sessions") }} as s
left join
    (
        select
            session_key, count(*) as event_count, min(occurred_at) as started_at, max(occurred_at) as ended_at
        from {{ ref("fct_events") }}
        where
            session_key
            in (select n.session_key from {{ ref("fct_sessions") }} as n where n.batch_id >= {{ newest }})
        group by session_key
    ) as e
    on e.session_key = s.session_key
where
    s.batch_id >= {{ newest }}
    and (
        s.event_count is distinct from e.event_count
        or s.started_at is distinct from e.started_at
        or s.ended_at is distinct from e.ended_at
    )

-- Guards against events lost or doubled between staging and facts, as by a session join that meets two
-- sessions.
{{ config(meta={"dagster": {"ref": {"name": "fct_events"}}}) }}
select staged.event_count, facts.event_count as fact_count, facts.distinct_count
from (select count(*) as event_count from {{ ref("stg_social__events") }}) as staged
cross join
    (
        select
            count(*) as event_count,
            count(*) filter (where session_key is null)
            + (select coalesce(sum(event_count), 0) from {{ ref("fct_sessions") }}) as distinct_count
        from {{ ref("fct_events") }}
    ) as facts
where staged.event_count <> facts.event_count or facts.event_count <> facts.distinct_count

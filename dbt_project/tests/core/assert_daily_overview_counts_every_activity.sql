-- Guards against an overview, made from daily marts where facts are many, that counts other activities than
-- the spine.
{{ config(meta={"dagster": {"ref": {"name": "agg_domains_daily"}}}) }}
select
    coalesce(d.domain, a.domain) as domain, coalesce(d.kind, a.kind) as kind, d.activity_count, a.spine_count
from
    (
        select domain, kind, cast(sum(activity_count) as bigint) as activity_count
        from {{ ref("agg_domains_daily") }}
        group by domain, kind
    ) as d
full outer join
    (select domain, kind, count(*) as spine_count from {{ ref("fct_activity") }} group by domain, kind) as a
    on a.domain = d.domain
    and a.kind = d.kind
where d.activity_count is distinct from a.spine_count

-- How each platform's resources are collected, and the newest problem of each.
with
    problems as (
        select source, resource, account_id, error
        from ops.fct_collections
        where status in ('failed', 'partial') and error is not null
        qualify
            row_number() over (partition by source, resource order by started_at desc, collection_id desc) = 1
    )

select
    h.source,
    h.resource,
    h.account_count,
    h.healthy_account_count,
    h.failing_account_count,
    h.healthy_ratio,
    h.last_success_at,
    h.week_collection_count,
    h.week_request_count,
    h.week_retry_count,
    h.week_point_count,
    h.week_row_count,
    coalesce(p.account_id || ': ', '') || p.error as last_problem
from ops.agg_collection_health as h
left join problems as p on p.source = h.source and p.resource = h.resource
order by h.source, h.resource

select
    {{ surrogate_key(["source", "resource", "account_id"]) }} as account_key,
    source,
    resource,
    account_id,
    count(*) as collection_count,
    count(*) filter (where status = 'succeeded') as success_count,
    count(*) filter (where status = 'partial') as partial_count,
    count(*) filter (where status = 'failed') as failure_count,
    max(started_at) as last_started_at,
    max_by(status, (started_at, collection_id)) as last_status,
    max_by(error, (started_at, collection_id)) filter (where error is not null) as last_error,
    max(started_at) filter (where status = 'succeeded') as last_success_at,
    count(*) filter (
        where
            started_at > coalesce(last_good_at, timestamp '1970-01-01 00:00:00')
            and status in ('failed', 'partial')
    ) as failures_since_success,
    max(loaded_at) as loaded_at
from
    (
        select
            *,
            max(case when status = 'succeeded' then started_at end) over (
                partition by source, resource, account_id
            ) as last_good_at
        from {{ ref("fct_collections") }}
    ) as collections
group by source, resource, account_id

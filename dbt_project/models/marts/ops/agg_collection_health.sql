-- Health is judged on each account's newest collection, so that one bad night does not stay red for ever,
-- and on accounts that are still asked for: one that was taken out of the settings is not ill.
with
    accounts as (
        select
            source,
            resource,
            count(*) filter (where is_asked) as account_count,
            count(*) filter (where is_asked and last_status = 'succeeded') as healthy_account_count,
            count(*) filter (where is_asked and last_status = 'failed') as failing_account_count,
            max(last_success_at) as last_success_at,
            max(failures_since_success) filter (where is_asked) as most_failures_since_success
        from
            (
                select
                    *,
                    last_started_at
                    > {{ add_seconds("max(last_started_at) over (partition by source, resource)", -604800) }}
                    as is_asked
                from {{ ref("agg_collection_accounts") }}
            ) as asked
        group by source, resource
    ),
    newest as (select max(started_at) as started_at from {{ ref("fct_collections") }}),
    week as (
        select
            c.source,
            c.resource,
            count(*) as week_collection_count,
            count(*) filter (where c.status = 'succeeded') as week_success_count,
            cast(sum(c.request_count) as bigint) as week_request_count,
            cast(sum(c.retry_count) as bigint) as week_retry_count,
            cast(sum(c.point_count) as bigint) as week_point_count,
            cast(sum(c.row_count) as bigint) as week_row_count,
            max(c.loaded_at) as loaded_at
        from {{ ref("fct_collections") }} as c
        inner join newest as n on c.started_at > {{ add_seconds("n.started_at", -604800) }}
        group by c.source, c.resource
    )

select
    a.source,
    a.resource,
    a.account_count,
    a.healthy_account_count,
    a.failing_account_count,
    {{ ratio("a.healthy_account_count", "a.account_count") }} as healthy_ratio,
    a.last_success_at,
    a.most_failures_since_success,
    coalesce(w.week_collection_count, 0) as week_collection_count,
    {{ ratio("w.week_success_count", "w.week_collection_count") }} as week_success_ratio,
    coalesce(w.week_request_count, 0) as week_request_count,
    coalesce(w.week_retry_count, 0) as week_retry_count,
    coalesce(w.week_point_count, 0) as week_point_count,
    coalesce(w.week_row_count, 0) as week_row_count,
    w.loaded_at
from accounts as a
left join week as w on w.source = a.source and w.resource = a.resource

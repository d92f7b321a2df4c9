-- Guards against an hour, date, currency or period that was not recomputed when late rows reached it: for
-- each date every aggregate's events must add up to the facts.
{{ config(meta={"dagster": {"ref": {"name": "agg_events_daily"}}}) }}
with
    facts as (
        select
            event_date,
            count(*) as event_count,
            count(*) filter (where event_type = 'purchase') as purchase_count,
            sum(amount) filter (where event_type = 'purchase') as revenue_amount,
            count(*) filter (
                where event_type = 'view' and content_type is not null and content_id is not null
            ) as view_count
        from {{ ref("fct_events") }}
        group by event_date
    ),
    checks as (
        select 'hourly' as aggregate, event_date, sum(event_count) as total
        from {{ ref("agg_events_hourly") }}
        group by event_date
        union all
        select 'daily' as aggregate, event_date, sum(event_count) as total
        from {{ ref("agg_events_daily") }}
        group by event_date
        union all
        select 'activity' as aggregate, event_date, event_count as total
        from {{ ref("agg_activity_daily") }}
        union all
        select 'schema_versions' as aggregate, event_date, sum(event_count) as total
        from {{ ref("agg_schema_versions_daily") }}
        group by event_date
    )

select checks.aggregate, facts.event_date, facts.event_count, checks.total
from facts
full outer join checks on checks.event_date = facts.event_date
where facts.event_count is distinct from checks.total
union all
select 'revenue' as aggregate, facts.event_date, facts.purchase_count, r.total
from facts
left join
    (
        select event_date, sum(purchase_count) as total, sum(revenue_amount) as revenue_amount
        from {{ ref("agg_revenue_daily") }}
        group by event_date
    ) as r
    on r.event_date = facts.event_date
where facts.purchase_count <> coalesce(r.total, 0) or facts.revenue_amount is distinct from r.revenue_amount
union all
select 'content' as aggregate, facts.event_date, facts.view_count, c.total
from facts
left join
    (select event_date, sum(view_count) as total from {{ ref("agg_content_daily") }} group by event_date) as c
    on c.event_date = facts.event_date
where facts.view_count <> coalesce(c.total, 0)
union all
select
    p.timeframe as aggregate,
    min(p.period_date),
    (select count(*) from {{ ref("fct_events") }}),
    sum(p.event_count)
from {{ ref("agg_events_period") }} as p
group by p.timeframe
having sum(p.event_count) <> (select count(*) from {{ ref("fct_events") }})

with
    daily as (
        select event_date, coalesce(schema_version, 'not stated') as schema_version, event_count
        from social.agg_schema_versions_daily
        where event_date between $month_from and $through_date
    ),
    ranked as (
        select schema_version, row_number() over (order by sum(event_count) desc, schema_version) as place
        from daily
        group by schema_version
    ),
    grouped as (
        select
            event_date,
            case when place <= 6 then schema_version else 'other versions' end as schema_version,
            sum(event_count) as event_count,
            least(min(place), 7) as place
        from daily
        join ranked using (schema_version)
        group by all
    )
select
    event_date,
    schema_version,
    event_count,
    event_count / nullif(sum(event_count) over (partition by event_date), 0) as event_share_ratio,
    place
from grouped
order by event_date, place

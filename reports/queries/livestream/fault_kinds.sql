with
    grouped as (
        select
            kind,
            coalesce(error_type, '') as error_type,
            coalesce(component, '') as component,
            count(*) as fault_count,
            count(distinct session_id) as session_count,
            max(happened_at) as last_at
        from livestream.fct_faults
        where fault_date between $month_from and $through_date
        group by all
    )
select
    *,
    fault_count / sum(fault_count) over (partition by kind) as share_ratio,
    count(*) over () as group_total
from grouped
order by fault_count desc, kind, error_type, component
limit 15

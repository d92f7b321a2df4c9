with
    newest as (
        select tool, severity, status, checked_at
        from ops.fct_check_results
        qualify
            row_number() over (
                partition by tool, suite, check_name, table_name order by checked_at desc, run_id desc
            )
            = 1
    )
select
    tool,
    count(*) as check_count,
    count(*) filter (where status = 'passed') as passed_count,
    count(*) filter (where status <> 'passed' and severity = 'warning') as warned_count,
    count(*) filter (where status <> 'passed' and severity <> 'warning') as failed_count,
    max(checked_at) as checked_at
from newest
group by tool
order by tool

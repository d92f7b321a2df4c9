select
    tool,
    count(*) as check_count,
    count(*) filter (where status = 'passed') as passed_count,
    count(*) filter (where status <> 'passed' and severity = 'warning') as warned_count,
    count(*) filter (where status <> 'passed' and severity <> 'warning') as failed_count,
    max(checked_at) as checked_at
from ops.fct_check_results
where is_current and not (tool = 'dbt' and check_name = 'completed' and status = 'passed')
group by tool
order by tool

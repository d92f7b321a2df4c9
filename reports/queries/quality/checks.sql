-- A failure that was mended since is history, and so is a check that is no more. That dbt came to its end is told beside
-- its tests and is none of them; of the other suites it is a check.
select tool, suite, check_name, table_name, severity, status, observed, expected, checked_at
from ops.fct_check_results
where is_current and not (tool = 'dbt' and check_name = 'completed' and status = 'passed')
order by
    case when status = 'passed' then 3 when severity = 'critical' then 1 else 2 end,
    tool,
    suite,
    check_name,
    table_name

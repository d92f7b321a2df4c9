-- The newest result of each check: an older failure that was mended since is history.
select tool, suite, check_name, table_name, severity, status, observed, expected, checked_at
from ops.fct_check_results
qualify
    row_number() over (partition by tool, suite, check_name, table_name order by checked_at desc, run_id desc)
    = 1
order by
    case when status = 'passed' then 3 when severity = 'critical' then 1 else 2 end,
    tool,
    suite,
    check_name,
    table_name

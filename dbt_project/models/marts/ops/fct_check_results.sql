select
    {{ surrogate_key(["run_id", "tool", "suite", "check_name", "table_name", "checked_at"]) }}
    as check_result_key,
    run_id,
    tool,
    suite,
    check_name,
    table_name,
    severity,
    status,
    -- a check that crashed counts as failed
    status <> 'passed' as is_failed,
    -- what was made before its suite was last executed in full is of a check that is no more
    checked_at >= coalesce(
        max(case when check_name = 'completed' then checked_at end) over (partition by tool, suite),
        checked_at
    )
    and row_number() over (
        partition by tool, suite, check_name, table_name order by checked_at desc, run_id desc
    )
    = 1 as is_current,
    observed,
    expected,
    checked_at,
    checked_at as loaded_at
from {{ ref("stg_ops__check_results") }}

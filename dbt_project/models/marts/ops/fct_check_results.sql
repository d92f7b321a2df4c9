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
    observed,
    expected,
    checked_at,
    checked_at as loaded_at
from {{ ref("stg_ops__check_results") }}

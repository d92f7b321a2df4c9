select
    started_at,
    ended_at,
    job,
    status,
    run_id,
    rows_loaded,
    rows_rejected,
    models_built,
    checks_passed,
    checks_warned,
    checks_failed
from ops.fct_runs
order by started_at desc, run_id
limit 10

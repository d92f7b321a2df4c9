select
    run_id,
    job,
    status,
    started_at,
    ended_at,
    sources_loaded,
    rows_loaded,
    rows_rejected,
    models_built,
    checks_passed,
    checks_warned,
    checks_failed
from {{ source("raw_ops", "runs") }}

select
    run_id,
    job,
    status,
    started_at,
    ended_at,
    {{ seconds_between("started_at", "ended_at") }} as duration_seconds,
    sources_loaded,
    rows_loaded,
    rows_rejected,
    models_built,
    checks_passed,
    checks_warned,
    checks_failed,
    coalesce(ended_at, started_at) as loaded_at
from {{ ref("stg_ops__runs") }}

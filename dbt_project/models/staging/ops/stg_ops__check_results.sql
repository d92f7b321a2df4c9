select run_id, tool, suite, check_name, table_name, severity, status, observed, expected, checked_at
from {{ source("raw_ops", "check_results") }}

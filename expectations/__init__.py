"""Audits of raw tables and marts with Great Expectations, as SQL inside DuckDB.

`list_checks` tells what is checked without importing Great Expectations; `run_suites` checks it.
"""

from expectations.declaration import CheckResult, DeclaredCheck, Mark, Severity, Stage, Standing, Status
from expectations.runner import Audit, run_suites
from expectations.suites import STAGES, list_checks

__all__ = [
    "STAGES",
    "Audit",
    "CheckResult",
    "DeclaredCheck",
    "Mark",
    "Severity",
    "Stage",
    "Standing",
    "Status",
    "list_checks",
    "run_suites",
]

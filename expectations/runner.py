"""Runs the suites of a stage against a database file and returns one result a check.

A missing table or a broken check is an `errored` result, which counts as failed, never an exception.
Does not belong here: where results are stored (orchestration) and what is checked (suites/).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from expectations.declaration import Check, CheckResult, Scope, Stage
from expectations.suites import checks_of

if TYPE_CHECKING:
    from expectations.validation import Auditor

Progress = Callable[[str], None]
Audit = Literal["new", "all"]
_Passes = dict[tuple[str, str], datetime]


def run_suites(
    database: Path,
    *,
    stage: Stage,
    suites: Collection[str] | None = None,
    audit: Audit = "new",
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_directory: Path | None = None,
    progress: Progress | None = None,
) -> list[CheckResult]:
    """Validate `database`, opened read-only, with the suites of `stage`.

    Close every other connection of this process to the file first, and hold the writer lock.

    Args:
        database: the build file.
        suites: names of suites to run; None is all of the stage.
        audit: `new` lets checks of scope `new` read only the loads that came after they last passed, as
            recorded in raw_ops.check_results; `all` lets them read everything.
        memory_limit, threads, temp_directory: limits of DuckDB; None is its own default.
        progress: called with one line a table.

    Returns:
        One result for each declared check, in the order of the declaration.

    Raises:
        Exception: the file cannot be opened.
    """
    from expectations.validation import Auditor  # takes seconds: see validation.py

    checks = checks_of(stage, suites)
    batches: dict[tuple[str, Scope], list[Check]] = {}
    for check in checks:
        batches.setdefault((check.table_name, check.scope), []).append(check)
    results: dict[tuple[str, str], CheckResult] = {}
    with Auditor(Path(database), memory_limit, threads, temp_directory) as auditor:
        passes = _last_passes(auditor) if audit == "new" else {}
        for (table, scope), members in batches.items():
            if progress is not None:
                progress(f"{members[0].suite}: {table} ({len(members)} checks)")
            for result in _run_batch(auditor, table, scope, members, passes):
                results[result.suite, result.check_name] = result
    return [results[check.suite, check.check_name] for check in checks]


def _run_batch(
    auditor: Auditor, table: str, scope: Scope, checks: Sequence[Check], passes: _Passes
) -> list[CheckResult]:
    checked_at = datetime.now(UTC).replace(tzinfo=None)  # before the scan: what comes later is not yet checked
    loads = _loads(checks, passes) if scope == "new" else ""
    rows = f"SELECT * FROM {table} WHERE _dlt_load_id IN ({loads})" if scope == "new" else None
    if not table.startswith("raw_"):
        rows = None  # a mart's checks of scope `new` reach for the raw rows themselves
    outcomes = auditor.validate(
        f"{table} {scope}", rows, table, [(check, check.sql.replace("$new_loads", loads)) for check in checks]
    )
    return [
        CheckResult(
            tool="gx",
            suite=check.suite,
            check_name=check.check_name,
            table_name=check.table_name,
            severity=check.severity,
            status=status,
            observed=observed,
            expected=check.expected,
            checked_at=checked_at,
        )
        for check, status, observed in outcomes
    ]


def _loads(checks: Sequence[Check], passes: _Passes) -> str:
    """Query of the completed loads that one of `checks` has not passed yet; they share one scan."""
    source = checks[0].suite.removeprefix("raw_")
    loads = f"SELECT load_id FROM raw_{source}._dlt_loads WHERE status = 0"
    since = [passes.get((check.suite, check.check_name)) for check in checks]
    known = [moment for moment in since if moment is not None]
    if len(known) < len(since):
        return loads
    return f"{loads} AND inserted_at > TIMESTAMPTZ '{min(known).isoformat(sep=' ')}+00'"


def _last_passes(auditor: Auditor) -> _Passes:
    """When each check last passed; empty where no result was ever stored."""
    stored = auditor.fetch(
        "select 1 from duckdb_tables() where schema_name = 'raw_ops' and table_name = 'check_results'"
        " and database_name = current_database()"
    )
    if not stored:
        return {}
    rows = auditor.fetch(
        "select suite, check_name, max(checked_at) from raw_ops.check_results"
        " where tool = 'gx' and status = 'passed' group by all"
    )
    return {(suite, name): at for suite, name, at in rows}

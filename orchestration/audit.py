"""Great Expectations suites on the build file, with their results recorded. Nothing here imports Dagster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from expectations import Audit, CheckResult, Standing, list_checks, run_suites
from ingestion.engine import connect
from ingestion.lock import writer_lock
from orchestration import dbt_inputs, records
from orchestration.records import CheckRow
from orchestration.settings import Settings


def all_suites() -> list[str]:
    """Every declared suite."""
    return list({check.suite: None for check in list_checks()})


def run(
    settings: Settings,
    run_id: str,
    suites: Sequence[str],
    extent: Audit = "new",
    manifest: Mapping[str, Any] | None = None,
) -> list[CheckResult]:
    """Run suites and record their results; if one raises, all stay recorded as errored.

    All that are wanted in one call: each opens and closes the build file anew, and a close writes it to disk.

    With dbt's manifest, checks stand that passed and read nothing that changed since: see expectations/standing.py.
    """
    with writer_lock(settings):
        with connect(settings, settings.database_path) as connection:
            for suite in suites:
                records.begin(connection, run_id, "gx", suite)
            states = None if manifest is None else dbt_inputs.states(connection, settings, manifest)
            standing = _standing(connection, suites)
        results = run_suites(
            settings.database_path,
            suites=suites,
            audit=extent,
            states=states,
            standing=standing,
            memory_limit=settings.duckdb_memory_limit,
            threads=settings.duckdb_threads,
            temp_directory=settings.state_dir / "spill",
        )
        with connect(settings, settings.database_path) as connection:
            for suite in suites:
                rows = [_row(result) for result in results if result.suite == suite]
                records.finish(connection, run_id, "gx", suite, rows)
            _mark(connection, results)
            _remember(connection, suites, results)
    return results


def _standing(connection: duckdb.DuckDBPyConnection, suites: Sequence[str]) -> dict[tuple[str, str], Standing]:
    rows = connection.execute(
        "select suite, check_name, definition, reads, whole_at, observed from raw_ops.audit_standing"
        " where list_contains(?, suite)",
        [list(suites)],
    ).fetchall()
    return {(suite, name): Standing(*values) for suite, name, *values in rows}


def _remember(connection: duckdb.DuckDBPyConnection, suites: Sequence[str], results: Sequence[CheckResult]) -> None:
    """Remember the checks that stand from now on; of one that did not pass nothing is left."""
    rows = [(result.suite, result.check_name, *result.standing) for result in results if result.standing is not None]
    connection.execute("begin")
    connection.execute("delete from raw_ops.audit_standing where list_contains(?, suite)", [list(suites)])
    records.insert_rows(connection, "raw_ops.audit_standing", rows)
    connection.execute("commit")


def _mark(connection: duckdb.DuckDBPyConnection, results: Sequence[CheckResult]) -> None:
    """Remember how far checks have passed; one that did not pass keeps its mark, and looks at the same rows again."""
    marks = [(result.suite, result.check_name, *result.mark) for result in results if result.mark is not None]
    if not marks:
        return
    connection.execute("begin")
    connection.execute(
        "delete from raw_ops.audit_marks where (suite, check_name) in (select unnest(?), unnest(?))",
        [[suite for suite, *_ in marks], [name for _, name, *_ in marks]],
    )
    records.insert_rows(connection, "raw_ops.audit_marks", marks)
    connection.execute("commit")


def _row(result: CheckResult) -> CheckRow:
    return CheckRow(
        result.check_name, result.table_name, result.severity, result.status, result.observed, result.expected
    )

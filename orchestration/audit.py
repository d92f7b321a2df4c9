"""Great Expectations suites on the build file, with their results recorded. Nothing here imports Dagster."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from expectations import Audit, CheckResult, Stage, list_checks, run_suites
from ingestion.engine import connect
from ingestion.lock import writer_lock
from orchestration import records
from orchestration.records import CheckRow
from orchestration.settings import Settings

STAGES: tuple[Stage, ...] = ("raw", "marts")


def suites() -> list[tuple[Stage, str]]:
    """Every declared suite with its stage."""
    found = {(stage, check.suite): None for stage in STAGES for check in list_checks(stage)}
    return list(found)


def run_suite(settings: Settings, run_id: str, stage: Stage, suite: str, extent: Audit = "new") -> list[CheckResult]:
    """Run one suite and record its results; a suite that raises stays recorded as errored."""
    with writer_lock(settings):
        with connect(settings, settings.database_path) as connection:
            records.begin(connection, run_id, "gx", suite)
        results = run_suites(
            settings.database_path,
            stage=stage,
            suites=[suite],
            audit=extent,
            memory_limit=settings.duckdb_memory_limit,
            threads=settings.duckdb_threads,
            temp_directory=settings.state_dir / "spill",
        )
        with connect(settings, settings.database_path) as connection:
            records.finish(connection, run_id, "gx", suite, [_row(result) for result in results])
            _mark(connection, results)
    return results


def _mark(connection: duckdb.DuckDBPyConnection, results: Sequence[CheckResult]) -> None:
    """Remember how far checks have passed; one that did not pass keeps its mark, and looks at the same rows again."""
    marks = [(result.suite, result.check_name, *result.mark) for result in results if result.mark is not None]
    if not marks:
        return
    connection.execute("begin")
    connection.executemany(
        "delete from raw_ops.audit_marks where suite = ? and check_name = ?", [mark[:2] for mark in marks]
    )
    connection.executemany("insert into raw_ops.audit_marks values (?, ?, ?, ?, ?, ?, ?)", marks)
    connection.execute("commit")


def _row(result: CheckResult) -> CheckRow:
    return CheckRow(
        result.check_name, result.table_name, result.severity, result.status, result.observed, result.expected
    )

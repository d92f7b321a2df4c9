"""What a run did, read from Dagster's event log: for the summary, for raw_ops.runs and for its outcome.

The event log is the one account of a run that holds for every executor and survives a killed process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
from dagster import (
    AssetCheckSeverity,
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    EventLogEntry,
    RunRecord,
)
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.events import JobFailureData
from dagster._core.storage.dagster_run import FINISHED_STATUSES, IN_PROGRESS_RUN_STATUSES, RunsFilter
from dagster._core.storage.tags import PARENT_RUN_ID_TAG

from orchestration.event_log import forget_runs
from orchestration.keys import (
    ACCOUNTS_KEY,
    EMPTY_ACCOUNTS,
    EXPORTS_KEY,
    LOAD_CHECK,
    MODEL_LAYERS,
    PUBLICATION_KEY,
    REPORTS,
    UNCHANGED,
)
from orchestration.records import KEPT, create_tables

_EVENTS = {
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_CHECK_EVALUATION,
    DagsterEventType.STEP_FAILURE,
    DagsterEventType.RUN_FAILURE,
}
_STATUS = {
    DagsterRunStatus.SUCCESS: "succeeded",
    DagsterRunStatus.FAILURE: "failed",
    DagsterRunStatus.CANCELED: "cancelled",
}
# A storage that grew for months is cleared bit by bit.
_FORGOTTEN_AT_ONCE = 100


@dataclass(frozen=True)
class SourceLoad:
    """What a run loaded of one source; counts are lines of input."""

    status: str
    files_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    error: str = ""


@dataclass
class RunSummary:
    """Counts of one run. `failed_checks` are critical, `warned_checks` are not; both "asset: check"."""

    sources: dict[str, SourceLoad] = field(default_factory=dict)
    models_built: int = 0
    models_unchanged: int = 0
    checks_passed: int = 0
    failed_checks: list[str] = field(default_factory=list)
    warned_checks: list[str] = field(default_factory=list)
    failed_steps: dict[str, str] = field(default_factory=dict)
    is_published: bool = False
    is_reported: bool = False
    is_exported: bool = False
    account_count: int = 0
    empty_accounts: list[str] = field(default_factory=list)
    is_interrupted: bool = False

    @property
    def failed_sources(self) -> dict[str, str]:
        return {name: load.error for name, load in self.sources.items() if load.status == "failed"}

    @property
    def is_failed(self) -> bool:
        return bool(self.failed_sources or self.failed_steps)


def summarize(instance: DagsterInstance, run_id: str) -> RunSummary:
    """Read the events of a run, finished or not."""
    entries: list[EventLogEntry] = []
    cursor = None
    while True:
        page = instance.get_records_for_run(run_id, cursor=cursor, of_type=_EVENTS)
        entries.extend(record.event_log_entry for record in page.records)
        if not page.has_more:
            return summarize_events(entries)
        cursor = page.cursor


def sources_before(instance: DagsterInstance, run: DagsterRun) -> dict[str, SourceLoad]:
    """What the runs loaded with which `run` goes on, the newest of each source.

    A run that is executed again from its failure has only the steps that were left: a load that failed is none of
    them, since its step let the rest of its run go on.
    """
    sources: dict[str, SourceLoad] = {}
    found: DagsterRun | None = run
    while found is not None and (parent := found.tags.get(PARENT_RUN_ID_TAG)):
        found = instance.get_run_by_id(parent)
        if found is not None:
            sources = {**summarize(instance, parent).sources, **sources}
    return sources


def summarize_events(entries: Iterable[EventLogEntry]) -> RunSummary:
    """Fold events into a summary; of a check that ran twice the last result counts."""
    summary = RunSummary()
    checks: dict[tuple[AssetKey, str], tuple[bool, bool]] = {}
    for entry in entries:
        event = entry.get_dagster_event()
        if event.event_type == DagsterEventType.STEP_FAILURE and event.step_key:
            error = event.step_failure_data.user_failure_data
            cause = event.step_failure_data.error
            text = (error.description if error else None) or (_root_message(cause) if cause else "")
            if DagsterExecutionInterruptedError.__name__ in text:
                summary.is_interrupted = True
            else:
                summary.failed_steps[event.step_key] = text
        elif event.event_type == DagsterEventType.RUN_FAILURE:
            # Between steps, while it waited for its turn. Of a run that was killed the next one says so, without data.
            data = event.event_specific_data
            cause = data.error if isinstance(data, JobFailureData) else None
            if cause is not None and cause.cls_name == DagsterExecutionInterruptedError.__name__:
                summary.is_interrupted = True
        elif event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            materialization = event.step_materialization_data.materialization
            metadata: dict[str, Any] = {name: value.value for name, value in materialization.metadata.items()}
            key = materialization.asset_key
            if key.path[0] in MODEL_LAYERS:
                if UNCHANGED in metadata:
                    summary.models_unchanged += 1
                else:
                    summary.models_built += 1
            elif key == PUBLICATION_KEY:
                summary.is_published = True
            elif key == EXPORTS_KEY:
                summary.is_exported = True
            elif key.path[0] == REPORTS:
                summary.is_reported = True
            elif key == ACCOUNTS_KEY:
                summary.account_count = int(metadata["accounts"])
                summary.empty_accounts = list(metadata[EMPTY_ACCOUNTS])
            elif "rows_loaded" in metadata:
                summary.sources[key.path[1]] = SourceLoad(
                    status=str(metadata["status"]),
                    files_read=int(metadata["files_read"]),
                    rows_loaded=int(metadata["rows_loaded"]),
                    rows_rejected=int(metadata["rows_rejected"]),
                )
        elif event.event_type == DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            is_critical = check.severity == AssetCheckSeverity.ERROR
            checks[check.asset_key, check.check_name] = (check.passed, is_critical)
            if check.check_name == LOAD_CHECK and not check.passed and is_critical:
                error_text = str(check.metadata["error"].value) if "error" in check.metadata else ""
                summary.sources[check.asset_key.path[1]] = SourceLoad("failed", error=error_text)
    for (key, name), (passed, is_critical) in checks.items():
        listed = f"{key.to_user_string()}: {name}"
        if passed:
            summary.checks_passed += 1
        elif is_critical:
            summary.failed_checks.append(listed)
        else:
            summary.warned_checks.append(listed)
    return summary


def _root_message(error: Any) -> str:
    while error.cause is not None:
        error = error.cause
    lines = error.message.strip().splitlines()
    # Messages of Python errors here start with the path of the class.
    return re.sub(r"^(\w+\.)+(\w+: )", r"\2", lines[0]).rstrip(":") if lines else str(error.cls_name)


def save_runs(
    connection: duckdb.DuckDBPyConnection, instance: DagsterInstance, current_run_id: str | None = None
) -> int:
    """Bring raw_ops.runs up to date with Dagster's runs; returns the number of rows written.

    The current run is written as it will stand if what is left of it succeeds: a publication made by a run
    with a failed source says "failed". Earlier runs that were killed get the status that Dagster gave them.
    Dagster then forgets old runs: it keeps 20 MB of a nightly or hourly one, and has no limit of its own.
    """
    create_tables(connection)
    known = _final(connection)
    missing = [run_id for run_id in instance.get_run_ids() if run_id not in known]
    # No run at all is what an empty list would stand for.
    records = instance.get_run_records(RunsFilter(run_ids=missing)) if missing else []
    for record in records:
        run_id = record.dagster_run.run_id
        row = _row(record, summarize(instance, run_id), is_current=run_id == current_run_id)
        connection.execute("begin")
        connection.execute("delete from raw_ops.runs where run_id = ?", [run_id])
        connection.execute("insert into raw_ops.runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute("commit")
    old = RunsFilter(statuses=FINISHED_STATUSES, created_before=datetime.now(UTC) - KEPT)
    written = _final(connection)
    forget_runs(instance, [run_id for run_id in instance.get_run_ids(old) if run_id in written][-_FORGOTTEN_AT_ONCE:])
    return len(records)


def _final(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Runs whose row will not change any more."""
    rows = connection.execute(
        "select run_id from raw_ops.runs where status <> 'running' and ended_at is not null"
    ).fetchall()
    return {run_id for (run_id,) in rows}


def _row(record: RunRecord, summary: RunSummary, *, is_current: bool) -> Sequence[Any]:
    if is_current:
        status = "failed" if summary.is_failed else "succeeded"
    else:
        status = _STATUS.get(record.dagster_run.status, "running")
        if status == "failed" and summary.is_interrupted and not summary.is_failed:
            # Dagster calls a run failed whose step was interrupted.
            status = "cancelled"
    sources = {
        name: {"status": load.status, "rows_loaded": load.rows_loaded, "rows_rejected": load.rows_rejected}
        for name, load in summary.sources.items()
    }
    return [
        record.dagster_run.run_id,
        record.dagster_run.job_name,
        status,
        _time(record.start_time) or record.create_timestamp.astimezone(UTC).replace(tzinfo=None),
        _time(record.end_time),
        json.dumps(sources),
        sum(load.rows_loaded for load in summary.sources.values()),
        sum(load.rows_rejected for load in summary.sources.values()),
        summary.models_built,
        summary.checks_passed,
        len(summary.warned_checks),
        len(summary.failed_checks),
    ]


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def runs_in_progress(instance: DagsterInstance, job: str | None = None) -> list[RunRecord]:
    """Runs that have not ended, of one job or of all; those that still wait for a place among them."""
    statuses = [DagsterRunStatus.QUEUED, *IN_PROGRESS_RUN_STATUSES]
    return list(instance.get_run_records(RunsFilter(job_name=job, statuses=statuses)))

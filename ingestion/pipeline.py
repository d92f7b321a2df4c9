"""Runs one source through dlt. The only place that knows destination, datasets and state folders.

A load is one dlt package: rows, rejects and the ledger of files become visible together, when dlt writes
the load's status. What a killed run left behind is finished, or set aside, before anything new is read.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

# Read by dlt at import.
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")
# DuckDB works on one insert with all threads: dlt's 20 at once share the memory and cost nearly twice the time. With
# one worker, jobs run in the main thread, where an interrupt leaves dlt waiting for ever.
os.environ.setdefault("LOAD__WORKERS", "2")

import dlt
import duckdb
import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.exceptions import SignalReceivedException
from dlt.common.storages.load_package import LoadPackageStateInjectableContext
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion import ledger
from ingestion.convert import Converter
from ingestion.engine import connect, duckdb_config, remove_spilled
from ingestion.files import WorkItem, plan
from ingestion.lock import writer_lock
from ingestion.origin import MixedOriginError, keep_apart
from ingestion.pii import load_key
from ingestion.schema import (
    FILES,
    REJECT_REPLAYS,
    REJECTS,
    ROW_ORIGIN,
    ResourceSpec,
    arrow_schema,
    dlt_columns,
)
from ingestion.settings import Settings

Progress = Callable[[str], None]
MakeConverter = Callable[[str, Path], Converter]
_BOOKKEEPING = {"rejects": REJECTS, "files": FILES, "reject_replays": REJECT_REPLAYS}
# What a row of a load is known by: a load that was resumed may have written rows twice.
_ROW_KEYS = {"rejects": "reject_id", "files": "file_id", "reject_replays": "reject_id"}
# How dlt's FileStorage names a file until it is whole.
_HALF_WRITTEN = re.compile("[0-9a-f]{16}")
# Faults of the machine and not of the data: what failed may work tomorrow as it is.
_MACHINE_FAULTS = (
    *("No space left", "Disk quota", "Read-only file system", "Permission denied", "Input/output error"),
    *("Out of Memory", "failed to allocate", "Too many open files", "Could not set lock on file"),
)
# Of a build file that no next run can open.
_DAMAGES = ("Corrupt database file", "not a valid DuckDB database file", "Could not read enough bytes")


class IngestError(RuntimeError):
    """A source could not be loaded; the message says what to do next. Earlier loads stand."""


@dataclass(frozen=True)
class LoadResult:
    """What one run of a source did. Row counts are lines of input; `load_ids` are dlt's.

    `problems`: a sentence for each collection that a platform answered in part or not at all.
    """

    source: str
    load_ids: list[str] = field(default_factory=list)
    files_read: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_blank: int = 0
    status: str = "unchanged"
    set_aside: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def run_files(
    settings: Settings,
    source: str,
    resources: list[ResourceSpec],
    progress: Progress = lambda text: None,
) -> LoadResult:
    """Load what is new in the folders of `resources` into raw_<source>.

    Raises:
        IngestError: dlt could not load; nothing of this run is visible and the next run tries again.
        LockTimeoutError: another process writes the warehouse.
    """
    with explained(source), writer_lock(settings):
        keep_apart(settings, progress)
        try:
            return _run_files(settings, source, resources, progress)
        except Exception:
            with suppress(duckdb.Error, OSError):
                ledger.create_missing_tables(settings, source, _tables(resources))
            raise


def _run_files(settings: Settings, source: str, resources: list[ResourceSpec], progress: Progress) -> LoadResult:
    pipeline, finished, set_aside = open_pipeline(settings, source, resources)
    remembered = ledger.remembered_files(settings, source)
    work: list[tuple[ResourceSpec, list[WorkItem]]] = []
    for spec in resources:
        known = {key[1:]: entry for key, entry in remembered.items() if key[0] == spec.name}
        work.append((spec, plan(spec.name, spec.roots(settings), known)))
    count = sum(len(items) for _, items in work)
    if not count:
        # The models of a source that nobody uses are built on empty tables.
        ledger.create_missing_tables(settings, source, _tables(resources))
        return LoadResult(source, finished, status="recovered" if finished else "unchanged", set_aside=set_aside)
    progress(f"{source}: {count:,} new or changed files")
    result = load(
        settings,
        pipeline,
        source,
        resources,
        lambda load_id, spool: Converter(settings, source, load_id, spool, work, progress),
    )
    return replace(result, load_ids=[*finished, *result.load_ids], set_aside=set_aside)


def _tables(resources: list[ResourceSpec]) -> dict[str, dict[str, str]]:
    """Columns of all raw tables of a source, by table."""
    return {spec.name: {**spec.columns, **ROW_ORIGIN} for spec in resources} | _BOOKKEEPING


def make_pipeline(settings: Settings, source: str) -> dlt.Pipeline:
    """The dlt pipeline of a source: DuckDB build file, dataset raw_<source>, state below the warehouse."""
    state = _working_dir(settings, source).parent
    state.mkdir(parents=True, exist_ok=True)
    # dlt's credentials type keeps local and global options apart; these are all global.
    credentials = dlt.destinations.impl.duckdb.configuration.DuckDbCredentials(str(settings.database_path))  # type: ignore[attr-defined]
    config = duckdb_config(settings)
    credentials.global_config = config
    return dlt.pipeline(
        pipeline_name=f"ingest_{source}",
        pipelines_dir=str(state),
        destination=dlt.destinations.duckdb(credentials, staging_dataset_name_layout="_dlt_%s"),
        dataset_name=f"raw_{source}",
    )


def _working_dir(settings: Settings, source: str) -> Path:
    return settings.state_dir / "dlt" / f"ingest_{source}"


def _spool(settings: Settings, source: str) -> Path:
    return settings.state_dir / "spool" / source


def open_pipeline(
    settings: Settings, source: str, resources: Sequence[ResourceSpec]
) -> tuple[dlt.Pipeline, list[str], list[str]]:
    """The pipeline of a source with nothing pending: what an earlier run left is loaded, or set aside.

    Returns:
        pipeline, load ids that are now committed, folders of what was set aside because it cannot be loaded.
        The files of a load set aside are not in the ledger, so they are read again.

    Raises:
        IngestError: no space, memory or permission to load what is pending; it waits for the next run.
    """
    finished: list[str] = []
    shutil.rmtree(_spool(settings, source), ignore_errors=True)
    remove_spilled(settings)
    try:
        pipeline = make_pipeline(settings, source)
        if pipeline.list_normalized_load_packages():
            finished = list(pipeline.load().loads_ids)
        # A package that was extracted but not normalized may be half-written; its files are read again.
        if pipeline.has_pending_data:
            pipeline.abort_packages()
        _drop_repeats(settings, source, resources, pipeline)
        return pipeline, finished, []
    except (duckdb.Error, OSError):
        # The database file or the disk, and not the package.
        raise
    except Exception as error:
        # dlt wraps an interrupt like any other failure.
        if isinstance(getattr(error, "exception", None), KeyboardInterrupt | SignalReceivedException):
            raise KeyboardInterrupt from error
        fault = _machine_fault(error)
        if fault is not None:
            raise IngestError(_not_loaded(source, f"an unfinished load cannot be finished: {fault}")) from error
    # Moved and not copied: there may be no space for a copy.
    folder = settings.state_dir / "set_aside" / f"ingest_{source}-{time.time_ns()}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    os.replace(_working_dir(settings, source), folder)
    return make_pipeline(settings, source), [], [str(folder)]


def _drop_repeats(settings: Settings, source: str, resources: Sequence[ResourceSpec], pipeline: dlt.Pipeline) -> None:
    """Rows that resumed loads have written twice: of each the first stays.

    A kill between the commit of a job and dlt's note of it makes the job run again. Loaded packages are
    removed afterwards, so a kill in here has the next run begin it again.
    """
    folder = Path(pipeline.working_dir) / "load" / "loaded"
    resumed = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if resumed and settings.database_path.exists():
        keys = {**{spec.name: "file_id, line_number" for spec in resources}, **_ROW_KEYS}
        with connect(settings, settings.database_path) as connection:
            connection.execute("begin")
            for table, key, load_id in [
                *((table, key, "_dlt_load_id") for table, key in keys.items()),
                ("_dlt_loads", "load_id", "load_id"),
            ]:
                of_resumed = f"from raw_{source}.{table} where list_contains(?, {load_id})"
                connection.execute(
                    f"""delete {of_resumed} and rowid not in
                    (select min(rowid) {of_resumed} group by {load_id}, {key})""",
                    [resumed, resumed],
                )
            connection.execute("commit")
    _clean_leftovers(pipeline)


@contextmanager
def explained(source: str) -> Iterator[None]:
    """Turns what the disk, the memory or the database file does to a load into an `IngestError`."""
    try:
        yield
    except MixedOriginError as error:
        raise IngestError(str(error)) from error
    except (duckdb.Error, OSError, sqlite3.Error) as error:
        said = str(error).splitlines()
        raise IngestError(_not_loaded(source, said[0] if said else type(error).__name__)) from error


def _not_loaded(source: str, reason: str) -> str:
    if any(damage in reason for damage in _DAMAGES):
        return f"{source}: {reason}. The publication stays as it is. See docs/runbook.md, 'Restore'."
    return (
        f"{source}: {reason}. Earlier loads stand and the next run tries again. "
        "See docs/runbook.md, 'A source does not load'."
    )


def _machine_fault(error: BaseException | None) -> str | None:
    """The line that names a fault of the machine in an error's innermost cause; None for any other fault."""
    found = None
    while error is not None:
        named = [line for line in str(error).splitlines() if any(fault in line for fault in _MACHINE_FAULTS)]
        found = named[0].strip() if named else found
        error = error.__cause__ or error.__context__
    return found


def _root_cause(error: BaseException) -> str:
    """The type of the error behind dlt's own ones: its message may hold values, its name does not."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return type(error).__name__


def load(
    settings: Settings,
    pipeline: dlt.Pipeline,
    source: str,
    resources: list[ResourceSpec],
    make_converter: MakeConverter,
    outcomes: Callable[[Converter], pa.Table | None] = lambda converter: None,
) -> LoadResult:
    """Run one dlt package from a converter; the caller holds the lock.

    Args:
        make_converter: called inside the running extraction with the load id and the spool folder.
        outcomes: of a replay, the rows of reject_replays.
    """
    # Here, since dlt would wrap what is wrong with it.
    load_key(settings)
    spool = _spool(settings, source)
    totals: dict[str, int] = {}
    made: list[Converter] = []

    def converter() -> Converter:
        if not made:
            made.append(make_converter(Container()[LoadPackageStateInjectableContext].load_id, spool))
        return made[0]

    try:
        info = pipeline.run(_dlt_source(source, resources, converter, totals, outcomes)(), loader_file_format="parquet")
        info.raise_on_failed_jobs()
    except PipelineStepFailed as error:
        if isinstance(error.exception, KeyboardInterrupt | SignalReceivedException):
            raise KeyboardInterrupt from error
        # Messages of other faults may hold values of rows.
        reason = _machine_fault(error) or _root_cause(error)
        raise IngestError(_not_loaded(source, f"the {error.step} step failed ({reason})")) from error
    finally:
        for opened in made:
            opened.close()
        shutil.rmtree(spool, ignore_errors=True)
        _clean_loaded(pipeline)
    return LoadResult(
        source=source,
        load_ids=list(info.loads_ids),
        files_read=totals["files"],
        rows_read=totals["lines_read"],
        rows_loaded=totals["rows_loaded"],
        rows_rejected=totals["rows_rejected"],
        rows_blank=totals["rows_blank"],
        status="loaded",
    )


def _dlt_source(
    source: str,
    resources: list[ResourceSpec],
    converter: Callable[[], Converter],
    totals: dict[str, int],
    outcomes: Callable[[Converter], pa.Table | None],
) -> Any:
    def rows_of(spec: ResourceSpec) -> Any:
        columns = {**spec.columns, **ROW_ORIGIN}

        @dlt.resource(name=spec.name, columns=dlt_columns(columns), write_disposition="append")
        def rows() -> Iterator[Any]:
            hints = _no_rows(columns)
            yield hints
            for path, count in converter().parts(spec.name):
                yield dlt.mark.with_file_import(str(path), "parquet", count, hints)

        return rows

    @dlt.resource(name="rejects", columns=dlt_columns(REJECTS), write_disposition="append")
    def rejects() -> Iterator[Any]:
        yield _no_rows(REJECTS)
        yield from converter().rejects()

    @dlt.resource(name="files", columns=dlt_columns(FILES), write_disposition="append")
    def files() -> Iterator[Any]:
        yield _no_rows(FILES)
        table = converter().files()
        for name in ("lines_read", "rows_loaded", "rows_rejected", "rows_blank"):
            totals[name] = sum(table.column(name).to_pylist())
        totals["files"] = table.num_rows
        if table.num_rows:
            yield table

    @dlt.resource(name="reject_replays", columns=dlt_columns(REJECT_REPLAYS), write_disposition="append")
    def reject_replays() -> Iterator[Any]:
        yield _no_rows(REJECT_REPLAYS)
        table = outcomes(converter())
        if table is not None:
            yield table

    @dlt.source(name=source, max_table_nesting=0)
    def of_files() -> Any:
        return [*(rows_of(spec)() for spec in resources), rejects(), files(), reject_replays()]

    return of_files


def _no_rows(columns: dict[str, str]) -> pa.Table:
    """Makes dlt create the table. dlt's own mark would add a NOT NULL _dlt_id, which no Arrow row could ever fill."""
    return pa.Table.from_pylist([], schema=arrow_schema(columns))


def _clean_loaded(pipeline: dlt.Pipeline) -> None:
    """Loaded packages hold the rows once more, personal data included: remove them."""
    for package in Path(pipeline.working_dir).glob("load/loaded/*"):
        shutil.rmtree(package, ignore_errors=True)


def _clean_leftovers(pipeline: dlt.Pipeline) -> None:
    """With nothing pending: removes what killed runs left of packages, and files that were not renamed yet."""
    folder = Path(pipeline.working_dir)
    half_written = [path for path in folder.rglob("*") if _HALF_WRITTEN.fullmatch(path.name)]
    for path in [*folder.glob("load/*/*"), *folder.glob("normalize/*/*"), *half_written]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

"""python -m orchestration.run [job]: a job in this process, with progress and a summary. `make run` calls it.

Exit code: 0 all done; 1 something failed (the earlier publication stays where publishing was refused);
2 a setting cannot be used; 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ingestion.origin import MixedOriginError
from ingestion.origin import check as check_origin
from ingestion.output import lasting_output, open_closed_streams
from orchestration.settings import Settings, SettingsError, publish_accounts, publish_keep

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun, EventLogEntry

    from orchestration.run_log import RunSummary

_RUN_JOBS = ("nightly", "hourly", "full_refresh", "transform", "publish", "backfill")
_LISTED = 10
# What Dagster's log of a run and dbt's own files take, beside the data.
_NEEDED_BYTES = 48 << 20
_INTERRUPTED = "Interrupted. What was loaded stays, and the next run goes on from there."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job; returns the exit code."""
    warnings.filterwarnings("ignore")
    open_closed_streams()
    arguments = _parse(argv)
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        # A second one, while the first was being dealt with; the next run closes what this one leaves open.
        code = 130
    if code == 130:
        # Another one ends what is left of this process, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        print(_INTERRUPTED, flush=True)
    return code


def _end_at_once(*_: object) -> None:
    """For Ctrl-C when the job is over. As an exception it could come out anywhere: of a library's own cleaning up it is
    written as a traceback. Files and databases are as after any death of the process, which the next run puts right."""
    with suppress(OSError):
        os.write(1, f"{_INTERRUPTED}\n".encode())
    os._exit(130)


def _run(arguments: argparse.Namespace) -> int:
    try:
        settings = Settings.from_env(os.environ)
        publish_keep(os.environ)
        publish_accounts(os.environ)
        settings.check_writable()
        check_origin(settings)
    except (SettingsError, MixedOriginError) as error:
        print(error, file=sys.stderr)
        return 2
    if _free_bytes(settings) < _NEEDED_BYTES:
        return _report_full_disk(settings)
    sys.stdout.flush()
    out = lasting_output(os.dup(1))
    print(f"Warehouse  {settings.warehouse_dir}", file=out)
    if settings.is_simulated:
        print(
            "Sources    simulated, since nothing is configured. To read your own, put files into\n"
            f"           {settings.warehouse_dir / 'landing'}, or configure a source (.env.example).",
            file=out,
        )
    else:
        roots = [settings.landing_dir, *settings.claude_config_dirs]
        print(f"Sources    {', '.join(map(str, roots))}", file=out)
    print(f"Job        {arguments.job}", file=out)
    started = time.monotonic()
    from orchestration.dbt import ManifestError
    from orchestration.instance import end_dead_runs, open_instance, wait_for_others

    try:
        from orchestration.definitions import defs
    except ManifestError as error:
        print(error, file=sys.stderr)
        return 1
    from sqlalchemy.exc import DatabaseError

    try:
        with open_instance(settings) as instance:
            if arguments.job in _RUN_JOBS:
                busy = wait_for_others(
                    instance,
                    settings.lock_timeout_seconds,
                    lambda run: print(f"Waiting    for run {run.run_id} ({run.job_name})", file=out, flush=True),
                )
                if busy is not None:
                    return _report_busy(busy, settings)
            for run_id in end_dead_runs(instance, settings):
                print(f"Run {run_id} did not come to its end (killed, or no space left); this one goes on.", file=out)
            run_id = str(uuid.uuid4())
            summary, is_interrupted = _execute(defs, arguments, instance, run_id, out)
            _save_runs(settings, instance)
    except DatabaseError as error:
        # Dagster's log fails in the middle of whatever it logs, and leaves nothing to sum up.
        if _free_bytes(settings) < _NEEDED_BYTES:
            return _report_full_disk(settings)
        print(
            f"Dagster's record of runs in {settings.state_dir / 'dagster'} cannot be used: {error.orig}. No figure "
            "depends on it. Where it is damaged, move the folder away while nothing runs, then run again: a new one is "
            "made.",
            file=sys.stderr,
        )
        return 1
    _print_summary(summary, settings, run_id, time.monotonic() - started, out)
    if is_interrupted:
        return 130
    return 1 if summary.is_failed else 0


def _free_bytes(settings: Settings) -> int:
    folder = next(path for path in (settings.warehouse_dir, *settings.warehouse_dir.parents) if path.exists())
    usage = shutil.disk_usage(folder)
    # A file system that tells no size tells no free space either.
    return usage.free if usage.total else _NEEDED_BYTES


def _report_full_disk(settings: Settings) -> int:
    print(
        f"The disk is full: {_free_bytes(settings) / 2**20:.0f} MiB are free in {settings.warehouse_dir}, and a run "
        f"needs {_NEEDED_BYTES >> 20} MiB beside its data. What was loaded and published stays. Free space, then run "
        "again. See docs/runbook.md, 'Disk full'.",
        file=sys.stderr,
    )
    return 1


def _report_busy(run: DagsterRun, settings: Settings) -> int:
    print(
        f"Run {run.run_id} ({run.job_name}) goes on (waited {settings.lock_timeout_seconds:g} s). Wait for it to end, "
        "or stop it and run again: nothing is lost. See docs/runbook.md, 'Lock held'.",
        file=sys.stderr,
    )
    return 1


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m orchestration.run", description=__doc__.splitlines()[0])
    parser.add_argument("job", nargs="?", default="nightly", help=f"{', '.join(_RUN_JOBS)} or ingest_<source>")
    parser.add_argument("--start-date", help="backfill: first date to compute again (YYYY-MM-DD)")
    parser.add_argument("--end-date", help="backfill: last date to compute again (YYYY-MM-DD)")
    arguments = parser.parse_args(argv)
    from ingestion.registry import SOURCES

    known = [*_RUN_JOBS, *(f"ingest_{name}" for name in SOURCES)]
    if arguments.job not in known:
        parser.error(f"no job {arguments.job!r}; jobs are {', '.join(known)}")
    if arguments.job != "backfill" and (arguments.start_date or arguments.end_date):
        parser.error(f"--start-date and --end-date are for the job backfill, and the job is {arguments.job}")
    if arguments.job == "backfill":
        from orchestration.backfill import BackfillError, date_range

        try:
            date_range(arguments.start_date, arguments.end_date)
        except BackfillError as error:
            parser.error(str(error))
    return arguments


def _execute(
    defs: Any,
    arguments: argparse.Namespace,
    instance: DagsterInstance,
    run_id: str,
    out: TextIO,
) -> tuple[RunSummary, bool]:
    """Run the job in this process; what it did, and whether it was interrupted."""
    from dagster import DagsterRunStatus

    from orchestration.instance import process_tag
    from orchestration.run_log import summarize

    instance.add_event_listener(run_id, _Progress(out))
    is_interrupted = False
    # Dagster's console log says much; all of it is in the event log, for the web interface.
    config: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    options = {"start_date": arguments.start_date, "end_date": arguments.end_date}
    if arguments.job == "backfill":
        config["resources"] = {"transform_options": {"config": options}}
    elif arguments.job == "full_refresh":
        config["resources"] = {"transform_options": {"config": {"full_refresh": True}}}
    try:
        with _quiet():
            defs.resolve_job_def(arguments.job).execute_in_process(
                instance=instance,
                run_id=run_id,
                run_config=config,
                tags=process_tag(run_id),
                raise_on_error=False,
            )
    except KeyboardInterrupt:
        is_interrupted = True
    signal.signal(signal.SIGINT, _end_at_once)
    run = instance.get_run_by_id(run_id)
    if run is not None and not run.is_finished:
        instance.report_run_canceled(run, "Interrupted.")
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    summary = summarize(instance, run_id)
    is_canceled = run is not None and run.status == DagsterRunStatus.CANCELED
    if is_interrupted or is_canceled or summary.is_interrupted:
        return summary, True
    if (run is None or run.status == DagsterRunStatus.FAILURE) and not summary.is_failed:
        # A run can fail outside of every step, for example while a resource starts.
        summary.failed_steps["run"] = "see the run in the web interface (make dev)"
    return summary, False


@contextmanager
def _quiet() -> Iterator[None]:
    """What the steps print (dbt's lines above all) goes to Dagster's logs and not to the terminal."""
    kept = [(descriptor, os.dup(descriptor)) for descriptor in (1, 2)]
    with open(os.devnull, "w") as nowhere:
        for descriptor, _ in kept:
            os.dup2(nowhere.fileno(), descriptor)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, copy in kept:
            os.dup2(copy, descriptor)
            os.close(copy)


def _save_runs(settings: Settings, instance: DagsterInstance) -> None:
    """Final status of this run; a warehouse that another process holds, or that is damaged, gets it later."""
    import duckdb

    from ingestion.engine import connect
    from ingestion.lock import LockTimeoutError, writer_lock
    from orchestration.run_log import save_runs

    if settings.database_path.exists():
        with (
            suppress(LockTimeoutError, duckdb.Error),
            writer_lock(settings, timeout_seconds=5),
            connect(settings, settings.database_path) as connection,
        ):
            save_runs(connection, instance)


class _Progress:
    """Prints a line when a step ends, with its duration."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._started: dict[str, float] = {}
        self._ends = _ends()

    def __call__(self, entry: EventLogEntry) -> None:
        from dagster import DagsterEventType

        event = entry.dagster_event
        if event is None or event.step_key is None:
            return
        step = event.step_key
        if event.event_type == DagsterEventType.STEP_START:
            self._started[step] = entry.timestamp
            self._write(step, "...", end="\r" if self._out.isatty() else None)
        elif event.event_type in self._ends:
            seconds = entry.timestamp - self._started.get(step, entry.timestamp)
            self._write(step, f"{seconds:6.1f} s  {self._ends[event.event_type]}")

    def _write(self, step: str, text: str, end: str | None = "\n") -> None:
        if end is not None:
            print(f"  {step:<32}{text:<24}", end=end, file=self._out, flush=True)


def _ends() -> Mapping[Any, str]:
    from dagster import DagsterEventType

    return {
        DagsterEventType.STEP_SUCCESS: "",
        DagsterEventType.STEP_FAILURE: "failed",
        DagsterEventType.STEP_SKIPPED: "skipped",
        DagsterEventType.STEP_UP_FOR_RETRY: "failed, is tried again",
        DagsterEventType.STEP_RESTARTED: "starts again",
    }


def _print_summary(summary: RunSummary, settings: Settings, run_id: str, seconds: float, out: TextIO) -> None:
    def line(name: str, text: str) -> None:
        print(f"{name:<11}{text}", file=out)

    print(file=out)
    for source, load in sorted(summary.sources.items()):
        if load.status == "failed":
            line("Not loaded", f"{source}: {load.error}")
        else:
            line(
                "Loaded",
                f"{source}: {load.rows_loaded:,} rows, {load.rows_rejected:,} rejected, from {load.files_read:,} files",
            )
    unchanged = f", {summary.models_unchanged} unchanged" if summary.models_unchanged else ""
    line("Models", f"{summary.models_built} built{unchanged}")
    line(
        "Checks",
        f"{summary.checks_passed} passed, {len(summary.warned_checks)} warned, {len(summary.failed_checks)} failed",
    )
    for word, names in (("failed", summary.failed_checks), ("warned", summary.warned_checks)):
        for name in names[:_LISTED]:
            line(f"  {word}", name)
        if len(names) > _LISTED:
            line("", f"and {len(names) - _LISTED} more")
    for step, message in summary.failed_steps.items():
        line("Failed", f"{step}: " + message.strip().replace("\n", f"\n{'':11}"))

    def made(path: Path, is_of_this_run: bool) -> str:
        return f"{path}{'' if is_of_this_run else ' (from an earlier run)'}"

    if settings.published_path.exists():
        line("Published", made(settings.published_path, summary.is_published))
    if summary.account_count:
        line("Accounts", f"{settings.warehouse_dir / 'accounts'}, {summary.account_count}")
    for account in summary.empty_accounts[:_LISTED]:
        line("  warned", f"no row of {account!r} is published (PUBLISH_ACCOUNTS)")
    if (settings.reports_dir / "index.html").exists():
        line("Report", made(settings.reports_dir / "index.html", summary.is_reported))
    if (settings.exports_dir / "manifest.json").exists():
        line("Exports", made(settings.exports_dir, summary.is_exported))
    line("Took", f"{seconds:.0f} s, run {run_id}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

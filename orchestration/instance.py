"""Dagster's own storage (runs, events, logs): one place a warehouse, whichever command opens it.

python -m orchestration.instance: print it, for `make dev`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import DagsterInstance, DagsterRun

from ingestion.lock import LockTimeoutError, writer_lock
from orchestration.event_log import keep_connections
from orchestration.keys import PROCESS_TAG, SOURCE_TAG, WAREHOUSE_POOL
from orchestration.run_log import runs_in_progress
from orchestration.settings import Settings, SettingsError

_CONFIG = Path(__file__).resolve().parents[1] / "dagster.yaml"
_DEFAULT_BASE = "var/state/dagster"
_POLL_SECONDS = 1.0


def dagster_home(settings: Settings) -> Path:
    """$WAREHOUSE_DIR/state/dagster with dagster.yaml, its paths moved there."""
    home = settings.state_dir / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    # Quoted: in YAML " #", ": " and others in a path mean something of their own.
    text = re.sub(
        f"base_dir: {_DEFAULT_BASE}(.*)",
        lambda found: f"base_dir: {json.dumps(f'{home}{found[1]}', ensure_ascii=False)}",
        _CONFIG.read_text(encoding="utf-8"),
    )
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8", errors="replace") != text:
        temporary = home / f".dagster.yaml.{os.getpid()}"
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, target)
    return home


@contextmanager
def open_instance(settings: Settings) -> Iterator[DagsterInstance]:
    """The persistent instance of this warehouse; runs made here are seen in the web interface."""
    home = dagster_home(settings)
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(home)
    try:
        with DagsterInstance.from_config(str(home)) as instance, keep_connections(instance):
            yield instance
    finally:
        if before is None:
            os.environ.pop("DAGSTER_HOME", None)
        else:
            os.environ["DAGSTER_HOME"] = before


def process_tag(run_id: str) -> dict[str, str]:
    """The tag of a run that this process executes: its id, and its start, since ids are used again.

    A run that is executed again inherits tags, so the tag also says whose it is.
    """
    return {PROCESS_TAG: f"{run_id}:{os.getpid()}@{_started(os.getpid())}"}


def _started(pid: int) -> str:
    """Start of a process in the kernel's ticks; empty where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


def _is_dead(run: DagsterRun) -> bool:
    """Whether the process that executes a run is known and gone."""
    owner, _, process = run.tags.get(PROCESS_TAG, "").partition(":")
    return owner == run.run_id and not _is_alive(process)


def _is_alive(process: str) -> bool:
    pid, _, started = process.partition("@")
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return not started or started == _started(int(pid))


def living_runs(instance: DagsterInstance, but: str | None = None) -> list[DagsterRun]:
    """Runs of more than one source's load, the run `but` aside, that a living process executes."""
    runs = (record.dagster_run for record in runs_in_progress(instance) if record.dagster_run.run_id != but)
    return [run for run in runs if SOURCE_TAG not in run.tags and PROCESS_TAG in run.tags and not _is_dead(run)]


def wait_for_others(
    instance: DagsterInstance, timeout_seconds: float, on_wait: Callable[[DagsterRun], None]
) -> DagsterRun | None:
    """Wait until none of `living_runs` is left; one that still goes on after the timeout.

    The lock keeps writers apart step by step: of two runs that take turns, the checks of one would be older than the
    models of the other, and nothing published.
    """
    deadline = time.monotonic() + timeout_seconds
    told = False
    while others := living_runs(instance):
        if time.monotonic() >= deadline:
            return others[0]
        if not told:
            on_wait(others[0])
            told = True
        time.sleep(_POLL_SECONDS)
    return None


def end_dead_runs(instance: DagsterInstance, settings: Settings) -> list[str]:
    """Close runs whose process was killed, and free the pool's slot where nothing uses the warehouse.

    Dagster's own monitoring does not look at processes: without this, a killed run would hold the slot until
    max_runtime_seconds. Freeing a slot too early does no harm: the lock file, not the pool, is what keeps two writers
    apart.
    """
    ended = []
    for record in runs_in_progress(instance):
        if _is_dead(record.dagster_run):
            instance.report_run_failed(record.dagster_run, "The process of this run was killed, or had no space left.")
            ended.append(record.dagster_run.run_id)
    storage = instance.event_log_storage
    if WAREHOUSE_POOL in storage.get_concurrency_keys():
        try:
            with writer_lock(settings, timeout_seconds=0):
                for claimed in storage.get_concurrency_info(WAREHOUSE_POOL).claimed_slots:
                    storage.free_concurrency_slots_for_run(claimed.run_id)
        except LockTimeoutError:
            pass  # A live writer holds it, and its slot is its own.
    return ended


def main() -> int:
    """Print DAGSTER_HOME of the warehouse that is configured; returns the exit code."""
    try:
        settings = Settings.from_env(os.environ)
        settings.check_writable()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    print(dagster_home(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())

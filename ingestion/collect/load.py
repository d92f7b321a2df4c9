"""A platform's turn: collect into files without the warehouse's lock, load them, remove what is loaded.

What a collector remembers (how far it read, what it asked for today) speaks of one state of the warehouse. The newest
load is noted beside it: a warehouse that does not hold that load is another one, or an older copy that was put back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingestion import ledger
from ingestion.collect.collection import CollectorError, collected_dir, remove_loaded
from ingestion.collect.memory import remember, remembered
from ingestion.collect.once import forget_simulated
from ingestion.lock import LockTimeoutError, writer_lock
from ingestion.pipeline import IngestError, LoadResult, Progress, explained, run_files
from ingestion.schema import ResourceSpec
from ingestion.settings import Settings

Collect = Callable[[Settings, Progress], list[str]]
Forget = Callable[[Settings], None]


def collect_and_load(
    settings: Settings,
    source: str,
    resources: list[ResourceSpec],
    collect: Collect,
    forget: Forget,
    progress: Progress,
) -> LoadResult:
    """Collect, then load whatever lies there: also what an earlier run collected and could not load.

    Args:
        forget: has the next `collect` ask for everything again.

    Raises:
        IngestError: the whole collection failed (what came before it is loaded all the same), or the load did.
    """
    problems: list[str] = []
    failure: CollectorError | None = None
    try:
        with explained(source):
            if _is_of_another_warehouse(settings, source):
                progress(f"{source}: the warehouse lacks what was loaded before; everything is asked for again")
                (forget_simulated(settings, source) if settings.is_simulated else forget(settings))
            problems = collect(settings, progress)
    except CollectorError as error:
        failure = error
    result = run_files(settings, source, resources, progress)
    with explained(source):
        remove_loaded(settings, source, _loaded(settings, source))
    if failure is not None:
        raise IngestError(f"{source}: {failure}") from failure
    return replace(result, problems=problems)


def _is_of_another_warehouse(settings: Settings, source: str) -> bool:
    """Whether the collector remembers loads that the warehouse does not hold."""
    folder = collected_dir(settings, source)
    if not folder.is_dir():
        return False
    noted = remembered(_note(settings, source)).get("load_id")
    if noted is None and any(folder.glob("*/*.jsonl*")):
        return False  # nothing was loaded yet
    try:
        # Whoever writes now keeps nobody from collecting: the next run looks.
        with writer_lock(settings, timeout_seconds=0):
            loads = ledger.load_ids(settings, source)
    except LockTimeoutError:
        return False
    return noted not in loads if noted is not None else not loads


def _note(settings: Settings, source: str) -> Path:
    return collected_dir(settings, source) / "loaded.json"


def _loaded(settings: Settings, source: str) -> list[Path]:
    """Collected files that the ledger holds to their end. Notes the newest load."""
    folder = collected_dir(settings, source)
    if not folder.is_dir():
        return []
    with writer_lock(settings):
        files = ledger.remembered_files(settings, source)
        loads = ledger.load_ids(settings, source)
    if loads and remembered(_note(settings, source)).get("load_id") != loads[-1]:
        remember(_note(settings, source), {"load_id": loads[-1]})
    found = []
    for (resource, _, file), entry in files.items():
        path = folder / resource / file
        if entry.status == "loaded" and path.is_file() and path.stat().st_size == entry.end_offset:
            found.append(path)
    return found

"""A platform's turn: collect into files without the warehouse's lock, load them, remove what is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingestion import ledger
from ingestion.collect.collection import CollectorError, collected_dir, remove_loaded
from ingestion.lock import writer_lock
from ingestion.pipeline import IngestError, LoadResult, Progress, explained, run_files
from ingestion.schema import ResourceSpec
from ingestion.settings import Settings

Collect = Callable[[Settings, Progress], list[str]]


def collect_and_load(
    settings: Settings, source: str, resources: list[ResourceSpec], collect: Collect, progress: Progress
) -> LoadResult:
    """Collect, then load whatever lies there: also what an earlier run collected and could not load.

    Raises:
        IngestError: the whole collection failed (what came before it is loaded all the same), or the load did.
    """
    problems: list[str] = []
    failure: CollectorError | None = None
    try:
        problems = collect(settings, progress)
    except CollectorError as error:
        failure = error
    result = run_files(settings, source, resources, progress)
    with explained(source):
        remove_loaded(settings, source, _loaded(settings, source))
    if failure is not None:
        raise IngestError(f"{source}: {failure}") from failure
    return replace(result, problems=problems)


def _loaded(settings: Settings, source: str) -> list[Path]:
    """Collected files that the ledger holds to their end."""
    folder = collected_dir(settings, source)
    if not folder.is_dir():
        return []
    with writer_lock(settings):
        remembered = ledger.remembered_files(settings, source)
    found = []
    for (resource, _, file), entry in remembered.items():
        path = folder / resource / file
        if entry.status == "loaded" and path.is_file() and path.stat().st_size == entry.end_offset:
            found.append(path)
    return found

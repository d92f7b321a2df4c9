"""The published database: a checked, read-only copy of the marts that is replaced in one step.

Readers open only this file. It is written beside the old one under a temporary name, verified, and moved
over it with os.replace: a reader sees the old publication or the new one, whole, and a reader that holds
the old file open keeps it. A process that dies in any step leaves the old publication as it was.

The new file is the old one with what changed since (publication_changes.py), or written whole: see `publish`.

Nothing here imports Dagster.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingestion.engine import connect
from ingestion.lock import writer_lock
from ingestion.settings import Settings
from orchestration import dbt_inputs
from orchestration.publication_changes import Contents, PublicationError
from orchestration.publication_files import Step, verify, write_changes, write_whole
from orchestration.publication_state import Published, recall, remember
from orchestration.records import Obstacle, Requirement, obstacles, rebuilds_by_table

__all__ = ["Publication", "PublicationError", "PublicationRefused", "publish"]

_TEMPORARY = re.compile(r"\.publishing-\d+\.duckdb(\.wal)?")
_HISTORY = re.compile(r"analytics-\d{8}T\d{6}\d*Z\.duckdb")
_COPYING = ".copying"
_SPARE_BYTES = 32 * 2**20


class PublicationRefused(RuntimeError):
    """Checks stand against publishing; the earlier publication stays as it is."""

    def __init__(self, reasons: Sequence[Obstacle]) -> None:
        listed = "\n".join(f"  - {reason}" for reason in reasons)
        super().__init__(
            f"Nothing was published, the earlier publication stays: {len(reasons)} critical results "
            f"stand against it.\n{listed}\nSee docs/runbook.md, 'Failed check'."
        )
        self.reasons = tuple(reasons)


@dataclass(frozen=True)
class Publication:
    """What `publish` wrote: the file, its tables with their numbers of rows, bytes and seconds.

    `is_whole`: nothing of the earlier file was taken over.
    """

    path: Path
    rows: dict[str, int]
    size_bytes: int
    seconds: float
    is_whole: bool

    @property
    def row_count(self) -> int:
        return sum(self.rows.values())


def publish(
    settings: Settings,
    *,
    required: Sequence[Requirement] = (),
    keep: int = 3,
    keys: Mapping[str, Sequence[str]] | None = None,
    is_whole: bool = False,
    on_step: Step = lambda step: None,
) -> Publication:
    """Copy the marts to a new file and put it in the place of the published one.

    The new file begins as a copy of the published one, if that is the file that was published last, and its
    tables are brought up to date. It is written whole where `is_whole` asks for it, on the first publication,
    after a model was built anew or with another project, where the published file was replaced or is damaged, and on
    every 15th publication.

    Args:
        required: suites that must have been executed; a critical failure among the last
            results of any suite refuses the publication whether it is listed or not.
        keep: number of earlier publications to keep in published/history.
        keys: see `orchestration.dbt.unique_keys`; a table without is copied whole if it changed.
        is_whole: take nothing over from the published file.
        on_step: called with the name of each step before it starts.

    Raises:
        PublicationRefused: checks stand against it.
        PublicationError: no space, or the copy failed.
        ingestion.lock.LockTimeoutError: another process holds the warehouse.
    """
    started = time.monotonic()
    folder = settings.published_path.parent
    with writer_lock(settings):
        folder.mkdir(parents=True, exist_ok=True)
        on_step("clean")
        _remove_left_overs(folder)
        if not settings.database_path.exists():
            raise PublicationError(f"There is no {settings.database_path}: run the job nightly first.")
        temporary = folder / f".publishing-{os.getpid()}.duckdb"
        try:
            on_step("gate")
            with connect(settings, settings.database_path, read_only=True) as connection:
                reasons = obstacles(connection, required)
                if reasons:
                    raise PublicationRefused(reasons)
                rebuilds = sum(rebuilds_by_table(connection).values())
                project = dbt_inputs.built_with(connection)
            on_step("space")
            _require_space(settings)
            on_step("copy")
            published = None if is_whole else recall(settings, rebuilds, project)
            written, since_whole = _write(settings, temporary, keys or {}, published, on_step)
            on_step("verify")
            verify(settings, temporary, written)
            on_step("sync")
            _sync(temporary)
            on_step("history")
            # A write-ahead log beside another file than its own makes every open fail.
            _wal(settings.published_path).unlink(missing_ok=True)
            _keep_current(settings, keep)
            on_step("replace")
            os.replace(temporary, settings.published_path)
            on_step("sync folder")
            _sync(folder)
        except (duckdb.Error, OSError) as error:
            raise PublicationError(
                f"Nothing was published, the earlier publication stays: {error}. "
                f"Free space in {folder}: {shutil.disk_usage(folder).free / 2**20:.0f} MiB. "
                "See docs/runbook.md, 'Disk full'."
            ) from error
        finally:
            _remove(temporary)
        with suppress(OSError):
            # It is published all the same; the next one, which knows nothing of it then, is written whole.
            remember(settings, Published(written, since_whole, rebuilds, project))
        size = settings.published_path.stat().st_size
    rows = {name: contents.rows for name, contents in written.items()}
    return Publication(settings.published_path, rows, size, time.monotonic() - started, since_whole == 0)


def _write(
    settings: Settings,
    temporary: Path,
    keys: Mapping[str, Sequence[str]],
    published: Published | None,
    on_step: Step,
) -> tuple[dict[str, Contents], int]:
    """Write the new file; returns what its tables hold, and how many publications ago it was written whole."""
    if published is not None:
        try:
            return write_changes(settings, temporary, published, keys, on_step), published.since_whole + 1
        except duckdb.Error as error:
            # The published file is damaged, or there is no space: then the next attempt says so.
            on_step(f"copy whole: {type(error).__name__}")
            _remove(temporary)
    return write_whole(settings, temporary, on_step), 0


def _require_space(settings: Settings) -> None:
    """Refuse before writing where the new file cannot fit beside the old one."""
    folder = settings.published_path.parent
    if settings.published_path.exists():
        needed = int(settings.published_path.stat().st_size * 1.1)
    else:
        # Marts have been between a quarter and half of the build file.
        needed = settings.database_path.stat().st_size // 2
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE_BYTES:
        raise PublicationError(
            f"Not enough space to publish: about {(needed + _SPARE_BYTES) / 2**20:.0f} MiB are needed "
            f"in {folder} and {free / 2**20:.0f} MiB are free. The earlier publication stays. "
            "Free space, or lower PUBLISH_KEEP, and run the job publish again."
        )


def _keep_current(settings: Settings, keep: int) -> None:
    """Give the current publication a second name in history/, and drop names beyond the newest `keep`.

    One that is damaged is nothing to go back to, and would take the place of one that is.
    """
    published = settings.published_path
    history = published.parent / "history"
    history.mkdir(exist_ok=True)
    if keep and published.exists() and not _is_damaged(settings, published):
        made = datetime.fromtimestamp(published.stat().st_mtime_ns / 1e9, UTC)
        name = history / f"analytics-{made:%Y%m%dT%H%M%S%f}Z.duckdb"
        if not name.exists():
            try:
                os.link(published, name)
            except OSError:
                # A file system without hard links: a copy costs space, and is as good.
                copying = name.with_suffix(_COPYING)
                try:
                    shutil.copy2(published, copying)
                    os.replace(copying, name)
                finally:
                    copying.unlink(missing_ok=True)
    kept = sorted(path for path in history.iterdir() if _HISTORY.fullmatch(path.name))
    for path in kept[: max(len(kept) - keep, 0)]:
        path.unlink()


def _is_damaged(settings: Settings, path: Path) -> bool:
    try:
        connect(settings, path, read_only=True).close()
    except duckdb.Error as error:
        # Somebody who opened it for writing keeps others out of a sound one.
        return "Could not set lock" not in str(error)
    return False


def _remove_left_overs(folder: Path) -> None:
    """Remove temporary files of publications that were killed; the lock says that none is under way."""
    for path in folder.iterdir():
        if _TEMPORARY.fullmatch(path.name):
            path.unlink()
    for path in (folder / "history").glob(f"*{_COPYING}"):
        path.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(temporary: Path) -> None:
    temporary.unlink(missing_ok=True)
    _wal(temporary).unlink(missing_ok=True)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")

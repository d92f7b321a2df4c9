"""Keeps simulated and real data apart: one warehouse never holds both.

The build file itself says which of the two it was filled with; a note in the state folder repeats it, so that asking
needs neither the file nor its lock. When real sources are configured, a warehouse of simulated data is set aside and a
new one begins; the reverse is an error, since a variable that is missing from one night's environment must never hide
real data behind simulated figures.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

import duckdb

from ingestion.engine import connect
from ingestion.lock import writer_lock
from ingestion.settings import Settings, all_variables

Origin = Literal["simulated", "configured"]
_TABLE = "raw_ops.origin"


class MixedOriginError(RuntimeError):
    """Simulated sources would be loaded into a warehouse of real data."""


def keep_apart(settings: Settings, progress: Callable[[str], None] = lambda text: None) -> None:
    """Make sure that the build file holds data of the origin that is configured now, before anything is collected.

    Takes the writer lock only where the state folder's note does not say that all is well.

    Raises:
        MixedOriginError: the warehouse holds real data and nothing is configured now.
        ingestion.lock.LockTimeoutError: another process writes the warehouse.
    """
    origin: Origin = "simulated" if settings.is_simulated else "configured"
    noted, is_sure = _noted(settings)
    if not (is_sure and noted == origin):
        with writer_lock(settings):
            _keep_apart(settings, origin, progress)


def check(settings: Settings) -> None:
    """Refuse what would look at real data with the settings of a simulation, as far as the note tells.

    Raises:
        MixedOriginError: the warehouse holds real data and nothing is configured now.
    """
    if settings.is_simulated and _noted(settings) == ("configured", True):
        raise _mixed(settings)


def holds_simulated(settings: Settings) -> bool:
    """Whether the warehouse was filled from the simulator; before its first load, whether it will be."""
    noted, is_sure = _noted(settings)
    return (noted == "simulated") if is_sure else settings.is_simulated


def _keep_apart(settings: Settings, origin: Origin, progress: Callable[[str], None]) -> None:
    before = _recorded(settings)
    if before == "configured" and origin == "simulated":
        raise _mixed(settings)
    if before == "simulated" and origin == "configured":
        aside = settings.database_path.with_name("warehouse.simulated.duckdb")
        progress(f"sources are configured now: the warehouse of simulated data is set aside at {aside}")
        # Packages and collections of the old file must not be finished into the new one: they go first, and the file
        # that says what it holds last, so that a run that is killed here is taken up by the next one.
        for folder in (settings.state_dir / "collected", settings.state_dir / "dlt"):
            if folder.exists():
                shutil.rmtree(folder)
        for suffix in (".wal", ""):
            source = Path(f"{settings.database_path}{suffix}")
            if source.exists():
                source.replace(f"{aside}{suffix}")
    _record(settings, origin)


def _mixed(settings: Settings) -> MixedOriginError:
    return MixedOriginError(
        f"{settings.warehouse_dir} holds data of configured sources, and no source is configured now: none of "
        f"{', '.join(one.name for one in all_variables() if one.configures)} is set, and no file lies in "
        f"{settings.warehouse_dir / 'landing'}. Set them as before (LANDING_DIR to that folder, if it is empty on "
        "purpose), or set WAREHOUSE_DIR to another folder to look at simulated data."
    )


def _noted(settings: Settings) -> tuple[Origin | None, bool]:
    """What the note says, and whether it speaks of the build file that is there."""
    try:
        word, _, file = _note(settings).read_text().strip().partition(" ")
    except (OSError, ValueError):
        return None, False
    if word not in ("simulated", "configured"):
        return None, False
    return cast(Origin, word), file == _identity(settings)


def _recorded(settings: Settings) -> Origin | None:
    """What the build file was filled with; None where there is none, or nothing tells."""
    if not settings.database_path.exists():
        return None
    with connect(settings, settings.database_path, read_only=True) as connection:
        try:
            found = connection.execute(f"select origin from {_TABLE}").fetchone()
        except duckdb.CatalogException:
            found = None
    # A file that is older than the table: then the note is all that there is.
    return found[0] if found else _noted(settings)[0]


def _record(settings: Settings, origin: Origin) -> None:
    """Into the build file first: a note is never ahead of it."""
    with connect(settings, settings.database_path) as connection:
        connection.execute(
            f"begin; create schema if not exists raw_ops; "
            f"create or replace table {_TABLE} as select '{origin}' as origin; commit"
        )
    note = _note(settings)
    note.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: half of a word, on a disk that is full, would say something else.
    draft = note.with_name(f"{note.name}.{os.getpid()}")
    draft.write_text(f"{origin} {_identity(settings)}\n")
    os.replace(draft, note)


def _note(settings: Settings) -> Path:
    return settings.state_dir / "sources"


def _identity(settings: Settings) -> str:
    """Of the build file; another one has another. "-" where there is none."""
    try:
        status = settings.database_path.stat()
    except OSError:
        return "-"
    return f"{status.st_dev}:{status.st_ino}"

"""Keeps simulated and real data apart: one warehouse never holds both.

The state folder notes which of the two a warehouse was filled with. When real sources are configured, a
warehouse of simulated data is set aside and a new one begins; the reverse is an error, since a variable that
is missing from one night's environment must never hide real data behind simulated figures.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from ingestion.settings import Settings, all_variables


class MixedOriginError(RuntimeError):
    """Simulated sources would be loaded into a warehouse of real data."""


def keep_apart(settings: Settings, progress: Callable[[str], None] = lambda text: None) -> None:
    """Make sure that the build file holds data of the origin that is configured now; the caller holds the lock.

    Raises:
        MixedOriginError: the warehouse holds real data and nothing is configured now.
    """
    note = settings.state_dir / "sources"
    origin = "simulated" if settings.is_simulated else "configured"
    before = note.read_text().strip() if note.exists() and settings.database_path.exists() else origin
    if before == "configured" and origin == "simulated":
        raise MixedOriginError(
            f"{settings.warehouse_dir} holds data of configured sources, and no source is configured now: none of "
            f"{', '.join(one.name for one in all_variables() if one.configures)} is set. Set them as before, or set "
            "WAREHOUSE_DIR to another folder to look at simulated data."
        )
    if before != origin:
        aside = settings.database_path.with_name("warehouse.simulated.duckdb")
        progress(f"sources are configured now: the warehouse of simulated data is set aside at {aside}")
        for suffix in ("", ".wal"):
            source = Path(f"{settings.database_path}{suffix}")
            if source.exists():
                source.replace(f"{aside}{suffix}")
        # Packages and collections of the old file must not be finished into the new one.
        shutil.rmtree(settings.state_dir / "collected", ignore_errors=True)
        shutil.rmtree(settings.state_dir / "dlt", ignore_errors=True)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(origin + "\n")

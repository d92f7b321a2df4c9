"""A collection that is made once: of the simulated days."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

from ingestion.collect.collection import CollectorError, collected_dir
from ingestion.settings import Settings

_DONE = "simulated.done"


def collect_once(settings: Settings, source: str, collect: Callable[[], list[str]]) -> list[str]:
    """Run `collect` unless it once ran to its end for this warehouse; gives its problems.

    What a killed run left is no part of the story and removed. A second process waits for the first.
    """
    folder = collected_dir(settings, source)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    done = folder / _DONE
    with (folder / "simulated.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return []
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "simulated.lock":
                path.unlink()
        problems = collect()
        done.touch()
    return problems


def forget_simulated(settings: Settings, source: str) -> None:
    """Have `collect_once` run once more."""
    (collected_dir(settings, source) / _DONE).unlink(missing_ok=True)


def simulated_world(settings: Settings) -> Path:
    """Folder of the world that the simulated platforms tell of.

    Raises:
        CollectorError: the simulated sources were made before there was one.
    """
    world = settings.simulated_dir / "world"
    if not world.is_dir():
        raise CollectorError(
            f"The simulated sources in {settings.simulated_dir} are older than the simulated platforms. Remove "
            f"{settings.warehouse_dir}, or set WAREHOUSE_DIR to a new folder."
        )
    return world

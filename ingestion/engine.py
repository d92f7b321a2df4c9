"""DuckDB connections with the warehouse's settings."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from ingestion.settings import Settings

# Of folders for what comes out of an archive, in `spill_dir`.
UNPACKED_PREFIX = "unpacked-"
# Of build files, which only the warehouse opens: written faster and smaller than the default, which older versions of
# DuckDB read and analysts get.
BUILD_FORMAT = "v1.4.0"


def duckdb_config(settings: Settings) -> dict[str, Any]:
    """The options that every DuckDB connection of the warehouse shares."""
    spill = spill_dir(settings)
    spill.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "temp_directory": str(spill),
        # Keeping the order of rows costs 2.5 times the load time and much memory; no table relies on it.
        "preserve_insertion_order": "false",
    }
    if settings.duckdb_memory_limit:
        config["memory_limit"] = settings.duckdb_memory_limit
    if settings.duckdb_threads:
        config["threads"] = str(settings.duckdb_threads)
    return config


def connect(settings: Settings, path: Path | None = None, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open `path` (in memory when None) in UTC. The build file needs `writer_lock` around it."""
    if path and not read_only and not path.exists():
        _create(path)
    connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=duckdb_config(settings))
    connection.execute("set timezone = 'UTC'")
    # DuckDB draws it after two seconds on whatever stands behind stdout, a log of cron as well.
    connection.execute("set enable_progress_bar = false")
    return connection


def _create(path: Path) -> None:
    """An empty database, whole or not at all: one that a full disk cut off could never be opened again."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    duckdb.connect(str(draft), config={"storage_compatibility_version": BUILD_FORMAT}).close()
    # Of a file that was taken away. DuckDB removes it as well where it makes the file itself.
    Path(f"{path}.wal").unlink(missing_ok=True)
    os.replace(draft, path)


def remove_spilled(settings: Settings) -> None:
    """Remove what a killed process had spilled: of lines that were being read it holds addresses and agents in clear.

    And what it had unpacked. The caller holds `writer_lock`, so no other process spills; one that outlived its parent
    keeps its open files.
    """
    for path in spill_dir(settings).glob("duckdb_temp_*"):
        with suppress(OSError):
            path.unlink()
    for folder in spill_dir(settings).glob(f"{UNPACKED_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)


def spill_dir(settings: Settings) -> Path:
    """For what is too large for the memory, as long as a load lasts."""
    return settings.state_dir / "spill"


def path_pattern(path: Path) -> str:
    """The path as DuckDB reads it, which takes these characters for those of a pattern over many files."""
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))

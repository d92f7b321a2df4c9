"""What the published file holds, remembered beside the warehouse's other state: what the next one starts from.

Deleted rows stay readable in the bytes of a DuckDB file, and a copy of it carries them on. Only a file that is
written whole is free of them. So it is after a model was built anew, which is how the runbook erases rows,
and after `forget`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from ingestion.settings import Settings
from orchestration.publication_changes import Contents

_FORMAT = 3
# Rows that were replaced leave holes, and a damaged block would be carried on: both end here.
_MOST_IN_A_ROW = 14


@dataclass(frozen=True)
class Published:
    """The tables of the published file by name, and how many publications ago it was written whole.

    `rebuilds`: how often models had been built anew by then, all together. `project`: what they were built with; with
    another one old rows may have other values.
    """

    tables: Mapping[str, Contents]
    since_whole: int
    rebuilds: int
    project: str | None = None


def remember(settings: Settings, published: Published) -> None:
    """Write down what the published file, which must be in its place, holds."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    # One name for all, whose lock on the warehouse keeps them apart: what a full disk or a kill leaves is written over.
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(json.dumps({**_identity(settings), **asdict(published)}))
    os.replace(temporary, path)


def recall(settings: Settings, rebuilds: int, project: str | None) -> Published | None:
    """What the published file holds; None where that is not known for sure, or a whole file is due.

    Args:
        rebuilds: how often models have been built anew by now.
    """
    try:
        found = json.loads(_path(settings).read_text())
        if any(found[name] != value for name, value in _identity(settings).items()):
            return None
        if found["since_whole"] >= _MOST_IN_A_ROW or (found["rebuilds"], found["project"]) != (rebuilds, project):
            return None
        tables = {
            name: Contents(
                rows=table["rows"],
                checksums=tuple(table["checksums"]),
                batch_id=table["batch_id"],
                columns=tuple((column, kind) for column, kind in table["columns"]),
            )
            for name, table in found["tables"].items()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Published(tables, found["since_whole"], rebuilds, project)


def forget(settings: Settings) -> None:
    """Have the next publication written whole. Needed after an erasure."""
    _path(settings).unlink(missing_ok=True)


def _path(settings: Settings) -> Path:
    return settings.state_dir / "publication.json"


def _identity(settings: Settings) -> dict[str, object]:
    """Changes with the file, with what was done to it by others, and with DuckDB, whose hashes may change."""
    status = settings.published_path.stat()
    return {
        "format": _FORMAT,
        "duckdb": duckdb.__version__,
        "file": [status.st_ino, status.st_size, status.st_mtime_ns],
    }

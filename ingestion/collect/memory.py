"""Small things that a collector remembers between runs, as JSON files beside what it collects."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def remembered(path: Path | None) -> dict[str, Any]:
    """The object that was saved; empty without a path and where the file is missing or damaged."""
    try:
        found = json.loads(path.read_bytes()) if path else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def remember(path: Path | None, value: dict[str, Any]) -> None:
    """Save an object, whole or not at all, on disk before it has its name; nothing without a path."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)

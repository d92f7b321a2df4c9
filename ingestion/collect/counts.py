"""What open collections have counted so far, kept where a killed process leaves it.

A state of a collection is written when it begins and when it ends. Between them the counts stand in a small file, a
slot a collection, rewritten in place: a line more for each request would be as much as the items themselves.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

_SLOT_BYTES = 192
NAMES = ("requests", "retries", "rows", "points")


class Counts:
    """The file of one run; what an earlier one left in it is gone, see `left`."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._slots: list[str | None] = []

    @staticmethod
    def left(path: Path) -> dict[str, dict[str, int]]:
        """Counts of collections that were open when a run died, by collection; nothing of a slot that is damaged."""
        found = {}
        for line in path.read_bytes().splitlines() if path.is_file() else []:
            try:
                slot = json.loads(line)
                found[str(slot["collection_id"])] = {name: int(slot[name]) for name in NAMES}
            except (ValueError, TypeError, KeyError, RecursionError):
                continue
        return found

    def note(self, collection_id: str, counts: dict[str, int]) -> None:
        """Keep the counts of an open collection."""
        if collection_id not in self._slots:
            slot = self._slots.index(None) if None in self._slots else len(self._slots)
            self._slots[slot : slot + 1] = [collection_id]
        text = json.dumps({"collection_id": collection_id, **counts}, separators=(",", ":"))
        self._write(self._slots.index(collection_id), text)

    def forget(self, collection_id: str) -> None:
        """The collection has ended: its last state has its counts."""
        if collection_id in self._slots:
            slot = self._slots.index(collection_id)
            self._slots[slot] = None
            self._write(slot, "")

    def close(self) -> None:
        os.close(self._file)

    def _write(self, slot: int, text: str) -> None:
        os.pwrite(self._file, text.ljust(_SLOT_BYTES - 1).encode("ascii") + b"\n", slot * _SLOT_BYTES)

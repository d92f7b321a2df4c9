"""Up to where channels were read, kept between runs in a file beside the collected ones."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Position:
    """Of one channel.

    Attributes:
        newest: highest id read so far, None before the first run.
        unread: ranges (low, before) that a run did not reach: ids above `low` and below `before`.
        known: young messages with clip links: id -> what was last written of it.
    """

    newest: int | None = None
    unread: list[tuple[int, int]] = field(default_factory=list)
    known: dict[int, str] = field(default_factory=dict)


class Positions:
    """Positions by channel. Without a path they last as long as the process."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._of: dict[str, Position] = {}

    def load(self) -> None:
        """Take in what the last run saved; call it when no other run can be under way."""
        if self._path is not None:
            self._of = _read(self._path)

    def of(self, channel_id: str) -> Position:
        """The channel's position, which the caller moves on."""
        return self._of.setdefault(channel_id, Position())

    def save(self) -> None:
        """Write all positions, whole or not at all."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            json.dump({channel: asdict(position) for channel, position in self._of.items()}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self._path)


def _read(path: Path) -> dict[str, Position]:
    """Nothing where the file is missing or damaged: the channels are then read as if for the first time."""
    try:
        found = json.loads(path.read_bytes())
        return {
            str(channel): Position(
                newest=None if saved["newest"] is None else int(saved["newest"]),
                unread=[(int(low), int(before)) for low, before in saved["unread"]],
                known={int(message): str(state) for message, state in saved["known"].items()},
            )
            for channel, saved in found.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}

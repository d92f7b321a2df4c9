"""Up to where channels were read, kept between runs in a file beside the collected ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ingestion.collect.memory import remember, remembered


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
            self._of = _positions(remembered(self._path))

    def of(self, channel_id: str) -> Position:
        """The channel's position, which the caller moves on."""
        return self._of.setdefault(channel_id, Position())

    def save(self) -> None:
        """Write all positions, whole or not at all."""
        remember(self._path, {channel: asdict(position) for channel, position in self._of.items()})


def _positions(saved: dict[str, Any]) -> dict[str, Position]:
    """Nothing of what is not as it was saved: the channels are then read as if for the first time."""
    try:
        return {
            channel: Position(
                newest=None if one["newest"] is None else int(one["newest"]),
                unread=[(int(low), int(before)) for low, before in one["unread"]],
                known={int(message): str(state) for message, state in one["known"].items()},
            )
            for channel, one in saved.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}

"""Chats that go on between runs, and the places up to which they were read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingestion.collect.memory import remember, remembered


@dataclass
class Chat:
    """An open live chat. Video and channel are None where only the chat is known.

    `page_token` is the platform's place in it, None before the first page; `not_before` the moment from which it may
    be asked again, in seconds since 1970.
    """

    video_id: str | None
    channel_id: str | None
    page_token: str | None = None
    not_before: float = 0.0


class Chats:
    """Open chats by their id, in a file. Without a path they last as long as the process."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.open: dict[str, Chat] = {}

    def load(self) -> None:
        """Take in what the last run saved; nothing of what is not as it was saved."""
        if self._path is not None:
            self.open = _chats(remembered(self._path))

    def save(self) -> None:
        """Write all open chats, whole or not at all."""
        remember(self._path, {live_chat_id: asdict(chat) for live_chat_id, chat in self.open.items()})


def _chats(saved: dict[str, Any]) -> dict[str, Chat]:
    try:
        return {
            live_chat_id: Chat(
                _text(chat["video_id"]), _text(chat["channel_id"]), _text(chat["page_token"]), float(chat["not_before"])
            )
            for live_chat_id, chat in saved.items()
        }
    except (ValueError, TypeError, KeyError):
        return {}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)

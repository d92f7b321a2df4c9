"""Chats that go on between runs, and the places up to which they were read."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass
class Chat:
    """An open live chat.

    `page_token` is the platform's place in it, None before the first page; `not_before` the moment from which it may
    be asked again, in seconds since 1970.
    """

    video_id: str
    channel_id: str
    page_token: str | None = None
    not_before: float = 0.0


class Chats:
    """Open chats by their id, in a file. Without a path they last as long as the process."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.open: dict[str, Chat] = {}

    def load(self) -> None:
        """Take in what the last run saved; nothing where the file is missing or damaged."""
        if self._path is None:
            return
        try:
            found = json.loads(self._path.read_bytes())
            self.open = {
                str(live_chat_id): Chat(
                    str(chat["video_id"]),
                    str(chat["channel_id"]),
                    None if chat["page_token"] is None else str(chat["page_token"]),
                    float(chat["not_before"]),
                )
                for live_chat_id, chat in found.items()
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            self.open = {}

    def save(self) -> None:
        """Write all open chats, whole or not at all."""
        if self._path is None:
            return
        draft = self._path.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            json.dump({live_chat_id: asdict(chat) for live_chat_id, chat in self.open.items()}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self._path)

"""A YouTube live chat that a test fills, and the real reader against it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.collect.clock import SimulatedClock
from ingestion.collect.collection import collected_dir
from ingestion.collect.http import Limits
from ingestion.settings import Secret, Settings
from ingestion.simulator.platforms.server import Reply, Request, serve
from ingestion.youtube.chats import Chats
from ingestion.youtube.client import YouTubeClient
from ingestion.youtube.quota import QuotaPacing
from ingestion.youtube.reader import read_streams
from ingestion.youtube.settings import YouTubeSettings

# Ten in the morning of the Pacific time zone.
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
KEY = "canary-key"
CHANNEL = "UC" + "c" * 22


def message(message_id: str, text: str = "hello", kind: str = "textMessageEvent", **details: Any) -> dict[str, Any]:
    snippet = {
        "type": kind,
        "liveChatId": "chat-1",
        "authorChannelId": "UCcanary-author",
        "publishedAt": "2026-11-20T17:59:00.123456+00:00",
        "displayMessage": f"canary-name says {text}",
        **(details or {"textMessageDetails": {"messageText": text}}),
    }
    author = {"channelId": "UCcanary-author", "displayName": "canary-name", "isChatSponsor": True}
    return {"kind": "youtube#liveChatMessage", "id": message_id, "snippet": snippet, "authorDetails": author}


def video(video_id: str, chat: str | None = "chat-1", ended: str | None = None) -> dict[str, Any]:
    streaming: dict[str, Any] = {"actualStartTime": "2026-11-20T17:00:00Z", "concurrentViewers": "42"}
    streaming |= {"activeLiveChatId": chat} if chat else {}
    streaming |= {"actualEndTime": ended} if ended else {}
    return {
        "id": video_id,
        "snippet": {"channelId": CHANNEL, "title": "Live"},
        "liveStreamingDetails": streaming,
    }


def error(status: int, reason: str) -> Reply:
    return Reply(status, {"error": {"code": status, "message": "canary", "errors": [{"reason": reason}]}})


@dataclass
class YouTube:
    """`pages` are a chat's pages by its id: a page token is the number of the next; `plan` answers before them."""

    settings: Settings
    own: YouTubeSettings
    clock: SimulatedClock
    folder: Path
    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    plan: list[Callable[[Request], Reply | None]] = field(default_factory=list)
    requests: list[tuple[float, Request]] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        self.requests.append((self.clock.monotonic(), request))
        planned = self.plan.pop(0)(request) if self.plan else None
        if planned is not None:
            return planned
        if request.headers.get("x-goog-api-key") != KEY:
            return error(400, "keyInvalid")
        route = request.path.rpartition("/youtube/v3/")[2]
        if route == "playlistItems":
            return Reply(200, {"items": [{"contentDetails": {"videoId": one}} for one in self.videos]})
        if route == "videos":
            asked = request.first("id").split(",")
            return Reply(200, {"items": [self.videos[one] for one in asked if one in self.videos]})
        number = int(request.first("pageToken", "0"))
        pages = self.pages[request.first("liveChatId")]
        if number >= len(pages):
            return error(403, "liveChatEnded")
        base = {"nextPageToken": str(number + 1), "pollingIntervalMillis": 4000, "items": []}
        return Reply(200, {**base, **pages[number]})

    def run(self, **changes: Any) -> list[str]:
        """One run with what the last one saved."""
        own = replace(self.own, **changes)
        quota = QuotaPacing(own.daily_quota, self.clock, self.folder / "quota.json")
        limits = Limits(tries=3, read_seconds=0.3, answer_seconds=0.6)
        client = YouTubeClient(own, self.clock, quota, random.Random(1), limits)
        try:
            chats = Chats(self.folder / "chats.json")
            return read_streams(self.settings, own, self.clock, client, quota, chats)
        finally:
            client.close()

    def live(self, *pages: dict[str, Any], video_id: str = "video-00001", chat: str = "chat-1") -> None:
        """Make a stream with these pages of its chat."""
        self.videos[video_id] = video(video_id, chat)
        self.pages[chat] = list(pages)

    def items(self, resource: str = "chat_messages") -> list[dict[str, Any]]:
        folder = collected_dir(self.settings, "youtube") / resource
        return [json.loads(line)["item"] for path in sorted(folder.glob("*.jsonl")) for line in path.open()]

    def ids(self) -> list[str]:
        return [item["id"] for item in self.items()]

    def states(self, resource: str = "chat_messages") -> list[dict[str, Any]]:
        """The last states of the collections of a resource."""
        folder = collected_dir(self.settings, "youtube") / "collections"
        lines = [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.open()]
        return [state for state in lines if state["status"] != "running" and state["resource"] == resource]

    def polls(self) -> list[float]:
        """When chats were asked for."""
        return [moment for moment, request in self.requests if request.path.endswith("liveChat/messages")]


@pytest.fixture
def youtube(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[YouTube]:
    """A channel without streams at `NOW`."""
    own = YouTubeSettings(Secret(KEY), (), (CHANNEL,), "", daily_quota=10_000, follow_minutes=60, keep_text=False)
    folder = tmp_path / "state"
    folder.mkdir()
    made = YouTube(make_settings(), own, SimulatedClock(NOW), folder)
    with serve(made.answer) as url:
        made.own = replace(own, api_url=f"{url}/youtube/v3")
        yield made

"""A simulated Discord: answers from the world as it stands at the clock's time, with Discord's limits and faults."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.collect.clock import Clock
from ingestion.simulator.platforms.server import Reply, Request
from ingestion.simulator.platforms.world import attach_world

TOKEN = "simulated-bot-token"
_MESSAGES_SQL = (Path(__file__).parent / "discord_page.sql").read_text(encoding="utf-8")
# Discord's own numbers differ by route and are not published; a client must live by the headers.
_REQUESTS, _WINDOW_SECONDS = 5, 5.0


@dataclass
class DiscordServer:
    """The answers of the API to a bot with `TOKEN`.

    Attributes:
        failing: share of requests that answer 500, 502 or 503, and again of those that answer a global 429.
        log: (monotonic time, path, status) of each request.
    """

    world: Path
    clock: Clock
    seed: int = 0
    failing: float = 0.01
    log: list[tuple[float, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
        attach_world(self._connection, self.world)
        self._random = random.Random(self.seed)
        self._windows: dict[str, tuple[float, int]] = {}

    def answer(self, request: Request) -> Reply:
        reply = self._answer(request)
        self.log.append((self.clock.monotonic(), request.path, reply.status))
        return reply

    def _answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bot {TOKEN}":
            return Reply(401, {"message": "401: Unauthorized", "code": 0})
        match = re.fullmatch(r"/channels/(\d+)(/messages)?", request.path)
        if match is None:
            return Reply(404, {"message": "404: Not Found", "code": 0})
        limited = self._limit(f"{match[1]}{match[2] or ''}")
        if isinstance(limited, Reply):
            return limited
        draw = self._random.random()
        if draw < self.failing:
            return Reply(self._random.choice([500, 502, 503]), b"<html>upstream error</html>", limited)
        if draw < 2 * self.failing:
            return self._limited(0.35, limited, is_global=True)
        found = self._channel(match[1])
        if isinstance(found, Reply):
            return found
        body = self._messages(match[1], request) if match[2] else found
        return body if isinstance(body, Reply) else Reply(200, body, limited)

    def _limit(self, bucket: str) -> dict[str, str] | Reply:
        """Headers of the bucket's window, or 429 when it is used up."""
        now = self.clock.monotonic()
        started, used = self._windows.get(bucket, (now, 0))
        if now - started >= _WINDOW_SECONDS:
            started, used = now, 0
        self._windows[bucket] = (started, used + 1)
        left = _WINDOW_SECONDS - (now - started)
        headers = {
            "X-RateLimit-Limit": str(_REQUESTS),
            "X-RateLimit-Remaining": str(max(_REQUESTS - used - 1, 0)),
            "X-RateLimit-Reset": f"{self.clock.now().timestamp() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": f"bucket-{bucket}",
        }
        return headers if used < _REQUESTS else self._limited(left, headers, is_global=False)

    def _limited(self, seconds: float, headers: dict[str, str], *, is_global: bool) -> Reply:
        body = {"message": "You are being rate limited.", "code": 0, "retry_after": seconds, "global": is_global}
        more = {"Retry-After": str(int(seconds) + 1), "X-RateLimit-Scope": "global" if is_global else "user"}
        return Reply(429, body, {**headers, **more, **({"X-RateLimit-Global": "true"} if is_global else {})})

    def _channel(self, channel_id: str) -> dict[str, Any] | Reply:
        row = self._connection.execute(
            "select guild_id, name, channel_number from world.discord_channels where channel_id = ?", [channel_id]
        ).fetchone()
        if row is None:
            return Reply(404, {"message": "Unknown Channel", "code": 10003})
        is_out = self._connection.execute(
            """select count(*) from world.discord_outages
            where channel_id = $channel and $now >= from_at and $now < from_at + to_minutes(minutes)""",
            {"channel": channel_id, "now": self._now()},
        ).fetchone()
        if is_out and is_out[0]:
            return Reply(503, b"<html>maintenance</html>")
        return {
            "id": channel_id,
            "type": 0,
            "flags": 0,
            "guild_id": row[0],
            "name": row[1],
            "position": row[2],
            "parent_id": None,
            "topic": None,
            "nsfw": False,
            "rate_limit_per_user": 0,
            "permission_overwrites": [],
        }

    def _messages(self, channel_id: str, request: Request) -> list[dict[str, Any]] | Reply:
        limit, before = request.first("limit", "50"), request.first("before", str(2**63 - 1))
        if not re.fullmatch(r"\d{1,3}", limit) or not 1 <= int(limit) <= 100 or not before.isdigit():
            return Reply(400, {"message": "Invalid Form Body", "code": 50035})
        rows = self._connection.execute(
            _MESSAGES_SQL,
            {"channel": channel_id, "now": self._now(), "before": int(before), "limit": int(limit)},
        ).fetchall()
        return [_message(channel_id, *row) for row in rows]

    def _now(self) -> datetime:
        return self.clock.now().replace(tzinfo=None)


def _message(
    channel_id: str, message_id: str, author_id: str, username: str, is_bot: bool, sent_at: datetime,
    edited_at: datetime | None, content: str, embed_url: str | None, reactions: str | None,
) -> dict[str, Any]:  # fmt: skip
    """A message with all fields that the API always gives."""
    author: dict[str, Any] = {
        "id": author_id,
        "username": username,
        "avatar": None,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "global_name": username,
        "primary_guild": None,
    }
    embeds: list[dict[str, Any]] = []
    if embed_url:
        embeds = [{"type": "video", "url": embed_url, "title": "A clip", "provider": {"name": "Twitch"}}]
    found = {
        "type": 0,
        "content": content,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": embeds,
        "timestamp": _text(sent_at),
        "edited_timestamp": _text(edited_at) if edited_at else None,
        "flags": 0,
        "components": [],
        "id": message_id,
        "channel_id": channel_id,
        "author": {**author, "bot": True} if is_bot else author,
        "pinned": False,
        "mention_everyone": False,
        "tts": False,
    }
    # Without reactions the key is missing.
    return {**found, "reactions": json.loads(reactions)} if reactions else found


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}+00:00"

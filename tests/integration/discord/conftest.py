"""A Discord channel that a test fills and changes, and the real reader against it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.collect.clock import SimulatedClock
from ingestion.collect.collection import collected_dir
from ingestion.collect.http import Limits
from ingestion.discord.client import DiscordClient, snowflake_at
from ingestion.discord.position import Positions
from ingestion.discord.reader import read_channels
from ingestion.discord.settings import DiscordSettings
from ingestion.settings import Secret, Settings
from ingestion.simulator.platforms.server import Reply, Request, serve

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
CHANNEL = "290926798999357250"
TOKEN = "canary-token"
PAGE = 100


def message(message_id: int, text: str, **changes: Any) -> dict[str, Any]:
    """A message with the fields that matter here."""
    sent = datetime(2015, 1, 1, tzinfo=UTC) + timedelta(milliseconds=message_id >> 22)
    base = {
        "type": 0,
        "id": str(message_id),
        "channel_id": CHANNEL,
        "content": text,
        "embeds": [],
        "timestamp": sent.isoformat(),
        "edited_timestamp": None,
        "author": {"id": "53908099506183680", "username": "canary-name"},
    }
    return {**base, **changes}


def reaction(name: str, normal: int, burst: int = 0) -> dict[str, Any]:
    return {
        "emoji": {"id": None, "name": name},
        "count": normal + burst,
        "count_details": {"normal": normal, "burst": burst},
    }


@dataclass
class Discord:
    """`channels` holds messages by channel and id; `plan` answers in the place of the next requests."""

    settings: Settings
    own: DiscordSettings
    clock: SimulatedClock
    path: Path
    channels: dict[str, dict[int, dict[str, Any]]]
    plan: list[Callable[[Request], Reply | None]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        planned = self.plan.pop(0)(request) if self.plan else None
        if planned is not None:
            return planned
        if request.headers.get("authorization") != f"Bot {TOKEN}":
            return Reply(401, {"message": "401: Unauthorized", "code": 0})
        channel_id = request.path.split("/")[2]
        if channel_id not in self.channels:
            return Reply(403, {"message": "Missing Access", "code": 50001})
        if not request.path.endswith("/messages"):
            return Reply(200, {"id": channel_id, "type": 0, "guild_id": "1"})
        before = int(request.first("before", str(1 << 64)))
        ids = sorted((number for number in self.channels[channel_id] if number < before), reverse=True)
        return Reply(200, [self.channels[channel_id][number] for number in ids[: int(request.first("limit"))]])

    def run(self, *, lasting: bool = True) -> list[str]:
        """One run with what the last one saved; `lasting` False forgets it."""
        client = DiscordClient(
            self.own, self.clock, random.Random(1), Limits(tries=3, read_seconds=0.3, answer_seconds=0.6)
        )
        try:
            positions = Positions(self.path if lasting else None)
            return read_channels(self.settings, self.own, self.clock, client, positions)
        finally:
            client.close()

    def items(self) -> list[dict[str, Any]]:
        """All items collected so far, in their order."""
        folder = collected_dir(self.settings, "discord") / "messages"
        return [json.loads(line)["item"] for path in sorted(folder.glob("*.jsonl")) for line in path.open()]

    def ids(self) -> list[int]:
        return [int(item["id"]) for item in self.items()]

    def states(self) -> list[dict[str, Any]]:
        """The last state of each collection."""
        folder = collected_dir(self.settings, "discord") / "collections"
        lines = [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.open()]
        return [state for state in lines if state["status"] != "running"]

    def later(self, **passed: float) -> None:
        self.clock.sleep(timedelta(**passed).total_seconds())

    def share(self, *, days_ago: float = 0, text: str | None = None, **changes: Any) -> int:
        """Post a message; without a text it links to a clip. Gives its id."""
        number = snowflake_at(self.clock.now() - timedelta(days=days_ago))
        while number in self.channels[CHANNEL]:
            number += 1
        text = f"https://clips.twitch.tv/Clip{number}" if text is None else text
        self.channels[CHANNEL][number] = message(number, text, **changes)
        return number


@pytest.fixture
def discord(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Discord]:
    """An empty channel at `NOW`."""
    own = DiscordSettings(Secret(TOKEN), (CHANNEL,), "", reread_days=7, first_days=30)
    made = Discord(make_settings(), own, SimulatedClock(NOW), tmp_path / "positions.json", {CHANNEL: {}})
    with serve(made.answer) as url:
        made.own = DiscordSettings(Secret(TOKEN), (CHANNEL,), url, reread_days=7, first_days=30)
        yield made

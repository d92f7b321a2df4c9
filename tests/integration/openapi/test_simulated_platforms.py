"""The simulated platforms answer as the platforms' descriptions say, field by field, and clients ask them so too."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import jsonschema
import pytest

from ingestion.collect.clock import SimulatedClock
from ingestion.collect.collection import Collector
from ingestion.discord.client import DiscordClient
from ingestion.discord.position import Positions
from ingestion.discord.reader import read_channels
from ingestion.discord.settings import DiscordSettings
from ingestion.settings import Secret, Settings
from ingestion.simulator.platforms.discord import TOKEN, DiscordServer
from ingestion.simulator.platforms.helix import HelixServer
from ingestion.simulator.platforms.helix_world import HelixWorld
from ingestion.simulator.platforms.server import Reply, Request, serve
from ingestion.simulator.platforms.world import WorldSize, write_world
from ingestion.simulator.platforms.youtube import KEY, YouTubeServer
from ingestion.twitch.client import Helix
from ingestion.twitch.collecting import open_state
from ingestion.twitch.run import Run
from ingestion.twitch.settings import TwitchSettings
from ingestion.youtube.chats import Chats
from ingestion.youtube.client import YouTubeClient
from ingestion.youtube.quota import QuotaPacing
from ingestion.youtube.reader import read_streams
from ingestion.youtube.settings import YouTubeSettings

from .description import Description

END = date(2026, 11, 20)


@dataclass
class Judge:
    """Stands between a client and a simulated platform and judges both."""

    description: Description
    inner: Callable[[Request], Reply]
    prefix: str = ""
    faults: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)

    def answer(self, request: Request) -> Reply:
        reply = self.inner(request)
        if request.path.startswith("/oauth2"):
            return reply
        asked = Request(request.method, request.path.removeprefix(self.prefix), request.query, request.headers)
        self.faults += self.description.violations(asked)
        route = self.description.route(asked.path)
        if route and reply.status == 200:
            self.answered.add(route)
            try:
                self.description.validate_answer(route, json.loads(json.dumps(reply.body)))
            except jsonschema.ValidationError as error:
                self.faults.append(f"{route}: {error.json_path}: {error.message[:200]}")
        return reply

    def assert_agreed(self) -> None:
        assert self.faults == []
        assert self.answered == set(self.description.routes)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, seed=3, end_date=END, size=WorldSize(days=6, clips=4, old_clips=2, has_outages=False))
    return folder


def test_discord(world: Path, make_settings: Callable[..., Settings]) -> None:
    clock = SimulatedClock(datetime(2026, 11, 20, 20, tzinfo=UTC))
    judge = Judge(Description("discord"), DiscordServer(world, clock, failing=0).answer)
    channels = duckdb.sql(f"select channel_id from '{world}/discord_channels.parquet' order by 1").fetchall()
    with serve(judge.answer) as url:
        own = DiscordSettings(Secret(TOKEN), tuple(one for (one,) in channels), url, reread_days=7, first_days=30)
        client = DiscordClient(own, clock, random.Random(1))
        assert read_channels(make_settings(), own, clock, client, Positions()) == []
        client.close()
    judge.assert_agreed()


def test_youtube(world: Path, make_settings: Callable[..., Settings]) -> None:
    ((started,),) = duckdb.sql(
        f"select min(started_at) from '{world}/youtube_videos.parquet' where not is_archived_only"
    ).fetchall()
    clock = SimulatedClock(started.replace(tzinfo=UTC))
    clock.sleep(1800)
    channels = duckdb.sql(f"select channel_id from '{world}/youtube_channels.parquet' order by 1").fetchall()
    judge = Judge(Description("youtube"), YouTubeServer(world, clock, failing=0).answer)
    with serve(judge.answer) as url:
        own = YouTubeSettings(
            Secret(KEY), (), tuple(one for (one,) in channels), f"{url}/youtube/v3", 10_000, 240, keep_text=False
        )
        quota = QuotaPacing(own.daily_quota, clock)
        client = YouTubeClient(own, clock, quota, random.Random(1))
        assert read_streams(make_settings(), own, clock, client, quota, Chats()) == []
        client.close()
    judge.assert_agreed()


def test_twitch(world: Path, make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    # The first channel is live in the last evening.
    clock = SimulatedClock(datetime(2026, 11, 20, 21, tzinfo=UTC))
    server = HelixServer(HelixWorld(world), clock)
    judge = Judge(Description("twitch"), server.answer, "/helix")
    tokens = tmp_path / "tokens.json"
    tokens.write_text(json.dumps(server.tokens.file()))
    tokens.chmod(0o600)
    settings = make_settings()
    with serve(judge.answer) as url:
        twitch = TwitchSettings(
            client_id=server.client_id,
            client_secret=Secret(server.client_secret),
            channels=tuple(row[1] for row in server.world.accounts.values()),
            user_tokens_file=tokens,
            api_url=f"{url}/helix",
            auth_url=f"{url}/oauth2",
        )
        helix = Helix(twitch, clock, jitter=random.Random(1))
        with Collector(settings, "twitch", clock) as collector, open_state(settings) as state:
            Run(twitch, collector, helix, state, jitter=random.Random(1), jitter_seconds=0).everything()
        helix.close()
    judge.assert_agreed()

"""A collection of the simulated days: the real client, the simulated YouTube, and a clock that does not wait."""

from __future__ import annotations

import random
from datetime import UTC

import duckdb

from ingestion.collect.clock import SimulatedClock
from ingestion.collect.once import collect_once, simulated_world
from ingestion.pipeline import Progress
from ingestion.settings import Secret, Settings
from ingestion.simulator.platforms.server import serve
from ingestion.simulator.platforms.world import attach_world
from ingestion.simulator.platforms.youtube import KEY, YouTubeServer
from ingestion.youtube.chats import Chats
from ingestion.youtube.client import YouTubeClient
from ingestion.youtube.quota import QuotaPacing
from ingestion.youtube.reader import read_streams
from ingestion.youtube.settings import YouTubeSettings

_FOLLOW_MINUTES = 30


def collect_simulated(settings: Settings, progress: Progress) -> list[str]:
    """Follow the simulated streams; gives the problems of the last run, as a nightly run would."""
    return collect_once(settings, "youtube", lambda: _collect_streams(settings, progress))


def _collect_streams(settings: Settings, progress: Progress) -> list[str]:
    world = simulated_world(settings)
    with duckdb.connect() as connection:
        attach_world(connection, world)
        channels = tuple(
            channel_id
            for (channel_id,) in connection.execute(
                "select channel_id from world.youtube_channels order by channel_number"
            ).fetchall()
        )
        # One run after the other while any stream is live, and one after it.
        step = f"interval '{_FOLLOW_MINUTES} minutes'"
        moments = connection.execute(
            f"""select distinct
                unnest(generate_series(time_bucket({step}, started_at) + {step}, ended_at + {step}, {step})) as "at"
            from world.youtube_videos order by 1"""
        ).fetchall()
    if not moments:
        return []
    clock = SimulatedClock(moments[0][0].replace(tzinfo=UTC))
    server = YouTubeServer(world, clock)
    chats = Chats()
    problems: list[str] = []
    with serve(server.answer) as url:
        own = YouTubeSettings(
            Secret(KEY), (), channels, f"{url}/youtube/v3", daily_quota=10_000, follow_minutes=_FOLLOW_MINUTES,
            keep_text=False,
        )  # fmt: skip
        quota = QuotaPacing(own.daily_quota, clock)
        client = YouTubeClient(own, clock, quota, random.Random(0))
        for (moment,) in moments:
            clock.sleep_until(moment.replace(tzinfo=UTC))
            problems = read_streams(settings, own, clock, client, quota, chats)
        client.close()
    progress(f"youtube: {len(server.log):,} requests over {len(moments)} simulated runs")
    return problems

"""A collection of the simulated days: the real client, the simulated Discord, and a clock that does not wait."""

from __future__ import annotations

import random
from datetime import UTC
from typing import Any

import duckdb

from ingestion.collect.clock import SimulatedClock
from ingestion.collect.once import collect_once, simulated_world
from ingestion.discord.client import DiscordClient
from ingestion.discord.position import Positions
from ingestion.discord.reader import read_channels
from ingestion.discord.settings import DiscordSettings
from ingestion.pipeline import Progress
from ingestion.settings import Secret, Settings
from ingestion.simulator.platforms.discord import TOKEN, DiscordServer
from ingestion.simulator.platforms.server import serve
from ingestion.simulator.platforms.world import attach_world


def collect_simulated(settings: Settings, progress: Progress) -> list[str]:
    """Read the channels once for each simulated day; gives the problems of the last day, as a nightly run would."""
    return collect_once(settings, "discord", lambda: _collect_days(settings, progress))


def _collect_days(settings: Settings, progress: Progress) -> list[str]:
    world = simulated_world(settings)
    with duckdb.connect() as connection:
        attach_world(connection, world)
        moments = _column(connection, 'select "at" from world.daily_collections order by 1')
        channels = _column(connection, "select channel_id from world.discord_channels order by channel_number")
        members = "select author_id, creator_id from world.discord_members where creator_id is not null"
        creators = dict(connection.execute(members).fetchall())
    clock = SimulatedClock(moments[0].replace(tzinfo=UTC))
    server = DiscordServer(world, clock)
    positions = Positions()
    problems: list[str] = []
    with serve(server.answer) as url:
        own = DiscordSettings(Secret(TOKEN), tuple(channels), url, reread_days=7, first_days=90, creators=creators)
        client = DiscordClient(own, clock, random.Random(0))
        for moment in moments:
            clock.sleep_until(moment.replace(tzinfo=UTC))
            problems = read_channels(settings, own, clock, client, positions)
        client.close()
    progress(f"discord: {len(server.log):,} requests over {len(moments)} simulated days")
    return problems


def _column(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return [value for (value,) in connection.execute(query).fetchall()]

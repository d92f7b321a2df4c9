"""A collection of the simulated days: the real client against the simulated Twitch, with a clock that does not wait."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingestion.collect.clock import SimulatedClock
from ingestion.collect.collection import Collector, collected_dir
from ingestion.collect.once import collect_once, simulated_world
from ingestion.settings import Secret, Settings
from ingestion.simulator.platforms.helix import HelixServer
from ingestion.simulator.platforms.helix_world import HelixWorld
from ingestion.simulator.platforms.server import Request
from ingestion.simulator.platforms.world import attach_world
from ingestion.twitch.client import Helix
from ingestion.twitch.collecting import open_state
from ingestion.twitch.run import Run
from ingestion.twitch.settings import TwitchSettings

# App tokens of the simulated platform live for two days and an hour: they expire in the middle of days.
_TOKEN_SECONDS = 49 * 3600
# So that lists of a small world have more than one page.
_PAGE_LIMIT = 40


def collect_simulated(settings: Settings, progress: Callable[[str], None]) -> list[str]:
    """Collect all simulated days, once; gives the problems of the last day, as a nightly run would."""
    return collect_once(settings, "twitch", lambda: _collect_days(settings, progress))


def _collect_days(settings: Settings, progress: Callable[[str], None]) -> list[str]:
    world = simulated_world(settings)
    moments = _moments(world)
    clock = SimulatedClock(moments[0][0])
    server = HelixServer(HelixWorld(world), clock, page_limit=_PAGE_LIMIT, token_seconds=_TOKEN_SECONDS, faults=_faults)
    progress(f"twitch: simulated, {moments[0][0]:%Y-%m-%d} to {moments[-1][0]:%Y-%m-%d}")
    with server.running() as root, Collector(settings, "twitch", clock) as collector, open_state(settings) as state:
        twitch = _settings(server, root, collected_dir(settings, "twitch"))
        helix = Helix(twitch, clock, jitter=random.Random(0))
        run = Run(twitch, collector, helix, state, progress=lambda text: None, jitter_seconds=0)
        before_last_day = 0
        for moment, is_daily in moments:
            clock.sleep_until(moment)
            if is_daily:
                before_last_day = len(collector.problems)
                run.everything()
            else:
                run.poll(run.accounts())
        helix.close()
        return collector.problems[before_last_day:]


def _moments(world: Path) -> list[tuple[datetime, bool]]:
    """When a collection begins, and whether it is the daily one, which polls as well."""
    with duckdb.connect() as connection:
        attach_world(connection, world)
        rows = connection.execute(
            """select "at", bool_or(is_daily) from (
                select "at", false as is_daily from world.polls union all select "at", true from world.daily_collections
            ) group by "at" order by "at" """
        ).fetchall()
    return [(moment.replace(tzinfo=UTC), is_daily) for moment, is_daily in rows]


def _settings(server: HelixServer, root: str, folder: Path) -> TwitchSettings:
    tokens = folder / "simulated_tokens.json"
    with os.fdopen(os.open(tokens, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(server.tokens.file(), file)
    return TwitchSettings(
        client_id=server.client_id,
        client_secret=Secret(server.client_secret),
        channels=tuple(row[1] for row in server.world.accounts.values()),
        user_tokens_file=tokens,
        api_url=f"{root}/helix",
        auth_url=f"{root}/oauth2",
    )


def _faults(request: Request, number: int) -> str | int | None:
    """Errors where a wait moves no other resource's time, and pages that are empty although more follow."""
    if request.path in ("/helix/channels", "/helix/games"):
        planned: dict[int, str | int] = {1: 429, 4: 503, 6: "html"}
        return planned.get(number % 9)
    if request.path in ("/helix/clips", "/helix/videos") and number % 23 == 0 and "id" not in request.query:
        return "empty_page"
    return None

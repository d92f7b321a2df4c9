"""A small world, a simulated Twitch over it, and the real client with a clock that does not wait."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.collect.clock import SimulatedClock
from ingestion.collect.collection import Collector, collected_dir
from ingestion.collect.http import Limits
from ingestion.settings import Secret, Settings
from ingestion.simulator.platforms.helix import HelixServer
from ingestion.simulator.platforms.helix_world import HelixWorld
from ingestion.simulator.platforms.server import Reply
from ingestion.simulator.platforms.world import WorldSize, write_world
from ingestion.twitch.client import Helix
from ingestion.twitch.collecting import open_state
from ingestion.twitch.run import Run
from ingestion.twitch.settings import TwitchSettings

END = date(2026, 11, 20)
START = datetime(2026, 11, 19, 20, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> HelixWorld:
    """Six channels over four days, without outages. Do not change it."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, seed=3, end_date=END, size=WorldSize(days=4, clips=12, has_outages=False))
    return HelixWorld(folder)


@dataclass
class Twitch:
    """A simulated Twitch, and what a run collected from it."""

    server: HelixServer
    settings: Settings
    twitch: TwitchSettings
    clock: SimulatedClock
    tokens: Path
    limits: Limits = field(default_factory=lambda: Limits(read_seconds=0.3, answer_seconds=0.6))
    problems: list[str] = field(default_factory=list)

    @property
    def accounts(self) -> list[str]:
        return list(self.server.world.accounts)

    def run(self, act: Callable[[Run], object] = Run.everything, **changes: Any) -> Twitch:
        """One run of the collector, all of it or a part."""
        twitch = replace(self.twitch, **changes)
        helix = Helix(twitch, self.clock, limits=self.limits, jitter=random.Random(1))
        try:
            with Collector(self.settings, "twitch", self.clock) as collector, open_state(self.settings) as state:
                try:
                    act(Run(twitch, collector, helix, state, jitter=random.Random(1), jitter_seconds=0))
                finally:
                    self.problems = collector.problems
        finally:
            helix.close()
        return self

    def fail(self, *faults: str | int | Reply | None, path: str = "") -> None:
        """Plan what happens to the first requests of a route."""
        planned = iter(faults)
        self.server.faults = lambda request, number: next(planned, None) if request.path.endswith(path) else None

    def rows(self, resource: str) -> list[dict[str, Any]]:
        """What lies collected, in order: envelopes of items, or states of collections."""
        folder = collected_dir(self.settings, "twitch") / resource
        return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.open()]

    def items(self, resource: str) -> list[dict[str, Any]]:
        return [row["item"] for row in self.rows(resource)]

    def ended(self, resource: str) -> list[dict[str, Any]]:
        """Last states of the collections of a resource."""
        last = {row["collection_id"]: row for row in self.rows("collections") if row["resource"] == resource}
        return list(last.values())

    def statuses(self, resource: str) -> Counter[str]:
        return Counter(state["status"] for state in self.ended(resource))

    def forget(self) -> None:
        """As if what lies there had been loaded."""
        for folder in collected_dir(self.settings, "twitch").iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)

    def requests(self, path: str) -> int:
        return sum(entry.path.endswith(path) for entry in self.server.log)


@pytest.fixture
def twitch(world: HelixWorld, make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Twitch]:
    clock = SimulatedClock(START)
    server = HelixServer(world, clock)
    tokens = tmp_path / "tokens.json"
    tokens.write_text(json.dumps(server.tokens.file()))
    tokens.chmod(0o600)
    with server.running() as root:
        yield Twitch(
            server,
            make_settings(),
            TwitchSettings(
                client_id=server.client_id,
                client_secret=Secret(server.client_secret),
                channels=tuple(row[1] for row in world.accounts.values()),
                user_tokens_file=tokens,
                api_url=f"{root}/helix",
                auth_url=f"{root}/oauth2",
            ),
            clock,
            tokens,
        )

"""Two processes that share a simulated clock: a Twitch of many channels, and a collector whose memory is measured.

python -m tests.faults.many_channels serve WORLD CLOCK LOG      prints its root, writes its log when stdin closes
python -m tests.faults.many_channels collect ROOT CLOCK         collects all channels, prints its peak memory in KiB
"""

from __future__ import annotations

import json
import os
import random
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from ingestion.collect.collection import Collector
from ingestion.settings import Settings
from ingestion.simulator.platforms.helix import HelixServer
from ingestion.simulator.platforms.helix_world import HelixWorld
from ingestion.simulator.platforms.server import Request
from ingestion.twitch.client import Helix
from ingestion.twitch.collecting import open_state
from ingestion.twitch.run import Run
from tests.faults.clock import SharedClock

START = datetime(2026, 11, 20, 18, tzinfo=UTC)


def faults(request: Request, number: int) -> int | None:
    """Of 100 requests, two are refused with 429 and two fail with 503, scattered but always the same."""
    if request.path == "/oauth2/token":
        return None
    return {0: 429, 1: 429, 2: 503, 3: 503}.get(random.Random(number).randrange(100))


def serve(world: Path, clock: SharedClock, log: Path) -> None:
    server = HelixServer(HelixWorld(world), clock, faults=faults)
    with server.running() as root:
        print(root, flush=True)
        sys.stdin.read()
    log.write_text(json.dumps([asdict(entry) for entry in server.log]))


def collect(root: str, clock: SharedClock) -> None:
    settings = Settings.from_env(os.environ | {"TWITCH_API_URL": f"{root}/helix", "TWITCH_AUTH_URL": f"{root}/oauth2"})
    twitch = settings.sources["twitch"]
    helix = Helix(twitch, clock, jitter=random.Random(0))
    with Collector(settings, "twitch", clock) as collector, open_state(settings) as state:
        Run(twitch, collector, helix, state, jitter=random.Random(0)).everything()
    # Of this program's own memory: getrusage counts what the parent had before it started this.
    [peak] = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
    print(json.dumps({"peak_kib": int(peak), "problems": collector.problems}))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(Path(sys.argv[2]), SharedClock(Path(sys.argv[3]), START), Path(sys.argv[4]))
    else:
        collect(sys.argv[2], SharedClock(Path(sys.argv[3]), START))

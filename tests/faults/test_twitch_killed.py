"""A collector that is killed: what it had is kept, its collection is closed as failed, the next run does the rest."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.collect.clock import SystemClock
from ingestion.settings import Settings
from ingestion.simulator.platforms.helix import HelixServer
from ingestion.simulator.platforms.helix_world import HelixWorld
from ingestion.simulator.platforms.world import WorldSize, write_world
from tests.faults.support import SIGNAL, Faulty, run

ACCOUNTS = 12


@pytest.fixture
def collecting(tmp_path: Path) -> Iterator[tuple[Faulty, HelixServer, dict[str, str]]]:
    """A warehouse whose source twitch asks a server of this process, by the machine's clock."""
    now = datetime.now(UTC)
    write_world(
        tmp_path / "world", seed=5, end_date=now.date(), size=WorldSize(accounts=ACCOUNTS, days=2, has_outages=False)
    )
    server = HelixServer(HelixWorld(tmp_path / "world"), SystemClock())
    with server.running() as root:
        variables = {
            "WAREHOUSE_DIR": str(tmp_path / "warehouse"),
            "TWITCH_CLIENT_ID": server.client_id,
            "TWITCH_CLIENT_SECRET": server.client_secret,
            "TWITCH_CHANNELS": ",".join(server.world.accounts),
            "TWITCH_API_URL": f"{root}/helix",
            "TWITCH_AUTH_URL": f"{root}/oauth2",
        }
        faulty = Faulty(Settings.from_env(variables))
        yield faulty, server, {**faulty.environment, **variables}


def test_a_killed_collection_is_closed_as_failed_by_the_next_with_nothing_lost(
    collecting: tuple[Faulty, HelixServer, dict[str, str]],
) -> None:
    faulty, server, environment = collecting
    environment.pop("LANDING_DIR")
    # In the middle of the clips of the fourth channel, then before the last resources of a second run.
    for target, number in (("ingestion.twitch.clips:_Reader.look_up", 4), ("ingestion.twitch.run:Run._channels", 1)):
        arguments = [str(int(signal.SIGKILL)), target, "before", str(number), "ingestion.twitch"]
        died = run([sys.executable, "-c", SIGNAL, *arguments], environment)
        assert died.returncode == -signal.SIGKILL, died.stderr
    collected = faulty.settings.state_dir / "collected" / "twitch"
    tables = {"clips": "clip_id", "videos": "video_id", "followers": "account_id"}
    left = {
        table: [json.loads(line) for path in (collected / table).iterdir() for line in path.open()] for table in tables
    }
    assert all(left.values())
    asked = len(server.log)
    done = run([sys.executable, "-m", "ingestion.twitch"], environment)
    assert done.returncode == 0, done.stderr
    # The third run had only the rest to do.
    assert {entry.path for entry in server.log[asked:]} == {
        "/oauth2/token", "/helix/streams", "/helix/channels", "/helix/games",
    }  # fmt: skip

    died_in = faulty.query("select resource, error from raw_twitch.collections where status = 'failed'")
    assert died_in == [("clips", "the process died")]
    last = faulty.query("select count(*) from raw_twitch.collections where status = 'running'")
    ended = faulty.query("select count(*) from raw_twitch.collections where status <> 'running'")
    assert last == ended
    for table, column in tables.items():
        rows = set(faulty.query(f"select collection_id, {column} from raw_twitch.{table}"))
        assert {(row["collection_id"], row["item"].get("id", row["account_id"])) for row in left[table]} <= rows
        assert faulty.query(f"select count(distinct account_id) from raw_twitch.{table}") == [(ACCOUNTS,)]
    assert faulty.query("select count(*) from raw_twitch.rejects") == [(0,)]
    assert [path for path in collected.glob("*/*")] == []

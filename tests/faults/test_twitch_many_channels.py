"""Many channels on a platform that fails at times: all is collected, within the points, with the same memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.pipeline import run_files
from ingestion.settings import Settings
from ingestion.simulator.platforms.world import WorldSize, attach_world, write_world
from ingestion.twitch import RESOURCES
from tests.faults.many_channels import START
from tests.faults.support import ROOT


@dataclass(frozen=True)
class Collected:
    """What a run over many channels left: its warehouse's settings, its peak memory, the server's log."""

    settings: Settings
    world: Path
    peak_kib: int
    problems: list[str]
    log: list[dict[str, Any]]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            attach_world(connection, self.world)
            connection.execute(f"attach '{self.settings.database_path}' as warehouse (read_only)")
            connection.execute("use warehouse")
            return connection.execute(sql).fetchall()


def collect(folder: Path, accounts: int) -> Collected:
    world = folder / "world"
    size = WorldSize(
        accounts=accounts, days=1, poll_minutes=60, step_hours=24, clips=4, old_clips=3, stream_percent=30,
        has_outages=False,
    )  # fmt: skip
    write_world(world, seed=11, end_date=START.date(), size=size)
    names = folder / "channels.txt"
    with duckdb.connect() as connection:
        attach_world(connection, world)
        names.write_text("\n".join(row[0] for row in connection.execute("select login from world.channels").fetchall()))
    environment = {
        **os.environ, "WAREHOUSE_DIR": str(folder / "warehouse"), "TWITCH_CLIENT_ID": "simulated",
        "TWITCH_CLIENT_SECRET": "simulated-secret", "TWITCH_CHANNELS": f"@{names}", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    environment.pop("LANDING_DIR", None)
    command = [sys.executable, "-m", "tests.faults.many_channels"]
    log = folder / "log.json"
    with subprocess.Popen(
        [*command, "serve", str(world), str(folder / "clock"), str(log)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdin is not None and server.stdout is not None
        root = server.stdout.readline().strip()
        done = subprocess.run(
            [*command, "collect", root, str(folder / "clock")],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        server.stdin.close()
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    return Collected(
        Settings.from_env(environment), world, told["peak_kib"], told["problems"], json.loads(log.read_text())
    )


def assert_whole(found: Collected, accounts: int) -> None:
    """Nothing failed for good, no minute saw more than 800 points, and the loaded rows are those of the world."""
    assert found.problems == []
    statuses = {entry["status"] for entry in found.log}
    assert statuses == {200, 429, 503}
    failed = sum(entry["status"] != 200 for entry in found.log)
    assert 0.02 < failed / len(found.log) < 0.06
    window: deque[float] = deque()
    most = 0
    for entry in found.log:
        if entry["points"]:
            window.append(entry["at"])
            while window[0] < entry["at"] - 60:
                window.popleft()
            most = max(most, len(window))
    assert 700 < most <= 800
    assert run_files(found.settings, "twitch", RESOURCES).rows_rejected == 0
    for table in ("users", "channels", "followers", "videos"):
        assert found.rows(f"select count(distinct account_id) from raw_twitch.{table}") == [(accounts,)], table
    assert found.rows("select count(*) from raw_twitch.followers") == [(accounts,)]
    differences = """
        from raw_twitch.followers r full join (
            select account_id, max_by(followers, "at") as followers from memory.world.follower_counts
            where "at" <= r_until group by 1
        ) w using (account_id) select count(*) where r.total is distinct from w.followers"""
    start = START.replace(tzinfo=None)
    end = start + timedelta(seconds=max(entry["at"] for entry in found.log))
    assert found.rows(differences.replace("r_until", f"timestamp '{start}'")) == [(0,)]
    for table, key, since, until in (("clips", "clip_id", "created_at", "deleted_at"),
                                     ("videos", "video_id", "listed_at", "deleted_at")):  # fmt: skip
        # What was there all the time is there once; nothing else is but what came or went meanwhile.
        there = f"select {key} from memory.world.{table} where {since} <= timestamp"
        always = f"{there} '{start}' and ({until} is null or {until} > timestamp '{end}')"
        ever = f"{there} '{end}' and ({until} is null or {until} > timestamp '{start}')"
        assert found.rows(f"{always} except select {key} from raw_twitch.{table}") == []
        assert found.rows(f"select {key} from raw_twitch.{table} except all ({ever})") == []
    polls = found.rows("select count(*), count(distinct collected_at) from raw_twitch.stream_polls")[0]
    assert polls[0] >= -(-accounts // 100)
    requests = found.rows("select sum(points), sum(retries) from raw_twitch.collections where status <> 'running'")
    assert requests == [(sum(entry["points"] for entry in found.log), failed)]


def test_some_hundred_channels_are_collected_within_the_points(tmp_path: Path) -> None:
    assert_whole(collect(tmp_path, 400), 400)


@pytest.mark.slow
def test_ten_thousand_channels_take_the_points_and_the_memory_of_a_thousand(tmp_path: Path) -> None:
    few = collect(tmp_path / "few", 1_000)
    assert_whole(few, 1_000)
    many = collect(tmp_path / "many", 10_000)
    assert_whole(many, 10_000)
    print(f"peak memory: {few.peak_kib:,} KiB with 1,000 channels, {many.peak_kib:,} KiB with 10,000")
    assert many.peak_kib < few.peak_kib + 40_000

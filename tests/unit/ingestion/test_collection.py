"""Collections as data, and the files that hold their items."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.collect import collection
from ingestion.collect.clock import SimulatedClock
from ingestion.collect.collection import CollectError, Collector, CollectorError, collected_dir, remove_loaded
from ingestion.collect.counts import Counts
from ingestion.settings import Settings

ROOT = Path(__file__).parents[3]
START = datetime(2026, 3, 1, 2, tzinfo=UTC)
HANGS = """
import os, sys, time
from ingestion.collect.clock import SystemClock
from ingestion.collect.collection import Collector
from ingestion.settings import Settings

with Collector(Settings.from_env(os.environ), "twitch", SystemClock()) as collector:
    with collector.collection("clips", "1") as clips:
        clips.count(requests=3, retries=1, points=2)
        clips.add([{"id": "a"}, {"id": "b"}])
        with collector.collection("videos", "1") as videos:
            videos.count(requests=9)
        collector._parts["clips"].write(b'{"collection_id": "x", "item": {"id": "c')
        collector._parts["clips"].flush()
        print("ready", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings()


def collector(settings: Settings) -> Collector:
    return Collector(settings, "twitch", SimulatedClock(START))


def lines(settings: Settings, resource: str) -> list[dict[str, object]]:
    files = sorted((collected_dir(settings, "twitch") / resource).glob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_bytes().splitlines()]


def states(settings: Settings) -> list[tuple[object, ...]]:
    return [
        (s["resource"], s["account_id"], s["status"], s["rows"], s["error"]) for s in lines(settings, "collections")
    ]


def test_a_collection_that_ends_well_leaves_items_and_both_states(settings: Settings) -> None:
    with collector(settings) as run, run.collection("clips", "1") as clips:
        clips.count(requests=3, retries=1, points=2)
        assert clips.add([{"id": "a", "view_count": None}, {"id": "ü\ud800"}]) == 2
        run.clock.sleep(1.5)
        clips.add([{"id": "c"}])
    found = lines(settings, "clips")
    assert [item["item"] for item in found] == [{"id": "a", "view_count": None}, {"id": "ü\ud800"}, {"id": "c"}]
    assert [item["collected_at"] for item in found] == ["2026-03-01T02:00:00.000000Z"] * 2 + [
        "2026-03-01T02:00:01.500000Z"
    ]
    assert {item["account_id"] for item in found} == {"1"}
    assert states(settings) == [("clips", "1", "running", 0, None), ("clips", "1", "succeeded", 3, None)]
    last = lines(settings, "collections")[-1]
    assert (last["requests"], last["retries"], last["points"]) == (3, 1, 2)
    assert (last["started_at"], last["ended_at"]) == ("2026-03-01T02:00:00.000000Z", "2026-03-01T02:00:01.500000Z")
    assert run.problems == []


def test_a_failed_collection_keeps_its_items_and_lets_the_others_go_on(settings: Settings) -> None:
    with collector(settings) as run:
        with run.collection("clips", "1") as clips:
            clips.add([{"id": "a"}])
            raise CollectError("503 nine times")
        with run.collection("clips", "2") as clips:
            clips.partial("a cursor repeated")
    assert [item["item"] for item in lines(settings, "clips")] == [{"id": "a"}]
    assert states(settings)[1::2] == [
        ("clips", "1", "failed", 1, "503 nine times"),
        ("clips", "2", "partial", 0, "a cursor repeated"),
    ]
    assert run.problems == [
        "twitch.clips of 1 failed: 503 nine times",
        "twitch.clips of 2 is partial: a cursor repeated",
    ]


def test_a_fault_of_the_code_is_recorded_by_its_type_and_not_swallowed(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), collector(settings) as run, run.collection("users"):
        print(1 / 0)
    assert states(settings)[-1] == ("users", None, "failed", 0, "ZeroDivisionError")


def test_what_ends_a_whole_run_is_recorded_in_words_and_not_swallowed(settings: Settings) -> None:
    with pytest.raises(CollectorError), collector(settings) as run, run.collection("users"):
        raise CollectorError("the application is refused")
    assert states(settings)[-1] == ("users", None, "failed", 0, "the application is refused")


def test_two_processes_do_not_collect_one_source_at_once(settings: Settings) -> None:
    with collector(settings), pytest.raises(CollectorError, match="another process"), collector(settings):
        pass
    with collector(settings):
        pass


@pytest.mark.parametrize("step", ["start", "end"])
def test_a_run_that_the_disk_ends_keeps_no_lock_and_its_items_are_taken_in(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full, pytest.raises(OSError, match="No space") as caught:
        if step == "start":
            full.setattr(Counts, "__init__", refuse)
        with collector(settings) as run, run.collection("clips", "1") as clips:
            clips.add([{"id": "a"}])
            full.setattr(collection, "_complete", refuse)
    with collector(settings):
        pass
    assert caught.value.errno == 28
    assert len(lines(settings, "clips")) == (step == "end")


def test_what_a_killed_run_collected_is_kept_and_its_collection_closed(settings: Settings) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "WAREHOUSE_DIR": str(settings.warehouse_dir),
        "LANDING_DIR": str(settings.landing_dir),
    }
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HANGS], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with collector(settings):
        pass
    assert [item["item"] for item in lines(settings, "clips")] == [{"id": "a"}, {"id": "b"}]
    ends = [state for state in lines(settings, "collections") if state["status"] == "failed"]
    assert [(end["error"], end["ended_at"]) for end in ends] == [("the process died", None)]
    # What it had asked for and kept until then, which is not nothing.
    assert [ends[0][name] for name in ("requests", "retries", "rows", "points")] == [3, 1, 2, 2]
    assert not list(collected_dir(settings, "twitch").rglob("*.part"))
    with collector(settings):  # closed once, not by every run
        pass
    assert len([state for state in lines(settings, "collections") if state["status"] == "failed"]) == 1


def test_loaded_files_are_removed_but_not_the_note_of_an_open_collection(settings: Settings) -> None:
    folder = collected_dir(settings, "twitch")
    with collector(settings) as run, run.collection("clips", "1") as clips:
        clips.add([{"id": "a"}])
        remove_loaded(settings, "twitch", folder.rglob("*.jsonl"))
        assert len(list(folder.glob("collections/*.jsonl"))) == 1
    outside = settings.landing_dir / "social" / "kept.jsonl"
    outside.touch()
    remove_loaded(settings, "twitch", [*folder.rglob("*.jsonl"), outside])
    assert not list(folder.rglob("*.jsonl")) and outside.exists()


def test_a_large_part_is_completed_while_the_run_goes_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.collect.collection.PART_BYTES", 200)
    with collector(settings) as run, run.collection("clips", "1") as clips:
        clips.add({"id": str(number)} for number in range(5))
        assert len(lines(settings, "clips")) == 5
        clips.add([{"id": "5"}])
        assert len(lines(settings, "clips")) == 5
    assert [item["item"] for item in lines(settings, "clips")] == [{"id": str(number)} for number in range(6)]


def test_a_simulated_clock_runs_by_sleeping_only(tmp_path: Path) -> None:
    clock = SimulatedClock(START)
    began = time.monotonic()
    clock.sleep(3600)
    clock.sleep(-5)
    clock.sleep_until(datetime(2026, 3, 2, tzinfo=UTC))
    clock.sleep_until(START)
    assert clock.now() == datetime(2026, 3, 2, tzinfo=UTC) and clock.monotonic() == 22 * 3600
    assert time.monotonic() - began < 60
    with pytest.raises(ValueError, match="time zone"):
        SimulatedClock(datetime(2026, 3, 1))

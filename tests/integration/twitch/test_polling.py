"""Polls of live streams at a cadence of their own, beside the runs that load them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ingestion.collect.collection import Collector, CollectorError
from ingestion.settings import Settings
from ingestion.twitch import run
from ingestion.twitch.__main__ import poll
from ingestion.twitch.collecting import collect, poll_streams
from tests.integration.twitch.conftest import START, Twitch


def configured(twitch: Twitch) -> Settings:
    return replace(twitch.settings, sources={**twitch.settings.sources, "twitch": twitch.twitch})


def test_polls_keep_their_distance_and_notice_who_begins_and_ends(twitch: Twitch) -> None:
    poll_streams(configured(twitch), 600, 20, lambda text: None, twitch.clock)
    polls = twitch.rows("stream_polls")
    assert [row["collected_at"][:19] for row in polls] == [
        f"{START + timedelta(minutes=10 * number):%Y-%m-%dT%H:%M:%S}" for number in range(20)
    ]
    live = [row["item"]["live_count"] for row in polls]
    assert len(set(live)) > 1
    assert live[0] == sum(twitch.server.world.stream(one, START.timestamp()) is not None for one in twitch.accounts)
    assert len(twitch.rows("streams")) == sum(live)
    # Who is who was asked for once, and the token as well.
    assert (twitch.requests("/users"), twitch.requests("/token"), twitch.requests("/streams")) == (1, 1, 20)


def test_a_poll_that_fails_or_meets_another_process_is_left_out_and_the_next_one_comes(twitch: Twitch) -> None:
    settings = configured(twitch)
    said: list[str] = []
    with Collector(settings, "twitch", twitch.clock):
        poll_streams(settings, 600, 1, said.append, twitch.clock)
    assert "being collected by another process" in said[0]
    twitch.fail(*[503] * 6, path="/streams")
    poll_streams(settings, 600, 2, said.append, twitch.clock)
    assert said[1:] == ["twitch.streams failed: streams: status 503, tried 6 times"]
    assert twitch.statuses("streams") == {"failed": 1, "succeeded": 1}


def test_a_long_run_polls_in_between(twitch: Twitch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH", 2)
    twitch.run(points_per_minute=1)
    assert twitch.problems == []
    polls = [row["collected_at"] for row in twitch.rows("stream_polls")]
    # Three batches of about eight minutes each.
    assert 2 <= len(polls) <= 3
    assert polls == sorted(polls)
    # As often as the one who polls beside it, whose polls are left out as long as the run lasts.
    twitch.clock.sleep(86_400)
    twitch.forget()
    twitch.run(points_per_minute=1, stream_poll_seconds=60)
    assert len(twitch.rows("stream_polls")) == 4


def test_without_a_configuration_there_is_nothing_to_collect_and_polling_says_so(
    make_settings: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = make_settings()
    assert collect(settings, print) == []
    assert not (settings.state_dir / "collected").exists()
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "other"))
    monkeypatch.delenv("TWITCH_CLIENT_ID", raising=False)
    assert poll(["--poll-streams", "60", "--count", "1"]) == 1
    assert "set TWITCH_CLIENT_ID" in capsys.readouterr().err
    for seconds in ("0", "nan", "inf"):
        with pytest.raises(SystemExit):
            poll(["--poll-streams", seconds])
    with pytest.raises(CollectorError):
        poll_streams(settings, 60, 1, print, None)  # type: ignore[arg-type]


def test_a_poller_whose_disk_is_full_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path))
    monkeypatch.setattr("ingestion.twitch.collecting.poll_streams", refuse)
    assert poll(["--poll-streams", "60"]) == 1
    assert "No space left on device. Earlier loads stand" in capsys.readouterr().err

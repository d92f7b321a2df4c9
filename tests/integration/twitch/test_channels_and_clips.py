"""Who is collected, and which clips: windows, lookups, names that change."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestion.simulator.platforms.helix_world import instant
from ingestion.simulator.platforms.server import Reply, Request
from ingestion.twitch import clips
from tests.integration.twitch.conftest import START, Twitch


def test_ids_and_logins_may_be_mixed_and_each_channel_is_collected_once(twitch: Twitch) -> None:
    account_id, row = next(iter(twitch.server.world.accounts.items()))
    twitch.run(channels=(row[1], account_id, twitch.accounts[1]))
    assert [item["id"] for item in twitch.items("users")] == [account_id, twitch.accounts[1]]
    assert {row["account_id"] for row in twitch.rows("videos")} == set(twitch.accounts[:2])


def test_a_channel_that_does_not_exist_is_named_and_the_others_are_collected(twitch: Twitch) -> None:
    twitch.run(channels=("nobody_at_all", "404", *twitch.twitch.channels))
    [problem] = twitch.problems
    assert "2 of the configured channels do not exist, such as 404, nobody_at_all" in problem
    assert twitch.statuses("users") == {"partial": 1}
    assert twitch.statuses("videos") == {"succeeded": 6}


def test_a_name_that_twitch_refuses_costs_no_other_channel(twitch: Twitch) -> None:
    twitch.server.faults = lambda request, number: 400 if "_x" in request.query.get("login", []) else None
    twitch.run(channels=(*twitch.twitch.channels, "_x"))
    [problem] = twitch.problems
    assert "1 of the configured channels do not exist, such as _x" in problem
    assert twitch.statuses("videos") == {"succeeded": 6}


def test_requests_that_are_all_refused_name_the_status(twitch: Twitch) -> None:
    twitch.server.faults = lambda request, number: 400 if request.path.endswith("/users") else None
    twitch.run(channels=tuple(f"name{number}" for number in range(60)))
    assert twitch.problems == ["twitch.users failed: users: status 400"]
    assert twitch.requests("/users") < 60


def test_a_user_that_is_no_object_is_left_to_the_load(twitch: Twitch) -> None:
    known = {"id": twitch.accounts[0], "login": twitch.twitch.channels[0]}
    twitch.fail(Reply(200, {"data": [None, known]}), path="/users")
    twitch.run()
    assert twitch.items("users")[0] is None
    assert {row["account_id"] for row in twitch.rows("videos")} == {twitch.accounts[0]}


def test_a_channel_that_took_another_name_is_still_the_same(twitch: Twitch, monkeypatch: pytest.MonkeyPatch) -> None:
    twitch.run()
    twitch.forget()
    world = twitch.server.world
    account_id = twitch.accounts[0]
    row = world.accounts[account_id]
    renamed = (row[0], "renamed_owl", *row[2:])
    monkeypatch.setitem(world.accounts, account_id, renamed)
    monkeypatch.setattr(world, "id_of_login", {one[1]: one[0] for one in world.accounts.values()})
    twitch.clock.sleep(86_400)
    twitch.run()
    assert twitch.problems == []
    [user] = [item for item in twitch.items("users") if item["id"] == account_id]
    assert user["login"] == "renamed_owl"


def test_more_channels_than_a_request_takes_are_asked_for_in_groups_and_one_group_may_fail(twitch: Twitch) -> None:
    channels = (*twitch.twitch.channels, *(str(10_000 + number) for number in range(210)))
    twitch.server.faults = lambda request, number: (
        403 if request.path.endswith("/users") and "10150" in request.query.get("id", []) else None
    )
    twitch.run(channels=channels)
    assert [problem for problem in twitch.problems if "users" not in problem] == []
    assert twitch.statuses("users") == {"partial": 1}
    assert twitch.statuses("videos") == {"succeeded": 6}


def test_a_window_that_is_full_is_halved_until_every_clip_is_there_once(
    twitch: Twitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "FULL_WINDOW", 9)
    twitch.server.clip_limit = 10
    twitch.run()
    assert twitch.problems == []
    now = START.timestamp()
    expected = [item["id"] for one in twitch.accounts for item in twitch.server.world.clips(one, 0, now, now)]
    assert len(expected) > 100
    assert sorted(item["id"] for item in twitch.items("clips")) == sorted(expected)


def test_more_clips_in_a_minute_than_a_query_gives_leave_the_collection_partial(
    twitch: Twitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "FULL_WINDOW", 9)
    at = START.timestamp() - 5_000
    crowd = [_clip(twitch, f"Crowd-{number}", at) for number in range(30)]
    monkeypatch.setattr(
        twitch.server.world,
        "clips",
        lambda account, start, end, now: [c for c in crowd if account == twitch.accounts[0] and start <= at <= end],
    )
    twitch.run()
    [problem] = twitch.problems
    assert "more clips in one minute than a query gives" in problem
    assert 9 <= len(twitch.items("clips")) == len({item["id"] for item in twitch.items("clips")})
    assert twitch.requests("/clips") < 200


def test_a_clip_is_read_again_daily_at_first_and_more_seldom_with_age(twitch: Twitch) -> None:
    twitch.clock = _clock(twitch, START - timedelta(days=2))
    twitch.run()
    first = {item["id"] for item in twitch.items("clips")}
    twitch.forget()
    twitch.clock.sleep(86_400)
    twitch.run()
    again = {item["id"]: item for item in twitch.items("clips") if not item.get("is_gone")}
    recent = {
        clip_id for clip_id, item in again.items()
        if datetime.fromisoformat(item["created_at"]) > START - timedelta(days=8)
    }  # fmt: skip
    assert recent
    assert all(not again[clip_id]["was_looked_up"] for clip_id in recent)
    # Clips of more than a week are not read daily.
    assert first - set(again)


def test_a_clip_that_no_lookup_finds_is_gone_and_is_asked_for_once_more(
    twitch: Twitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    twitch.run()
    now = START.timestamp()
    account_id = twitch.accounts[0]
    lost = next(
        item["id"] for item in twitch.server.world.clips(account_id, now - 5 * 86_400, now, now) if item["created_at"]
    )
    row = twitch.server.world._clip[lost]
    kept = [one for one in twitch.server.world._clips[account_id] if one[1] != lost]
    monkeypatch.delitem(twitch.server.world._clip, lost)
    monkeypatch.setitem(twitch.server.world._clips, account_id, kept)
    answers: list[list[dict[str, Any]]] = []
    for _ in range(4):
        twitch.forget()
        twitch.clock.sleep(86_400)
        twitch.run()
        answers.append([line for line in twitch.rows("clips") if line["item"]["id"] == lost])
    gone = {"id": lost, "was_looked_up": True, "is_gone": True}
    assert [[line["item"] for line in day] for day in answers] == [[gone], [gone], [], []]
    assert answers[0][0]["account_id"] == account_id == row[0]


def test_a_missing_number_of_views_is_left_out_and_not_zero(twitch: Twitch) -> None:
    twitch.run()
    now = START.timestamp()
    known = [item for one in twitch.accounts for item in twitch.server.world.clips(one, 0, now, now)]
    expected = {item["id"] for item in known if "view_count" not in item}
    assert expected
    assert {item["id"] for item in twitch.items("clips") if "view_count" not in item} == expected


def test_a_state_from_the_year_2999_is_not_believed(twitch: Twitch) -> None:
    """As a machine leaves it whose clock was wrong for a while."""
    right = twitch.clock
    twitch.clock = _clock(twitch, datetime(2999, 6, 1, tzinfo=UTC))
    twitch.run()
    twitch.forget()
    asked = len(twitch.server.log)
    twitch.clock = twitch.server.clock = right
    twitch.run()
    assert twitch.problems == []
    assert {"/helix/users", "/helix/clips", "/helix/videos", "/helix/channels", "/helix/games"} <= {
        entry.path for entry in twitch.server.log[asked:]
    }
    now = START.timestamp()
    expected = {item["id"] for one in twitch.accounts for item in twitch.server.world.clips(one, 0, now, now)}
    assert {item["id"] for item in twitch.items("clips") if not item.get("is_gone")} == expected


def test_pages_that_repeat_under_new_cursors_end_the_list(twitch: Twitch) -> None:
    page = [_clip(twitch, f"Same-{number}", START.timestamp() - 500) for number in range(3)]
    salt = iter(range(1_000))

    def again(request: Request, number: int) -> Reply | None:
        if not request.path.endswith("/clips"):
            return None
        return Reply(200, {"data": page, "pagination": {"cursor": f"new{next(salt)}"}})

    twitch.server.faults = again
    twitch.run()
    assert {state["error"] for state in twitch.ended("clips")} == {"pages repeat"}
    assert twitch.requests("/clips") == 2 * 6


def _clip(twitch: Twitch, clip_id: str, at: float) -> dict[str, Any]:
    known = twitch.server.world.clips(twitch.accounts[0], 0, 4e9, START.timestamp())
    return {**random.Random(0).choice(known), "id": clip_id, "created_at": instant(at)}


def _clock(twitch: Twitch, start: datetime) -> Any:
    from ingestion.collect.clock import SimulatedClock

    twitch.server.clock = clock = SimulatedClock(start.astimezone(UTC))
    return clock

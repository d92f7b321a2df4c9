"""Whatever the platform does for a while, the lists are whole; whatever it does for long, one resource fails and says so."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from requests import Response

from ingestion.collect.clock import SimulatedClock
from ingestion.collect.collection import CollectorError, collected_dir
from ingestion.simulator.platforms.server import Reply, Request
from ingestion.twitch import forget
from ingestion.twitch.pacing import PointBucket
from tests.integration.twitch.conftest import START, Twitch


def test_a_run_collects_what_the_platform_has(twitch: Twitch) -> None:
    twitch.run()
    now, world = START.timestamp(), twitch.server.world
    assert twitch.problems == []
    assert {item["id"] for item in twitch.items("users")} == set(twitch.accounts)
    assert {item["broadcaster_id"] for item in twitch.items("channels")} == set(twitch.accounts)
    assert {(item["broadcaster_id"], item["total"]) for item in twitch.items("followers")} == {
        (one, world.followers(one, now)) for one in twitch.accounts
    }
    for resource, expected in (
        ("videos", [item["id"] for one in twitch.accounts for item in world.videos(one, now)]),
        ("clips", [item["id"] for one in twitch.accounts for item in world.clips(one, 0, now, now)]),
        ("streams", [item["id"] for one in twitch.accounts if (item := world.stream(one, now))]),
    ):
        assert sorted(item["id"] for item in twitch.items(resource)) == sorted(expected)
        assert expected
    assert twitch.items("stream_polls") == [
        {"polled_account_ids": twitch.accounts, "live_count": len(twitch.items("streams"))}
    ]
    for item in twitch.items("subscriptions"):
        tier1, tier2, tier3, gifted, points = world.subscribers(item["broadcaster_id"], now)
        assert item == {
            "broadcaster_id": item["broadcaster_id"], "total": tier1 + tier2 + tier3, "points": points,
            "tier1_count": tier1, "tier2_count": tier2, "tier3_count": tier3, "gift_count": gifted, "is_complete": True,
        }  # fmt: skip
    assert len(twitch.items("subscriptions")) == len(json.loads(twitch.tokens.read_text()))
    assert "999999999" not in {item["id"] for item in twitch.items("games")}
    # Every request was counted by a collection, with its point.
    states = [state for resource in ("users", "streams", "clips", "videos", "followers", "subscriptions", "channels",
                                     "games") for state in twitch.ended(resource)]  # fmt: skip
    assert sum(state["points"] for state in states) == sum(entry.points for entry in twitch.server.log)


@pytest.mark.parametrize("fault", [429, 500, 503, "html", "reset", "drip", "hang"])
def test_a_request_that_fails_for_a_while_is_repeated(twitch: Twitch, fault: str | int) -> None:
    twitch.server.page_limit = 5
    twitch.fail(None, fault, None, fault, path="/clips")
    twitch.run()
    assert twitch.problems == []
    now = START.timestamp()
    expected = [item["id"] for one in twitch.accounts for item in twitch.server.world.clips(one, 0, now, now)]
    assert sorted(item["id"] for item in twitch.items("clips")) == sorted(expected)
    assert sum(state["retries"] for state in twitch.ended("clips")) == 2
    assert sum(state["requests"] for state in twitch.ended("clips")) == twitch.requests("/clips")


def test_a_resource_that_always_fails_does_so_alone_and_comes_again_with_the_next_run(twitch: Twitch) -> None:
    broken = twitch.accounts[1]
    twitch.server.faults = lambda request, number: (
        503 if request.path.endswith("/videos") and request.first("user_id") == broken else None
    )
    twitch.run()
    assert twitch.problems == [f"twitch.videos of {broken} failed: videos: status 503, tried 6 times"]
    assert {row["account_id"] for row in twitch.rows("videos")} == set(twitch.accounts) - {broken}
    assert twitch.statuses("clips") == {"succeeded": 6}
    [failed] = [state for state in twitch.ended("videos") if state["status"] == "failed"]
    assert (failed["requests"], failed["retries"], failed["rows"]) == (6, 5, 0)
    twitch.forget()
    twitch.fail()
    twitch.run()
    assert {row["account_id"] for row in twitch.rows("videos")} == {broken}
    assert twitch.rows("clips") == []


# Tokens of two broadcasters are refused beside the application's; such may be refused alone and do not count.
@pytest.mark.parametrize(("status", "failed"), [(500, 10), (401, 12)])
def test_a_platform_that_fails_for_everyone_ends_the_run(twitch: Twitch, status: int, failed: int) -> None:
    twitch.server.faults = lambda request, number: status if not request.path.endswith(("/users", "/token")) else None
    with pytest.raises(CollectorError, match="10 times in a row"):
        twitch.run()
    assert twitch.statuses("users") == {"succeeded": 1}
    assert sum(state["status"] == "failed" for state in twitch.rows("collections")) == failed


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "17"}, 17), ({"Ratelimit-Remaining": "0"}, 1)])
def test_what_the_platform_asks_to_wait_is_kept(twitch: Twitch, headers: dict[str, str], seconds: float) -> None:
    twitch.fail(Reply(429, {"status": 429}, headers | {"Ratelimit-Reset": "0"}), path="/followers")
    before = twitch.clock.monotonic()
    twitch.run()
    assert seconds <= twitch.clock.monotonic() - before < seconds + 1
    assert twitch.problems == []


def test_a_wait_of_an_hour_is_not_waited_for(twitch: Twitch) -> None:
    twitch.fail(Reply(429, {"status": 429}, {"Retry-After": "3600"}), path="/followers")
    before = twitch.clock.monotonic()
    twitch.run()
    assert twitch.clock.monotonic() - before < 60
    [problem] = twitch.problems
    assert "status 429, and the platform asks to wait 3600 s" in problem


def test_a_reset_in_the_year_2999_does_not_stop_the_run() -> None:
    clock = SimulatedClock(START)
    bucket = PointBucket(clock, 800)
    response = Response()
    response.status_code = 429
    response.headers.update({"Ratelimit-Limit": "800", "Ratelimit-Remaining": "0", "Ratelimit-Reset": "32472144000"})
    assert bucket.learn("users", response) == 60
    bucket.wait("users", 1)
    assert clock.monotonic() == 60
    bucket.wait("users", 1)
    assert clock.monotonic() == 60


def test_a_request_counts_when_the_server_may_have_had_it_and_for_the_next_process_too(tmp_path: Path) -> None:
    clock, answer = SimulatedClock(START), Response()
    bucket = PointBucket(clock, 2, tmp_path / "points.json")
    for seconds in (5, 0):  # the first is long on its way
        bucket.wait("clips", 1)
        clock.sleep(seconds)
        bucket.learn("clips", answer)
    bucket.wait("clips", 1)
    assert clock.monotonic() >= 65
    # Killed before its answer, with the one of before a minute ago: one point is left.
    clock.sleep(3)
    after = PointBucket(clock, 2, tmp_path / "points.json")
    after.wait("clips", 1)
    assert clock.monotonic() < 69
    after.learn("clips", answer)
    after.wait("clips", 1)
    assert clock.monotonic() >= 125
    (tmp_path / "points.json").write_text('{"by": "x", "at": NaN, "points": 2}')
    clock.sleep(120)
    PointBucket(clock, 2, tmp_path / "points.json").wait("clips", 2)
    assert clock.monotonic() < 260


def test_points_that_others_spent_are_waited_for(twitch: Twitch) -> None:
    twitch.server.points_per_minute = 10
    twitch.run()
    assert twitch.problems == []
    assert _most_in_a_minute(twitch) == 10
    assert not any(entry.status == 429 for entry in twitch.server.log)


def test_no_minute_sees_more_points_than_the_setting(twitch: Twitch) -> None:
    twitch.run(points_per_minute=7)
    assert twitch.problems == []
    assert _most_in_a_minute(twitch) == 7


def _most_in_a_minute(twitch: Twitch) -> int:
    spent = [entry.at for entry in twitch.server.log if entry.points]
    return max(sum(start <= at < start + 60 for at in spent) for start in spent)


def test_a_cursor_that_repeats_ends_the_list_and_says_so(twitch: Twitch) -> None:
    twitch.server.page_limit = 2
    twitch.server.faults = lambda request, number: "repeated_cursor" if request.path.endswith("/videos") else None
    twitch.run()
    assert twitch.statuses("videos") == {"partial": 6}
    assert {state["error"] for state in twitch.ended("videos")} <= {"a cursor repeats", "pages repeat"}
    assert len(twitch.items("videos")) == len({item["id"] for item in twitch.items("videos")}) > 0
    assert twitch.requests("/videos") <= 3 * 6


def test_empty_pages_with_a_cursor_are_passed(twitch: Twitch) -> None:
    twitch.fail("empty_page", "empty_page", None, path="/clips")
    twitch.run()
    assert twitch.problems == []
    now = START.timestamp()
    assert len(twitch.items("clips")) == sum(
        len(twitch.server.world.clips(one, 0, now, now)) for one in twitch.accounts
    )


def test_a_live_stream_behind_an_empty_page_is_found(twitch: Twitch) -> None:
    twitch.fail("empty_page", path="/streams")
    twitch.run(lambda run: run.poll(run.accounts()))
    assert len(twitch.items("streams")) == twitch.items("stream_polls")[0]["live_count"] > 0


def test_empty_pages_without_end_end(twitch: Twitch) -> None:
    twitch.server.faults = lambda request, number: "empty_page" if request.path.endswith("/videos") else None
    twitch.run()
    assert {state["error"] for state in twitch.ended("videos")} == {"10 pages in a row were empty"}
    assert twitch.requests("/videos") == 6 * 10


@pytest.mark.parametrize(
    "body",
    [
        *([], {"data": None}, {"data": {"id": "1"}}, {"error": "x"}, 5, {"data": [1, None, "x", {"id": ["y"]}]}),
        {"data": [], "pagination": {"cursor": ["x"]}},
    ],
)
def test_an_answer_of_another_shape_fails_alone_or_is_left_to_the_load(twitch: Twitch, body: Any) -> None:
    twitch.fail(Reply(200, body), path="/clips")
    twitch.run()
    is_list = isinstance(body, dict) and isinstance(body.get("data"), list) and "pagination" not in body
    assert twitch.statuses("clips") == ({"succeeded": 6} if is_list else {"succeeded": 5, "failed": 1})
    assert len(twitch.problems) == (not is_list)


def test_subscribers_without_a_total_fail_alone_and_say_so(twitch: Twitch) -> None:
    twitch.fail(Reply(200, {"data": [], "pagination": None}), path="/subscriptions")
    twitch.run()
    [problem] = twitch.problems
    assert problem.endswith("failed: subscriptions: the answer is not as documented: no number 'total'")
    assert len(twitch.items("subscriptions")) == 1


def test_a_total_of_subscribers_beyond_all_numbers_leaves_their_count_partial(twitch: Twitch) -> None:
    twitch.fail(Reply(200, {"data": [], "pagination": {}, "total": 10**400}), path="/subscriptions")
    twitch.run()
    assert twitch.statuses("subscriptions")["partial"] == 1


def test_the_next_day_begins_anew_and_a_missed_day_is_caught_up(twitch: Twitch) -> None:
    twitch.run()
    twitch.forget()
    spent = len(twitch.server.log)
    twitch.clock.sleep(3600)
    twitch.run()
    # An hour later only live streams are asked for.
    assert [entry.path for entry in twitch.server.log[spent:]] == ["/oauth2/token", "/helix/streams"]
    twitch.clock.sleep(86_400 + 5000)
    asked: list[Request] = []
    twitch.server.faults = lambda request, number: asked.append(request)
    twitch.run()
    windows = {request.first("started_at") for request in asked if "started_at" in request.query}
    assert windows == {f"{START + timedelta(days=-6, seconds=3600 + 5000):%Y-%m-%dT%H:%M:00Z}"}
    assert len({item["id"] for item in twitch.items("users")}) == 6


def test_a_memory_of_another_warehouse_or_a_damaged_one_has_everything_asked_for_again(twitch: Twitch) -> None:
    resources = ("users", "channels", "followers", "videos", "clips", "games")

    def collected() -> dict[str, set[str]]:
        return {
            resource: {item["broadcaster_id" if resource in ("channels", "followers") else "id"] for item in items}
            for resource in resources
            if (items := twitch.items(resource))
        }

    twitch.run()
    known = collected()
    assert known.keys() == set(resources) and len(known["followers"]) == 6
    path = collected_dir(twitch.settings, "twitch") / "state.sqlite"
    for harm in ("another", "noise", "cut"):
        twitch.forget()
        if harm == "another":
            forget(twitch.settings)
        else:
            path.write_bytes(b"noise" * 2000 if harm == "noise" else path.read_bytes()[: path.stat().st_size * 2 // 3])
        twitch.run()
        assert twitch.problems == []
        assert collected() == known, harm

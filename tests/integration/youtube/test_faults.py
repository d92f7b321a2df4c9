"""What YouTube and the network do to a run: each ends as described, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ingestion.collect.collection import CollectorError
from ingestion.simulator.platforms.server import Reply, Request

from .conftest import YouTube, error, message

Plan = list[Callable[[Request], Reply | None]]


def _pass(_: Request) -> None:
    return None


def _reply(*arguments: object, **named: object) -> Callable[[Request], Reply]:
    return lambda _: Reply(*arguments, **named)  # type: ignore[arg-type]


# After the list of uploads, the videos and the first page.
_FIRST: Plan = [_pass, _pass, _pass]
_INFO = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}
RECOVERED: dict[str, Plan] = {
    "429": [_reply(429, b"", {"Retry-After": "7"})],
    "asked too early": [lambda _: error(403, "rateLimitExceeded")],
    "a minute's quota": [_reply(403, {"error": {"errors": [{"reason": "rateLimitExceeded"}], "details": [_INFO]}})],
    "burst of 5xx": [_reply(500, b"<html>"), _reply(503, b"<html>")],
    "HTML with 200": [_reply(200, b"<html>sorry</html>")],
    "reset in the middle": [_reply(200, {"items": []}, fault="reset")],
    "no answer": [_reply(200, {}, fault="hang")],
    "drip": [_reply(200, {"items": [], "x": "y" * 50}, fault="drip")],
}


@pytest.mark.parametrize("fault", RECOVERED)
def test_a_fault_that_passes_costs_a_repeat_and_no_message(youtube: YouTube, fault: str) -> None:
    youtube.live(*({"items": [message(f"m{number}")]} for number in range(4)))
    youtube.plan = [*_FIRST, *RECOVERED[fault]]
    assert youtube.run() == []
    assert youtube.ids() == ["m0", "m1", "m2", "m3"]
    assert youtube.states()[0]["status"] == "succeeded"


@pytest.mark.parametrize("reason", ["liveChatEnded", "liveChatDisabled", "liveChatNotFound"])
def test_a_chat_that_is_over_ends_its_collection(youtube: YouTube, reason: str) -> None:
    youtube.live({"items": [message("m1")]}, {"items": [message("m2")]})
    youtube.plan = [*_FIRST, lambda _: error(404 if reason.endswith("Found") else 403, reason)]
    assert youtube.run() == []
    assert youtube.ids() == ["m1"]
    assert youtube.states()[0]["status"] == "succeeded"


def test_a_quota_that_the_platform_calls_spent_stops_all_requests_of_the_day(youtube: YouTube) -> None:
    for number in range(2):
        youtube.live(
            *({"items": [message(f"c{number}-{page}")]} for page in range(5)),
            video_id=f"v{number}",
            chat=f"chat-{number}",
        )
    youtube.plan = [_pass, _pass, _pass, lambda _: error(403, "quotaExceeded")]
    problems = youtube.run()
    assert len(problems) == 2 and all("quota" in problem for problem in problems)
    asked = len(youtube.requests)
    with pytest.raises(CollectorError, match="quota"):
        youtube.run()
    assert len(youtube.requests) == asked
    youtube.clock.sleep(86_400)
    assert youtube.run() == []
    assert sorted(youtube.ids()) == sorted(f"c{number}-{page}" for number in range(2) for page in range(5))


def test_a_place_in_the_chat_that_is_refused_is_given_up_and_told(youtube: YouTube) -> None:
    youtube.live(*({"items": [message(f"m{number}")]} for number in range(3)))
    youtube.plan = [*_FIRST, lambda _: error(400, "pageTokenInvalid")]
    (problem,) = youtube.run()
    assert "place in the chat was lost" in problem
    # From the start again: staging takes each id once.
    assert youtube.ids() == ["m0", "m0", "m1", "m2"]


def test_one_page_for_ever_ends_by_itself(youtube: YouTube) -> None:
    youtube.live({"items": [message("m1")]})
    page = {"items": [message("m1")], "nextPageToken": "7", "pollingIntervalMillis": 1000}
    youtube.plan = [_pass, _pass, *[_reply(200, page)] * 9]
    (problem,) = youtube.run(follow_minutes=600)
    assert "again and again" in problem
    assert len(youtube.polls()) == 4


def test_a_quiet_chat_is_no_repeated_page(youtube: YouTube) -> None:
    youtube.live({"items": [message("m1")]})
    quiet = {"items": [], "nextPageToken": "7", "pollingIntervalMillis": 60_000}
    youtube.plan = [_pass, _pass, *[_reply(200, quiet)] * 100]
    assert youtube.run(follow_minutes=30) == []
    assert len(youtube.polls()) == 31


def test_a_chat_that_fails_stops_no_other(youtube: YouTube) -> None:
    for number in range(2):
        youtube.live({"items": [message(f"c{number}")]}, video_id=f"v{number}", chat=f"chat-{number}")
    youtube.plan = [_pass, _pass, lambda _: error(403, "forbidden")]
    (problem,) = youtube.run()
    assert "status 403 (forbidden)" in problem
    assert youtube.ids() == ["c1"]
    assert [state["status"] for state in youtube.states()] == ["failed", "succeeded"]


def test_a_key_that_is_refused_in_the_middle_is_recorded_in_words(youtube: YouTube) -> None:
    for number in range(2):
        youtube.live({"items": [message(f"c{number}")]}, video_id=f"v{number}", chat=f"chat-{number}")
    youtube.plan = [*_FIRST, _pass, lambda _: error(400, "keyInvalid")]
    with pytest.raises(CollectorError, match="refuses the key"):
        youtube.run()
    assert [state["error"].partition(".")[0] for state in youtube.states()] == [
        "YouTube refuses the key",
        "interrupted",
    ]


@pytest.mark.parametrize("interval", [None, -5, "soon", 1e18, float(10**9), pytest.param(10**400, id="huge")])
def test_an_odd_interval_neither_hurries_nor_hangs(youtube: YouTube, interval: object) -> None:
    youtube.live({"items": [message("m0")], "pollingIntervalMillis": interval}, {"items": [message("m1")]})
    youtube.run(follow_minutes=60)
    youtube.clock.sleep(0)
    assert youtube.ids() == ["m0", "m1"]
    first, second = youtube.polls()[:2]
    assert 1 <= second - first <= 600


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([], "failed"),
        ("text", "failed"),
        ({"items": "none"}, "partial"),
        ({"items": {}}, "partial"),
        ({"items": [None, 5]}, "partial"),
        ({"items": None}, "succeeded"),
        ({}, "succeeded"),
    ],
)
def test_an_answer_of_another_shape_adds_nothing_and_is_told(youtube: YouTube, body: object, status: str) -> None:
    youtube.live({"items": [message("m1")]})
    youtube.plan = [_pass, _pass, _reply(200, body)]
    youtube.run(follow_minutes=0)
    assert youtube.ids() == []
    assert [state["status"] for state in youtube.states()] == [status]


def test_a_number_of_viewers_that_no_column_holds_is_left_to_the_load(youtube: YouTube) -> None:
    youtube.live({"items": [message("m1")]})
    youtube.videos["video-00001"]["liveStreamingDetails"]["concurrentViewers"] = "9" * 5000
    assert youtube.run() == []
    assert youtube.ids() == ["m1"]
    assert [item["concurrentViewers"] for item in youtube.items("videos")] == ["9" * 5000]


def test_nothing_at_all_fails_the_source(youtube: YouTube) -> None:
    youtube.plan = [_reply(503, b"")] * 3
    with pytest.raises(CollectorError, match="status 503"):
        youtube.run()


def test_a_damaged_state_means_a_first_run(youtube: YouTube) -> None:
    youtube.live({"items": [message("m1")]}, {"items": [message("m2")]})
    (youtube.folder / "chats.json").write_text('{"chat-1": {"video_id": 5')
    (youtube.folder / "quota.json").write_text("[]")
    assert youtube.run() == []
    assert youtube.ids() == ["m1", "m2"]

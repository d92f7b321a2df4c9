"""What Discord and the network do to a run: each ends as described, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from ingestion.collect.collection import CollectorError
from ingestion.simulator.platforms.server import Reply, Request

from .conftest import CHANNEL, Discord

Plan = list[Callable[[Request], Reply | None]]


def _reply(*arguments: object, **named: object) -> Callable[[Request], Reply]:
    return lambda _: Reply(*arguments, **named)  # type: ignore[arg-type]


def _pass(_: Request) -> None:
    return None


LIMITED = {"message": "You are being rate limited.", "retry_after": 12.5, "global": False}
RECOVERED: dict[str, Plan] = {
    "429": [_pass, _reply(429, LIMITED, {"Retry-After": "13"})],
    "429 of all routes": [_reply(429, {**LIMITED, "global": True}, {"Retry-After": "13"})],
    "429 without JSON": [_reply(429, b"slow down", {"Retry-After": "13"})],
    "429 with a number that is too large": [_pass, _reply(429, {**LIMITED, "retry_after": 10**400})],
    "burst of 5xx": [_pass, _reply(502, b"<html>"), _reply(503, b"<html>")],
    "HTML with 200": [_pass, _reply(200, b"<html>please wait</html>")],
    "reset in the middle": [_pass, _reply(200, [{"id": "1"}], fault="reset")],
    "no answer": [_pass, _reply(200, [], fault="hang")],
    "drip": [_pass, _reply(200, [{"id": "1", "content": "x" * 50}], fault="drip")],
}


@pytest.mark.parametrize("fault", RECOVERED)
def test_a_fault_that_passes_costs_a_repeat_and_no_message(discord: Discord, fault: str) -> None:
    shares = [discord.share(days_ago=day / 10) for day in range(150)]
    discord.plan = list(RECOVERED[fault])
    assert discord.run() == []
    assert sorted(discord.ids()) == sorted(shares)
    (state,) = discord.states()
    assert (state["status"], state["rows"]) == ("succeeded", 150)
    assert state["retries"] == sum(step is not _pass for step in RECOVERED[fault])


def test_the_wait_that_a_429_asks_for_is_kept(discord: Discord) -> None:
    discord.share()
    started = discord.clock.monotonic()
    discord.plan = [_reply(429, {**LIMITED, "global": True}, {"Retry-After": "13", "X-RateLimit-Global": "true"})]
    discord.run()
    assert discord.clock.monotonic() - started >= 12.5


def test_a_bucket_that_is_empty_is_waited_for(discord: Discord) -> None:
    for day in range(250):
        discord.share(days_ago=day / 10)
    times: list[float] = []

    def counted(request: Request) -> Reply:
        times.append(discord.clock.monotonic())
        discord.plan.append(counted)
        inner, discord.plan = discord.plan, []
        reply = discord.answer(request)
        discord.plan = inner
        left = 1 - (len(times) - 1) % 2
        headers = {"X-RateLimit-Bucket": "b1", "X-RateLimit-Remaining": str(left), "X-RateLimit-Reset-After": "4.0"}
        return Reply(reply.status, reply.body, headers)

    discord.plan = [counted]
    assert discord.run() == []
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == pytest.approx([0, 4, 0, 4])


def test_a_wait_without_end_is_refused(discord: Discord) -> None:
    discord.share()
    discord.plan = [_reply(429, {**LIMITED, "retry_after": 3e9, "global": True}, {"Retry-After": "3000000000"})]
    started = discord.clock.monotonic()
    with pytest.raises(CollectorError, match="asks to wait"):
        discord.run()
    assert discord.clock.monotonic() - started < 600


def test_a_page_that_repeats_ends_the_walk_and_is_told(discord: Discord) -> None:
    share = discord.share(days_ago=1)
    page = [discord.channels[CHANNEL][share]]
    discord.plan = [_pass, *[_reply(200, page)] * 5]
    (problem,) = discord.run()
    assert "again and again" in problem
    assert discord.ids() == [share]
    assert discord.states()[0]["status"] == "partial"
    assert len(discord.requests) == 3


def test_a_token_that_dies_between_two_pages_stops_the_run_and_keeps_what_came(discord: Discord) -> None:
    shares = [discord.share(days_ago=day / 10) for day in range(250)]
    discord.plan = [_pass, _pass, _reply(401, {"message": "401: Unauthorized", "code": 0})]
    with pytest.raises(CollectorError):
        discord.run()
    assert len(discord.ids()) == 100
    assert discord.run() == []
    assert set(discord.ids()) == set(shares)


@pytest.mark.parametrize("body", [{"message": "no list"}, "text", 7, [1, "two", None]])
def test_an_answer_of_another_shape_fails_the_channel(discord: Discord, body: object) -> None:
    discord.share()
    discord.plan = [_pass, _reply(200, body)]
    with pytest.raises(CollectorError, match="messages"):
        discord.run()
    assert discord.states()[0]["status"] == "failed"
    assert discord.ids() == []


def test_odd_answers_among_messages_are_told_of(discord: Discord) -> None:
    share = discord.share()
    discord.plan = [
        _pass,
        _reply(200, [discord.channels[CHANNEL][share], {"id": 5}, "x", {"id": "-1"}]),
        _reply(200, []),
    ]
    (problem,) = discord.run()
    assert "3 answers are no messages" in problem
    assert discord.ids() == [share]


def test_a_message_whose_id_cannot_be_read_is_not_gone(discord: Discord) -> None:
    share = discord.share(days_ago=1)
    discord.share(days_ago=2)
    discord.run()
    discord.later(days=1)
    page = [
        {**found, "id": number if number == share else found["id"]}
        for number, found in discord.channels[CHANNEL].items()
    ]
    discord.plan = [_pass, _reply(200, page), _reply(200, [])]
    (problem,) = discord.run()
    assert "1 answers are no messages" in problem
    assert not any(item.get("is_gone") for item in discord.items())
    # The next answer is whole and knows better.
    del discord.channels[CHANNEL][share]
    discord.run()
    assert [item["id"] for item in discord.items() if item.get("is_gone")] == [str(share)]


def test_a_null_body_is_an_empty_channel(discord: Discord) -> None:
    discord.plan = [_pass, _reply(200, b"null")]
    assert discord.run() == []
    assert discord.states()[0]["status"] == "succeeded"


def test_a_forum_has_no_messages_and_says_so(discord: Discord) -> None:
    discord.share()
    discord.own = replace(discord.own, channels=("15", CHANNEL))
    discord.plan = [_reply(200, {"id": "15", "type": 15, "guild_id": "1"})]
    (problem,) = discord.run()
    assert "of 15 failed: a forum has no messages of its own; name the channels or threads in it" in problem
    assert len(discord.items()) == 1

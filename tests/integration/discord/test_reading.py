"""What a run reads of a channel, what it leaves out, and what the next one reads again."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ingestion.collect.collection import CollectorError, collected_dir
from ingestion.discord.client import snowflake_at
from ingestion.simulator.platforms.server import Reply, Request

from .conftest import CHANNEL, NOW, TOKEN, Discord, message, reaction


def test_the_first_run_pages_backwards_to_its_depth_and_keeps_shares_only(discord: Discord) -> None:
    shares = [discord.share(days_ago=day / 10) for day in range(280)]
    for day in range(120):
        discord.share(days_ago=day / 4.3, text="hello")
    too_old = discord.share(days_ago=31)
    assert discord.run() == []
    assert sorted(discord.ids()) == sorted(shares)
    assert too_old not in discord.ids()
    (state,) = discord.states()
    assert [state[name] for name in ("status", "rows", "requests", "points")] == ["succeeded", 280, 6, 0]
    befores = [request.first("before") for request in discord.requests if request.path.endswith("messages")]
    assert befores[0] == "" and sorted(befores[1:], reverse=True) == befores[1:]


def test_the_next_run_reads_what_is_new_and_young_messages_again(discord: Discord) -> None:
    old = discord.share(days_ago=10, reactions=None)
    young = discord.share(days_ago=3, reactions=[reaction("🔥", 1)])
    discord.run()
    # What is null is not there.
    assert [int(item["id"]) for item in discord.items() if "reactions" in item] == [young]
    discord.later(days=1)
    new = discord.share()
    discord.channels[CHANNEL][young]["reactions"] = [reaction("🔥", 2, burst=1)]
    discord.channels[CHANNEL][old]["reactions"] = [reaction("🔥", 9)]
    discord.run()
    assert sorted(discord.ids()) == sorted([old, young, new, young])
    counts = [item["reactions"][0]["count_details"] for item in discord.items() if int(item["id"]) == young]
    assert counts == [{"burst": 0, "normal": 1}, {"burst": 1, "normal": 2}]


def test_a_state_that_did_not_change_is_written_once_a_day(discord: Discord) -> None:
    share = discord.share()
    for _ in range(3):
        discord.run()
        discord.later(hours=1)
    assert discord.ids() == [share]
    discord.later(days=1)
    discord.run()
    assert discord.ids() == [share, share]


def test_a_message_that_is_no_longer_there_is_gone_once(discord: Discord) -> None:
    stays, goes = discord.share(days_ago=1), discord.share(days_ago=2)
    old = discord.share(days_ago=9)
    discord.run()
    for number in (goes, old):
        del discord.channels[CHANNEL][number]
    discord.later(hours=2)
    discord.run()
    discord.later(hours=2)
    discord.run()
    gone = [item for item in discord.items() if item.get("is_gone")]
    # What is older than the days that are read again is not looked for.
    assert gone == [{"id": str(goes), "channel_id": CHANNEL, "is_gone": True}]
    assert stays in discord.ids()


def test_a_link_that_is_edited_away_is_told_of_once(discord: Discord) -> None:
    share = discord.share(days_ago=1)
    discord.run()
    discord.channels[CHANNEL][share] |= {"content": "never mind", "edited_timestamp": NOW.isoformat()}
    for _ in range(2):
        discord.later(hours=2)
        discord.run()
    assert [item["clip_links"] != [] for item in discord.items()] == [True, False]


@pytest.mark.parametrize("left", [{"flags": 4}, {"content": "look"}])
def test_a_link_that_goes_with_its_embed_is_told_of_once(discord: Discord, left: dict[str, Any]) -> None:
    embed = {"type": "link", "url": "https://clips.twitch.tv/A"}
    shares = [discord.share(days_ago=day, text="", embeds=[embed]) for day in range(1, 6)]
    discord.run()
    for share in shares:
        discord.channels[CHANNEL][share] |= {"embeds": [], **left}
    for _ in range(2):
        discord.later(hours=2)
        assert discord.run() == []
    assert [item["clip_links"] != [] for item in discord.items()] == [True] * 5 + [False] * 5


def test_text_that_the_bot_may_no_longer_see_is_no_edit(discord: Discord) -> None:
    share = discord.share(days_ago=1)
    discord.run()
    discord.channels[CHANNEL][share]["content"] = ""
    discord.later(days=1)
    (problem,) = discord.run()
    assert "Message Content intent" in problem
    assert len(discord.items()) == 1


def test_a_channel_that_gives_nothing_any_more_lost_its_reader_and_not_its_messages(discord: Discord) -> None:
    discord.share(days_ago=1)
    discord.run()
    discord.channels[CHANNEL].clear()
    (problem,) = discord.run()
    assert "may not read its history" in problem
    assert not any(item.get("is_gone") for item in discord.items())


def test_what_a_failed_run_did_not_reach_is_read_by_the_next(discord: Discord) -> None:
    shares = [discord.share(days_ago=day / 12) for day in range(330)]

    def fail(_: Request) -> Reply:
        return Reply(500, {"message": "500", "code": 0})

    # The channel, one page, then errors to the last try.
    discord.plan = [lambda _: None, lambda _: None, fail, fail, fail]
    with pytest.raises(CollectorError, match="status 500"):
        discord.run()
    assert len(discord.ids()) == 100
    discord.later(hours=1)
    assert discord.run() == []
    assert sorted(set(discord.ids())) == sorted(shares)
    # And nothing is left to be made up for.
    discord.later(hours=1)
    before = len(discord.requests)
    discord.run()
    assert len(discord.requests) - before <= 3


@pytest.mark.parametrize("answer", [Reply(500, {"message": "500", "code": 0}), Reply(200, [])])
def test_what_a_failed_run_did_not_reach_outlasts_one_that_reads_nothing(discord: Discord, answer: Reply) -> None:
    shares = [discord.share(days_ago=day / 24) for day in range(150)]
    failed = Reply(500, {"message": "500", "code": 0})
    discord.plan = [lambda _: None, lambda _: None, *[lambda _: failed] * 3]
    with pytest.raises(CollectorError, match="status 500"):
        discord.run()
    # It would have read all of it again; when the channel answers at last, it is too old for that.
    discord.later(hours=1)
    discord.plan = [lambda _: None, *[lambda _: answer] * 3]
    with suppress(CollectorError):
        discord.run()
    discord.plan = []
    discord.later(days=20)
    assert discord.run() == []
    assert sorted(set(discord.ids())) == sorted(shares)


def test_a_channel_that_is_closed_to_the_bot_fails_alone(discord: Discord) -> None:
    share = discord.share()
    discord.own = replace(discord.own, channels=("404", CHANNEL))
    (problem,) = discord.run()
    assert problem.startswith("discord.messages of 404 failed") and "403" in problem
    assert discord.ids() == [share]
    assert [state["status"] for state in discord.states()] == ["failed", "succeeded"]


def test_a_refused_token_stops_the_source_and_stands_in_no_text(discord: Discord) -> None:
    discord.share()
    discord.plan = [lambda _: Reply(401, {"message": "401: Unauthorized", "code": 0})]
    with pytest.raises(CollectorError, match="DISCORD_BOT_TOKEN") as error:
        discord.run()
    assert TOKEN not in str(error.value)
    assert discord.states()[-1]["status"] == "failed"


def test_an_id_from_the_future_hides_nothing(discord: Discord) -> None:
    far = snowflake_at(NOW.replace(year=2099))
    discord.channels[CHANNEL][far] = message(far, "https://clips.twitch.tv/Future")
    discord.run()
    discord.later(days=20)
    news = [discord.share(days_ago=day) for day in range(1, 19)]
    discord.run()
    assert set(news) <= set(discord.ids())


def test_a_damaged_note_of_positions_means_a_first_run(discord: Discord) -> None:
    share = discord.share(days_ago=20)
    discord.run()
    discord.path.write_text('{"290926798999357250": {"newest": "x"')
    discord.run()
    assert discord.ids() == [share, share]


def test_nothing_of_a_person_comes_to_disk(discord: Discord) -> None:
    discord.share(text="canary-text https://clips.twitch.tv/A", mentions=[{"username": "canary-friend"}])
    discord.run()
    folder = collected_dir(discord.settings, "discord")
    text = "".join(path.read_text() for path in folder.rglob("*") if path.is_file()) + discord.path.read_text()
    assert "canary" not in text
    assert "53908099506183680" not in text
    assert json.loads(discord.path.read_text())[CHANNEL]["newest"]


def test_the_twitch_user_that_an_author_is_comes_along_where_it_is_told(discord: Discord) -> None:
    discord.own = replace(discord.own, creators={"53908099506183680": "53834192"})
    discord.share()
    discord.run()
    assert discord.items()[0]["author"]["twitch_id"] == "53834192"


def test_messages_between_runs_far_apart_are_all_read(discord: Discord) -> None:
    discord.share(days_ago=1)
    discord.run()
    discord.later(days=40)
    # Longer ago than both depths: after the first run only the last seen id counts.
    news = [discord.share(days_ago=day) for day in range(1, 40)]
    discord.run()
    assert set(news) <= set(discord.ids())
    assert discord.clock.now() - NOW >= timedelta(days=40)

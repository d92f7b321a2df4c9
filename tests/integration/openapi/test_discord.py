"""The Discord client against Discord's own description of its API."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from ingestion.discord.client import DiscordClient
from ingestion.discord.position import Positions
from ingestion.discord.reader import read_channels
from ingestion.discord.settings import DiscordSettings
from ingestion.settings import Secret
from ingestion.simulator.platforms.server import Reply, serve

from .conftest import Mock, Platform
from .description import Description

DESCRIPTION = Description("discord")
MESSAGES = "/channels/{channel_id}/messages"
CHANNEL = "290926798999357250"


def collect(platform: Platform, mock: Mock) -> list[str]:
    with serve(mock.answer) as url:
        own = DiscordSettings(Secret("bot-token"), (CHANNEL,), url, reread_days=7, first_days=9999)
        client = DiscordClient(own, platform.clock, random.Random(1))
        try:
            return read_channels(platform.settings, own, platform.clock, client, Positions())
        finally:
            client.close()


def with_a_clip(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Generated messages link to nothing, and what links to no clip is not kept."""
    made = copy.deepcopy(messages)
    for message in made:
        message |= {"content": "https://clips.twitch.tv/Generated", "channel_id": CHANNEL}
    return made


def test_the_documented_page_gives_its_known_figures(platform: Platform) -> None:
    mock = Mock(DESCRIPTION)
    # The mock gives the same page for ever.
    (problem,) = collect(platform, mock)
    assert "again and again" in problem
    assert mock.violations == []
    platform.load("discord")
    assert platform.rejects("discord") == []
    rows = platform.query("select message_id, clip_links, reactions from raw_discord.messages order by message_id")
    assert [(row[0][-3:], json.loads(row[1])) for row in rows] == [
        (number, [{"clip_id": clip, "url": f"https://clips.twitch.tv/{clip}"}])
        for number, clip in (
            ("043", "AwkwardHelplessSalamanderSwiftRage"),
            ("044", "AwkwardHelplessSalamanderSwiftRage"),
        )
    ]
    reactions = json.loads(rows[0][2])
    assert sum(one["normal_count"] + one["burst_count"] for one in reactions) == 5
    fire = next(one for one in reactions if one["emoji_name"] == "🔥")
    assert (fire["normal_count"], fire["burst_count"], fire["emoji_id"]) == (2, 1, None)
    custom = next(one for one in reactions if one["emoji_name"] == "LUL")
    assert (custom["normal_count"], custom["burst_count"], custom["emoji_id"]) == (2, 0, "41771983429993937")
    assert rows[1][2] is None


def test_pages_without_shares_load_nothing(platform: Platform) -> None:
    pages = DESCRIPTION.examples(MESSAGES)
    assert set(pages) == {"page", "docs_only", "empty", "null_body"}
    for example in ("docs_only", "empty", "null_body"):
        mock = Mock(DESCRIPTION, answers={MESSAGES: pages[example]})
        collect(platform, mock)
        assert mock.violations == []
    platform.load("discord")
    assert platform.rejects("discord") == []
    assert platform.query("select count(*) from raw_discord.messages") == [(0,)]
    ended = platform.query("select status, count(*) from raw_discord.collections where status <> 'running' group by 1")
    assert sum(count for _, count in ended) == 3


@pytest.mark.parametrize("full", [True, False])
def test_a_message_with_all_fields_and_one_with_the_required_ones_load(platform: Platform, full: bool) -> None:
    # The smallest page is no page at all: here its only message has no more than the required fields.
    page = with_a_clip(
        DESCRIPTION.generated(MESSAGES, full=True) if full else [DESCRIPTION.smallest("MessageResponse")]
    )
    DESCRIPTION.validate_answer(MESSAGES, page)
    mock = Mock(
        DESCRIPTION,
        answers={MESSAGES: page, "/channels/{channel_id}": DESCRIPTION.generated("/channels/{channel_id}", full=full)},
    )
    collect(platform, mock)
    assert mock.violations == []
    assert mock.asked() == set(DESCRIPTION.routes)
    platform.load("discord")
    assert platform.rejects("discord") == []
    ((author, links, reactions),) = platform.query(
        "select length(author_hash), clip_links, reactions from raw_discord.messages"
    )
    assert author == 64
    assert "Generated" in links
    assert (reactions is not None) is full


def test_the_documented_answer_to_too_many_requests_is_understood(platform: Platform) -> None:
    body = DESCRIPTION.generated(MESSAGES, "429", full=True)
    mock = Mock(DESCRIPTION, errors=[Reply(429, body, {"Retry-After": "2"})])
    started = platform.clock.monotonic()
    collect(platform, mock)
    assert platform.clock.monotonic() - started >= body["retry_after"]
    assert mock.violations == []

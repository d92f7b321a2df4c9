"""The YouTube client against Google's own description of the API."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ingestion.settings import Secret
from ingestion.simulator.platforms.server import serve
from ingestion.youtube.chats import Chats
from ingestion.youtube.client import YouTubeClient
from ingestion.youtube.quota import QuotaPacing
from ingestion.youtube.reader import read_streams
from ingestion.youtube.settings import YouTubeSettings

from .conftest import Mock, Platform
from .description import Description

DESCRIPTION = Description("youtube")
ROOT = "/youtube/v3"
CHAT = f"{ROOT}/liveChat/messages"
OWN = YouTubeSettings(
    Secret("key"), ("dQw4w9WgXcQ",), ("UC" + "x" * 22,), "", daily_quota=10_000, follow_minutes=1, keep_text=False
)


def collect(platform: Platform, mock: Mock, chats: Chats | None = None, **changes: Any) -> list[str]:
    with serve(mock.answer) as url:
        own = replace(OWN, api_url=f"{url}{ROOT}", **changes)
        quota = QuotaPacing(own.daily_quota, platform.clock)
        client = YouTubeClient(own, platform.clock, quota, random.Random(1))
        try:
            return read_streams(platform.settings, own, platform.clock, client, quota, chats or Chats())
        finally:
            client.close()


def test_every_documented_page_loads(platform: Platform) -> None:
    pages = DESCRIPTION.examples(CHAT)
    for example, page in pages.items():
        mock = Mock(DESCRIPTION, answers={CHAT: page})
        collect(platform, mock)
        assert mock.violations == [], example
        assert mock.asked() == set(DESCRIPTION.routes), example
    platform.load("youtube")
    assert platform.rejects("youtube") == []
    found = platform.query(
        "select distinct type, amount, currency, text_length, is_member from raw_youtube.chat_messages order by all"
    )
    assert found == [
        ("newSponsorEvent", None, None, None, True),
        ("superChatEvent", Decimal(2), "EUR", 4, False),
        ("superChatEvent", Decimal(200), "JPY", 3, False),
        ("textMessageEvent", None, None, 3, False),
    ]
    assert len(pages) == len(found)


def test_answers_made_from_the_schemas_load_whole_and_part_by_part(platform: Platform) -> None:
    page = DESCRIPTION.generated(CHAT, full=True)
    (whole,) = page["items"]
    base = {"type": "someEvent", "liveChatId": "chat", "publishedAt": whole["snippet"]["publishedAt"]}
    parts = [
        {**whole, "id": f"part {name}", "snippet": {**base, name: value}} for name, value in whole["snippet"].items()
    ]
    others = {f"{ROOT}/{one}": DESCRIPTION.generated(f"{ROOT}/{one}", full=True) for one in ("videos", "playlistItems")}
    # A page with the required fields only has no fields at all.
    for answer in ({**page, "items": [whole, *parts]}, DESCRIPTION.generated(CHAT, full=False)):
        mock = Mock(DESCRIPTION, answers={CHAT: answer, **others})
        collect(platform, mock, follow_minutes=0)
        assert mock.violations == []
    platform.load("youtube")
    assert platform.rejects("youtube") == []
    assert platform.query("select count(*) from raw_youtube.chat_messages") == [(1 + len(parts),)]
    found = platform.query("select distinct video_id, live_chat_id, concurrent_viewers from raw_youtube.videos")
    assert found == [("text", "text", 1234567)]


def test_a_chat_that_is_named_is_read_without_a_video_and_goes_on_where_it_stopped(platform: Platform) -> None:
    page = next(iter(DESCRIPTION.examples(CHAT).values())) | {"nextPageToken": "further"}
    page.pop("offlineAt", None)
    chats = Chats()
    for _ in range(2):
        mock = Mock(DESCRIPTION, answers={CHAT: page})
        assert collect(platform, mock, chats, videos=(), channels=(), live_chats=("Cg0KCzEy",), follow_minutes=0) == []
        assert mock.violations == []
        assert mock.asked() == {CHAT}
    assert [request.query.get("pageToken") for request in mock.requests] == [["further"]]
    platform.load("youtube")
    assert platform.rejects("youtube") == []
    found = platform.query("select count(distinct message_id), count(video_id) from raw_youtube.chat_messages")
    assert found == [(len(page["items"]), 0)]

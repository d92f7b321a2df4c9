"""The mock rejects what a description rejects: else the other tests of this folder would prove nothing."""

from __future__ import annotations

import jsonschema
import pytest

from ingestion.simulator.platforms.server import Request

from .description import Description

BOT = {"authorization": "Bot x"}
APP = {"authorization": "Bearer x"}


@pytest.mark.parametrize(
    ("name", "path", "query", "headers", "fault"),
    [
        ("discord", "/channels/1/messages", {"limit": ["100"], "before": ["5"]}, BOT, None),
        ("discord", "/channels/1/messages", {"limit": ["101"]}, BOT, "101 is greater than the maximum of 100"),
        ("discord", "/channels/1/messages", {"limit": ["many"]}, BOT, "'many' is no integer"),
        ("discord", "/channels/1/messages", {"before": ["-5"]}, BOT, "does not match"),
        ("discord", "/channels/1/messages", {"page": ["2"]}, BOT, "no parameter page"),
        ("discord", "/channels/general/messages", {}, BOT, "channel_id"),
        ("discord", "/channels/1/messages", {}, {}, "no credentials"),
        ("discord", "/channels/1/pins", {}, BOT, "no route"),
        ("twitch", "/clips", {"broadcaster_id": ["1"], "started_at": ["2026-01-01T00:00:00Z"]}, APP, None),
        ("twitch", "/clips", {"broadcaster_id": ["1"], "started_at": ["2026-01-01T00:00:00"]}, APP, "has no zone"),
        ("twitch", "/clips", {"broadcaster_id": ["1"], "started_at": ["yesterday"]}, APP, "no date and time"),
        ("twitch", "/clips", {"broadcaster_id": ["1", "2"]}, APP, "more than once"),
        ("twitch", "/streams", {"type": ["live"], "user_id": ["1", "2"]}, APP, None),
        ("twitch", "/streams", {"type": ["rerun"]}, APP, "is not one of"),
        ("twitch", "/channels", {}, APP, "broadcaster_id is required"),
        ("twitch", "/users", {"id": ["1"]}, {"authorization": "OAuth x"}, "no credentials"),
        ("youtube", "/youtube/v3/videos", {"part": ["id,snippet"], "id": ["a,b"]}, {}, None),
        ("youtube", "/youtube/v3/videos", {"id": ["a"]}, {}, "part is required"),
        ("youtube", "/youtube/v3/videos", {"part": ["id"], "key": ["secret"]}, {}, "no parameter key"),
        ("youtube", "/youtube/v3/liveChat/messages", {"part": ["id"], "liveChatId": ["c"], "maxResults": ["50"]}, {}, "50 is less"),
    ],
)  # fmt: skip
def test_requests_are_judged(
    name: str, path: str, query: dict[str, list[str]], headers: dict[str, str], fault: str | None
) -> None:
    found = Description(name).violations(Request("GET", path, query, headers))
    assert (found == []) if fault is None else (len(found) == 1 and fault in found[0]), found


def test_another_method_is_rejected() -> None:
    assert Description("twitch").violations(Request("DELETE", "/users", {}, APP)) == ["no method DELETE on /users"]


def test_answers_are_judged() -> None:
    discord = Description("discord")
    page = discord.generated("/channels/{channel_id}/messages", full=True)
    discord.validate_answer("/channels/{channel_id}/messages", page)
    del page[0]["author"]
    with pytest.raises(jsonschema.ValidationError, match="author"):
        discord.validate_answer("/channels/{channel_id}/messages", page)

"""Asks Discord's API for messages of a channel and makes of each what may be kept."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ingestion.collect.clock import Clock
from ingestion.collect.collection import CollectError, CollectorError
from ingestion.collect.http import AuthError, Cost, HttpClient, Limits
from ingestion.discord.limits import BucketPacing
from ingestion.discord.links import clip_links
from ingestion.discord.settings import DiscordSettings
from ingestion.pii import PiiKey

PAGE_SIZE = 100
# Discord counts milliseconds from the first second of 2015 in the upper bits of its ids.
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_TIME_SHIFT = 22
_HIGHEST_ID = (1 << 64) - 1
# By type: Discord answers for them with no messages, and not with an error.
_WITHOUT_MESSAGES = {4: "category", 14: "directory", 15: "forum", 16: "media channel"}


def snowflake_at(moment: datetime) -> int:
    """The lowest id that Discord gives at `moment`; 0 for all time before 2015."""
    milliseconds = int((moment - _EPOCH).total_seconds() * 1000)
    return min(max(milliseconds, 0) << _TIME_SHIFT, _HIGHEST_ID)


def snowflake(value: object) -> int | None:
    """The number of an id as Discord writes it, None where it is none."""
    if not isinstance(value, str) or not (value.isascii() and value.isdigit()) or len(value) > 20:
        return None
    return int(value) if int(value) <= _HIGHEST_ID else None


class DiscordClient:
    """Requests with a bot's token, paced by `BucketPacing`. All methods raise `PlatformError`."""

    def __init__(
        self,
        settings: DiscordSettings,
        clock: Clock,
        jitter: random.Random | None = None,
        limits: Limits | None = None,
    ) -> None:
        if settings.bot_token is None:
            raise ValueError("a client needs a token")
        self._http = HttpClient(
            settings.api_url,
            clock=clock,
            pacing=BucketPacing(clock),
            headers={"Authorization": f"Bot {settings.bot_token.value}"},
            jitter=jitter,
            limits=limits,
        )

    def guild_id(self, channel_id: str, cost: Cost) -> str | None:
        """The server that a channel belongs to; None for a conversation of people.

        Raises:
            CollectorError: the token is refused, so that no channel can be read.
        """
        try:
            found = self._get(f"channels/{channel_id}", {}, "channel", cost)
        except AuthError as error:
            if error.status == 401:
                raise CollectorError(
                    "Discord refuses the bot's token. Set DISCORD_BOT_TOKEN to the token of a bot that may read the "
                    "history of DISCORD_CHANNELS."
                ) from None
            raise
        kind = found.get("type") if isinstance(found, dict) else None
        if isinstance(kind, int) and kind in _WITHOUT_MESSAGES:
            raise CollectError(
                f"a {_WITHOUT_MESSAGES[kind]} has no messages of its own; name the channels or threads in it"
            )
        guild = found.get("guild_id") if isinstance(found, dict) else None
        return guild if isinstance(guild, str) else None

    def messages(self, channel_id: str, before: int | None, cost: Cost) -> list[Any]:
        """Up to `PAGE_SIZE` messages older than the id `before`, newest first; the newest without it."""
        params: dict[str, str] = {"limit": str(PAGE_SIZE)}
        if before is not None:
            params["before"] = str(before)
        found = self._get(f"channels/{channel_id}/messages", params, "messages", cost)
        if found is None:
            return []
        if not isinstance(found, list):
            raise CollectError("messages: the answer is no list")
        return found

    def close(self) -> None:
        self._http.close()

    def _get(self, path: str, params: dict[str, str], kind: str, cost: Cost) -> Any:
        # Discord counts by route and channel, and has no points.
        return self._http.get(path, params, cost=cost, route=f"{kind} of {path.split('/')[1]}", points=0).json()


def kept_message(
    message: Mapping[str, Any], guild_id: str | None, key: PiiKey, creators: Mapping[str, str]
) -> dict[str, Any]:
    """What is kept of a message: links to clips, reactions and times; no text, no names, the author's id hashed."""
    author = message.get("author")
    person = author if isinstance(author, dict) else {}
    kept: dict[str, Any] = {
        "id": message.get("id"),
        "channel_id": message.get("channel_id"),
        "guild_id": guild_id,
        "author": {
            "id": key.hashed(str(person["id"])) if person.get("id") is not None else None,
            "twitch_id": creators.get(str(person.get("id"))),
            "bot": person.get("bot") is True or message.get("webhook_id") is not None,
        },
        "timestamp": message.get("timestamp"),
        "edited_timestamp": message.get("edited_timestamp"),
        "clip_links": clip_links(message),
    }
    if message.get("reactions") is not None:
        kept["reactions"] = _kept_reactions(message["reactions"])
    return kept


def _kept_reactions(reactions: Any) -> Any:
    if not isinstance(reactions, list):
        # Of a wrong type, to be rejected; the value itself may hold anything.
        return type(reactions).__name__
    kept = []
    for reaction in reactions:
        given = reaction if isinstance(reaction, dict) else {}
        emoji, details = given.get("emoji"), given.get("count_details")
        kept.append(
            {
                "emoji": {name: emoji.get(name) for name in ("id", "name", "animated")}
                if isinstance(emoji, dict)
                else None,
                "count": given.get("count"),
                "count_details": {name: details.get(name) for name in ("burst", "normal")}
                if isinstance(details, dict)
                else None,
            }
        )
    return kept

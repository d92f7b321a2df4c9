"""Reads the channels of one run: what is new, what an earlier run missed, and young messages once more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from ingestion.collect.clock import Clock
from ingestion.collect.collection import CollectError, Collection, Collector, CollectorError
from ingestion.discord.client import DiscordClient, kept_message, snowflake, snowflake_at
from ingestion.discord.position import Position, Positions
from ingestion.discord.settings import DiscordSettings
from ingestion.pii import PiiKey, load_key
from ingestion.settings import Settings

# What a bot without the Message Content intent does not see, and what it does.
_PROTECTED = ("content", "embeds", "attachments", "components", "poll")
_CONTENTS = (*_PROTECTED, "sticker_items", "message_snapshots")
_BLANK_MESSAGES = 5
_SUPPRESS_EMBEDS = 1 << 2


def read_channels(
    settings: Settings, own: DiscordSettings, clock: Clock, client: DiscordClient, positions: Positions
) -> list[str]:
    """Collect all channels, each by itself. Returns a sentence for each that failed or is partial.

    Raises:
        CollectorError: the token is refused, or no channel could be read.
    """
    key = load_key(settings)
    read = 0
    refused: CollectorError | None = None
    with Collector(settings, "discord", clock) as collector:
        positions.load()
        try:
            for channel_id in own.channels:
                with collector.collection("messages", channel_id) as collection:
                    guild_id = client.guild_id(channel_id, collection)
                    _Reading(own, client, collection, channel_id, guild_id, positions.of(channel_id), key).read()
                    read += 1
        except CollectorError as error:
            refused = error
    # Now the files are complete: what a position has passed must not be lost.
    positions.save()
    if refused is not None:
        raise refused
    if not read:
        raise CollectorError("; ".join(collector.problems))
    return collector.problems


class _Reading:
    """One channel in one run."""

    def __init__(
        self,
        own: DiscordSettings,
        client: DiscordClient,
        collection: Collection,
        channel_id: str,
        guild_id: str | None,
        position: Position,
        key: PiiKey,
    ) -> None:
        self._own = own
        self._client = client
        self._collection = collection
        self._channel_id = channel_id
        self._guild_id = guild_id
        self._position = position
        self._key = key
        self._problems: list[str] = []
        self._seen: set[int] = set()
        self._received = 0
        self._odd = 0  # answers that are no messages
        self._texts = 0  # messages that people wrote
        self._blank = 0  # of them, without anything in them
        self._hidden = 0  # messages whose links are hidden now

    def read(self) -> None:
        position = self._position
        now = self._collection.started_at
        young = snowflake_at(now - timedelta(days=self._own.reread_days))
        first = snowflake_at(now - timedelta(days=self._own.first_days))
        # Before the oldest id of this range nothing has changed that is looked for.
        low = first if position.newest is None else min(position.newest, young)
        unread = position.unread
        missed = [(start, min(before, low + 1)) for start, before in unread if start < low]
        position.unread = list(missed)
        known = {message for message in position.known if message > low}
        try:
            self._walk(low, None)
        finally:
            if not self._received:
                # Nothing came: what was not read before, also above `low`, is still not read.
                position.unread, missed = unread, []
        if known and not self._received:
            self._problems.append("the channel gives no messages any more: the bot may not read its history")
        elif not self._problems and not self._odd:
            # What came without a readable id may be one of those that are missed.
            self._note_gone(known - self._seen)
        for start, before in missed:
            position.unread.remove((start, before))
            self._walk(start, before)
        position.known = {message: state for message, state in position.known.items() if message > young}
        if self._hidden or (self._blank == self._texts and self._blank >= _BLANK_MESSAGES):
            self._problems.append("messages come without their text: the bot needs the Message Content intent")
        if self._odd:
            self._problems.append(f"{self._odd} answers are no messages")
        if self._problems:
            self._collection.partial("; ".join(self._problems))

    def _walk(self, low: int, before: int | None) -> None:
        """Read pages backwards to the id `low`; what could not be read is noted as unread."""
        while True:
            try:
                page = self._client.messages(self._channel_id, before, self._collection)
                messages = self._messages(page)
            except CollectError:
                if before is not None:
                    self._position.unread.append((low, before))
                raise
            fresh = {number: message for number, message in messages.items() if before is None or number < before}
            if messages and not fresh:
                self._position.unread.append((low, before or low))
                self._problems.append("one page comes again and again; what lies before it is not read")
                return
            self._keep({number: message for number, message in fresh.items() if number > low})
            self._learn(fresh)
            if not fresh or min(fresh) <= low:
                return
            before = min(fresh)

    def _messages(self, page: list[Any]) -> dict[int, dict[str, Any]]:
        found = {}
        for message in page:
            number = snowflake(message.get("id")) if isinstance(message, dict) else None
            if number is not None:
                found[number] = message
        self._received += len(found)
        self._odd += len(page) - len(found)
        if page and not found:
            raise CollectError("messages: the answer holds no messages")
        return found

    def _learn(self, numbers: Iterable[int]) -> None:
        # An id from the future would hide all that comes until then.
        future = snowflake_at(self._collection.started_at + timedelta(days=1))
        for number in numbers:
            if number < future:
                self._position.newest = max(self._position.newest or 0, number)

    def _keep(self, messages: dict[int, dict[str, Any]]) -> None:
        known = self._position.known
        items = []
        for number, message in messages.items():
            self._seen.add(number)
            self._texts += message.get("type") == 0
            self._blank += message.get("type") == 0 and _is_blank(message, _CONTENTS)
            item = kept_message(message, self._guild_id, self._key, self._own.creators)
            if not item["clip_links"] and number not in known:
                continue
            if not item["clip_links"] and not item["edited_timestamp"] and _is_blank(message, _PROTECTED):
                # Links go by an edit, or with an embed; where nothing is left it is the right to see them that went.
                self._hidden += 1
                continue
            # Each state is written again once a day: a warehouse from a backup finds its way back.
            day = f"{self._collection.started_at:%Y-%m-%d}"
            state = hashlib.sha256(f"{day}{json.dumps(item, sort_keys=True)}".encode()).hexdigest()[:16]
            if known.get(number) != state:
                items.append(item)
            # A message that has lost its links is told of once more, and then no more.
            known[number] = state
            if not item["clip_links"]:
                del known[number]
        self._collection.add(items)

    def _note_gone(self, gone: set[int]) -> None:
        self._collection.add(
            {"id": str(number), "channel_id": self._channel_id, "is_gone": True} for number in sorted(gone)
        )
        for number in gone:
            del self._position.known[number]


def _is_blank(message: Mapping[str, Any], parts: Iterable[str]) -> bool:
    """Whether a message comes without any of the parts, though nobody has taken its embeds away, which is no edit."""
    flags = message.get("flags")
    is_suppressed = isinstance(flags, int) and bool(flags & _SUPPRESS_EMBEDS)
    return not is_suppressed and not any(message.get(part) for part in parts)

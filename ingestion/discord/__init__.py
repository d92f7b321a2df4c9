"""Shares of Twitch clips in Discord: messages with a clip link and their reactions, read again while they change."""

from __future__ import annotations

from collections.abc import Callable

from ingestion.collect.collection import collected_root
from ingestion.collect.resource import ENVELOPE, collections_resource
from ingestion.schema import ResourceSpec
from ingestion.settings import Settings
from ingestion.sql import sql_of

MESSAGES = ResourceSpec(
    name="messages",
    columns={
        **ENVELOPE,
        "message_id": "VARCHAR",
        "channel_id": "VARCHAR",
        "guild_id": "VARCHAR",
        "author_hash": "VARCHAR",
        "pii_key_id": "VARCHAR",
        "author_twitch_id": "VARCHAR",
        "is_bot": "BOOLEAN",
        "sent_at": "TIMESTAMP",
        "edited_at": "TIMESTAMP",
        "clip_links": "VARCHAR",
        "reactions": "VARCHAR",
        "is_gone": "BOOLEAN",
    },
    extract_sql=sql_of(__package__, "messages.sql"),
    roots=collected_root("discord", "messages"),
    hashed={"author": "author_hash"},
)

RESOURCES = [MESSAGES, collections_resource("discord")]


def collect(settings: Settings, progress: Callable[[str], None]) -> list[str]:
    """See `ingestion.discord.collect.collect`."""
    # The client's libraries take a while to import, and settings and orchestration need the resources only.
    from ingestion.discord.collect import collect as read_all

    return read_all(settings, progress)


def forget(settings: Settings) -> None:
    """See `ingestion.discord.collect.forget`."""
    from ingestion.discord.collect import forget as forget_all

    forget_all(settings)

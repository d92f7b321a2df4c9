"""Shares of Twitch clips in Discord: messages with a clip link and their reactions, read again while they change."""

from __future__ import annotations

from importlib import resources

from ingestion.collect.collection import collected_root
from ingestion.collect.resource import ENVELOPE, collections_resource
from ingestion.schema import ResourceSpec

MESSAGES = ResourceSpec(
    name="messages",
    columns={
        **ENVELOPE,
        "message_id": "VARCHAR",
        "channel_id": "VARCHAR",
        "guild_id": "VARCHAR",
        "author_hash": "VARCHAR",
        "pii_key_id": "VARCHAR",
        "is_bot": "BOOLEAN",
        "sent_at": "TIMESTAMP",
        "edited_at": "TIMESTAMP",
        "clip_links": "VARCHAR",
        "reactions": "VARCHAR",
        "is_gone": "BOOLEAN",
    },
    extract_sql=resources.files(__package__).joinpath("messages.sql").read_text(),
    roots=collected_root("discord", "messages"),
    hashed={"author": "author_hash"},
)

RESOURCES = [MESSAGES, collections_resource("discord")]

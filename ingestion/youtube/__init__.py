"""Live chat of YouTube streams: from the Data API while they run, and from files that chat archivers wrote."""

from __future__ import annotations

from collections.abc import Callable

from ingestion.collect.amounts import AMOUNTS_SQL
from ingestion.collect.collection import collected_root
from ingestion.collect.items import Field, collected_items
from ingestion.collect.resource import ENVELOPE, collections_resource
from ingestion.files import InputRoot
from ingestion.schema import ResourceSpec
from ingestion.settings import Settings
from ingestion.sql import sql_of

# One SELECT: a part for each form of a line, then amounts, then the rows.
_FORMS = ("chat_api.sql", "chat_downloader.sql", "chat_pytchat.sql", "chat_page.sql")
_ROWS = ("chat_amounts.sql", "chat_rows.sql")

VIDEOS = collected_items(
    "youtube",
    "videos",
    {
        "video_id": Field("id", "id", is_required=True),
        "channel_id": Field("channelId", "id", is_required=True),
        "title": Field("title"),
        "live_chat_id": Field("activeLiveChatId", "id"),
        "scheduled_start_at": Field("scheduledStartTime", "moment"),
        "actual_start_at": Field("actualStartTime", "moment"),
        "actual_end_at": Field("actualEndTime", "moment"),
        "concurrent_viewers": Field("concurrentViewers", "count"),
    },
)

CHAT_MESSAGES = ResourceSpec(
    name="chat_messages",
    columns={
        **ENVELOPE,
        "message_id": "VARCHAR",
        "live_chat_id": "VARCHAR",
        "video_id": "VARCHAR",
        "type": "VARCHAR",
        "author_hash": "VARCHAR",
        "pii_key_id": "VARCHAR",
        "published_at": "TIMESTAMP",
        "amount_micros": "BIGINT",
        "currency": "VARCHAR",
        "amount": "DECIMAL(18,6)",
        "tier": "BIGINT",
        "text": "VARCHAR",
        "text_length": "BIGINT",
        "deleted_message_id": "VARCHAR",
        "is_member": "BOOLEAN",
        "origin": "VARCHAR",
        "details": "VARCHAR",
    },
    extract_sql=sql_of(__package__, *_FORMS) + AMOUNTS_SQL + sql_of(__package__, *_ROWS),
    roots=lambda settings: [
        *collected_root("youtube", "chat_messages")(settings),
        InputRoot(settings.landing_dir / "youtube", "landing/youtube", ("jsonl", "jsonl.gz", "json", "parquet")),
    ],
    hashed={"author": "author_hash"},
    text_columns=("text",),
    keeps_text=lambda settings: bool(settings.sources["youtube"].keep_text),
)

RESOURCES = [VIDEOS, CHAT_MESSAGES, collections_resource("youtube")]


def collect(settings: Settings, progress: Callable[[str], None]) -> list[str]:
    """See `ingestion.youtube.collect.collect`."""
    # The client's libraries take a while to import, and settings and orchestration need the resources only.
    from ingestion.youtube.collect import collect as read_all

    return read_all(settings, progress)


def forget(settings: Settings) -> None:
    """See `ingestion.youtube.collect.forget`."""
    from ingestion.youtube.collect import forget as forget_all

    forget_all(settings)

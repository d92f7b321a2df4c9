"""Raw tables of the source `youtube`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites import patterns
from expectations.suites.raw import collected_table, collections_table, data_table, json_object, ledger_checks

SUITE = "raw_youtube"
RESOURCES = ("videos", "chat_messages", "collections")


def suite() -> Iterable[Check]:
    """Checks of videos, chat messages, collections, ledger, rejects and loads."""
    for table in (_videos(), _chat_messages(), collections_table(SUITE), *ledger_checks(SUITE, RESOURCES)):
        yield from table


def _videos() -> TableChecks:
    videos = collected_table(SUITE, "videos")
    videos.has_columns(
        "video_id channel_id title live_chat_id scheduled_start_at actual_start_at actual_end_at concurrent_viewers"
    )
    videos.no_rows("ids_given", "video_id is null or channel_id is null", "Every video has its id and its channel.")
    videos.no_rows("times_in_order", "actual_end_at < actual_start_at", "No stream ends before it starts.", "warning")
    return videos


def _chat_messages() -> TableChecks:
    messages = data_table(SUITE, "chat_messages")
    messages.has_columns(
        "collection_id account_id collected_at message_id live_chat_id video_id type author_hash pii_key_id"
        " published_at amount_micros currency amount tier text text_length deleted_message_id is_member origin details"
    )
    for column in ("message_id", "type"):
        messages.not_null(column)
    messages.no_rows(
        "origin_given",
        "coalesce(origin not in ('api', 'archive') or (origin = 'api') <> (collection_id is not null), true)",
        "Every message came from the API, and names its collection, or from an archive.",
    )
    messages.no_rows(
        "time_given",
        "published_at is null and type not in ('messageDeletedEvent', 'userBannedEvent')",
        "Every message has a time; notes of an archive may lack it.",
    )
    messages.no_rows(
        "amount_has_currency",
        "(amount is null) <> (currency is null) or (amount is null) <> (amount_micros is null)",
        "An amount stands beside its currency and its millionths.",
    )
    messages.no_rows("amount_equals_micros", "amount * 1000000 <> amount_micros", "Both forms of an amount are equal.")
    messages.no_rows("amount_not_negative", "amount < 0", "Nobody pays less than nothing.")
    messages.no_rows(
        "paid_has_amount",
        "type in ('superChatEvent', 'superStickerEvent') and amount is null",
        "What was paid has an amount; a line whose amount cannot be read is a reject.",
    )
    messages.share_at_most(
        "currency_unknown_share",
        "currency = 'XXX'",
        0.05,
        "Of the paid messages, at most 5 % have a sign of an unknown currency.",
        of="amount is not null",
    )
    messages.share_at_most(
        "video_unknown_share",
        "video_id is null",
        0.2,
        "At most 20 % of the messages cannot be told a stream: name an archive's file after its video.",
    )
    messages.no_rows(
        "author_is_hash",
        patterns.is_not_hash("author_hash"),
        "The author is a hash, never the clear id.",
        scope="new",
    )
    messages.no_rows(
        "hash_names_its_key",
        "author_hash is not null and pii_key_id is null",
        "The hash of an author stands beside the id of its key.",
    )
    json_object(messages, "details")
    return messages

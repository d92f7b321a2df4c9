"""Raw tables of the source `discord`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites import patterns
from expectations.suites.raw import collected_table, collections_table, ledger_checks

SUITE = "raw_discord"


def suite() -> Iterable[Check]:
    """Checks of messages, collections, ledger, rejects and loads."""
    for table in (_messages(), collections_table(SUITE), *ledger_checks(SUITE, ("messages", "collections"))):
        yield from table


def _messages() -> TableChecks:
    messages = collected_table(SUITE, "messages")
    messages.has_columns(
        "message_id channel_id guild_id author_hash pii_key_id author_twitch_id is_bot sent_at edited_at clip_links"
        " reactions is_gone"
    )
    messages.no_rows(
        "ids_are_snowflakes",
        "not coalesce(regexp_full_match(message_id, '[0-9]{1,20}')"
        " and regexp_full_match(channel_id, '[0-9]{1,20}'), false)",
        "Every row names its message and channel by Discord's ids.",
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
    messages.no_rows(
        "state_whole",
        "is_gone is null or is_gone and (sent_at is not null or reactions is not null)"
        " or not is_gone and (sent_at is null or clip_links is null)",
        "A message that is there has a time and a list of links; of one that is gone nothing else is told.",
    )
    messages.no_rows(
        "links_lead_to_clips",
        "len(list_filter(json_extract_string(clip_links, '$[*].url')::varchar[],"
        " lambda url: not regexp_full_match(url, '(?i)https://((clips|www|m|go)[.])?twitch[.]tv/.+'))) > 0",
        "Every link leads to Twitch.",
        scope="new",
    )
    messages.no_rows(
        "counts_whole",
        'len(list_filter(from_json(reactions, \'[{"normal_count": "BIGINT", "burst_count": "BIGINT"}]\'),'
        " lambda r: coalesce(least(r.normal_count, r.burst_count), -1) < 0)) > 0",
        "Every reaction has a normal and a burst count of 0 or more.",
        scope="new",
    )
    messages.no_rows(
        "sent_before_answer", "sent_at > collected_at + interval 1 hour", "No message comes from the future.", "warning"
    )
    return messages

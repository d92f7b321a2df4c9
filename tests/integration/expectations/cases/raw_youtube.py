"""Faults of the raw tables of YouTube."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, few, names, one
from tests.integration.expectations.cases.collected import collected_cases, collections_cases
from tests.integration.expectations.cases.raw import ledger, raw_table

SUITE = "raw_youtube"
MESSAGES = f"{SUITE}.chat_messages"


def cases() -> Iterator[Case]:
    """Faults that the suite raw_youtube must see."""
    yield from collected_cases(SUITE, "videos", has_columns="title")
    yield from collections_cases(SUITE)
    yield from raw_table(SUITE, "chat_messages")
    yield from ledger(SUITE)
    yield Case(SUITE, "videos_ids_given", one(f"{SUITE}.videos", "channel_id = null"))
    yield Case(
        SUITE, "videos_times_in_order", one(f"{SUITE}.videos", "actual_end_at = actual_start_at - interval 1 minute")
    )
    yield Case(SUITE, "chat_messages_columns", f"alter table {MESSAGES} rename column tier to other")
    paid = "amount is not null"
    yield _case("message_id_not_null", "message_id = null")
    yield _case("type_not_null", "type = null", "amount is null")
    yield _case("origin_given", "origin = 'page'")
    yield _case("time_given", "published_at = null")
    yield _case("amount_has_currency", "currency = null", paid)
    yield _case("amount_equals_micros", "amount = amount + 1", paid)
    yield _case("amount_not_negative", "amount = -1, amount_micros = -1000000", paid)
    nothing = "amount = null, amount_micros = null, currency = null"
    yield _case("paid_has_amount", nothing, paid)
    yield Case(SUITE, "chat_messages_currency_unknown_share", few(MESSAGES, "currency = 'XXX'", 0.1, paid))
    yield Case(SUITE, "chat_messages_video_unknown_share", few(MESSAGES, "video_id = null", 0.3))
    yield _case("author_is_hash", "author_hash = 'UCZneZy3197k3ErGxVjKFZSg'")
    yield _case("hash_names_its_key", "pii_key_id = null")
    yield _case("details_is_object", "details = '[1]'")


def _case(check: str, change: str, where: str = "true", also: str = "") -> Case:
    return Case(SUITE, f"chat_messages_{check}", one(MESSAGES, change, where), names(also))

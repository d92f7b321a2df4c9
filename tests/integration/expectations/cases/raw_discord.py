"""Faults of the raw tables of Discord."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, names, one
from tests.integration.expectations.cases.collected import collected_cases, collections_cases
from tests.integration.expectations.cases.raw import ledger

SUITE = "raw_discord"
MESSAGES = f"{SUITE}.messages"


def cases() -> Iterator[Case]:
    """Faults that the suite raw_discord must see."""
    yield from collected_cases(SUITE, "messages", has_columns="guild_id")
    yield from collections_cases(SUITE)
    yield from ledger(SUITE)
    there = "not is_gone"
    yield _case("ids_are_snowflakes", "message_id = 'hello'")
    yield _case("author_is_hash", "author_hash = '53908099506183680'", there)
    yield _case("hash_names_its_key", "pii_key_id = null", there)
    yield _case("state_whole", "clip_links = null", there)
    yield _case("links_lead_to_clips", """clip_links = '[{"clip_id": "A", "url": "javascript:alert(1)"}]'""", there)
    yield _case("counts_whole", """reactions = '[{"emoji_name": "x", "normal_count": 1, "burst_count": -1}]'""", there)
    yield _case("sent_before_answer", "sent_at = collected_at + interval 2 hour", there)


def _case(check: str, change: str, where: str = "true", also: str = "") -> Case:
    return Case(SUITE, f"messages_{check}", one(MESSAGES, change, where), names(also))

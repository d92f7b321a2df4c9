"""Faults of the raw tables of Twitch."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, few, one
from tests.integration.expectations.cases.collected import collected_cases, collections_cases
from tests.integration.expectations.cases.raw import ledger

SUITE = "raw_twitch"
_UNCHECKED_COLUMNS = {
    "users": "broadcaster_type",
    "channels": "title",
    "followers": "",
    "subscriptions": "points",
    "streams": "title",
    "stream_polls": "",
    "videos": "title",
    "clips": "title",
    "games": "igdb_id",
}


def cases() -> Iterator[Case]:
    """Faults that the suite raw_twitch must see."""
    for table, column in _UNCHECKED_COLUMNS.items():
        found = collected_cases(SUITE, table, has_columns=column or "other")
        yield from (case for case in found if column or not case.check_name.endswith("_columns"))
    yield _columns("followers", "total", "followers_total_given")
    yield _columns("stream_polls", "live_count", "stream_polls_live_within_polled")
    yield from collections_cases(SUITE)
    yield from ledger(SUITE)
    for table in ("users", "channels", "followers", "subscriptions", "streams", "videos", "clips"):
        yield Case(SUITE, f"{table}_of_its_account", one(f"{SUITE}.{table}", "account_id = '404'"))
    yield from _values()


def _columns(table: str, column: str, errored: str) -> Case:
    rename = f"alter table {SUITE}.{table} rename column {column} to other"
    return Case(SUITE, f"{table}_columns", rename, errors=frozenset([errored]))


def _values() -> Iterator[Case]:
    changes = {
        "users_extra_without_email": ("users", 'extra = \'{"contact": "canary@example.org"}\''),
        "followers_total_given": ("followers", "total = null"),
        "subscriptions_tiers_only_if_complete": ("subscriptions", "is_complete = false"),
        "subscriptions_gifts_within_tiers": ("subscriptions", "gift_count = 100000"),
        "streams_started_at_not_null": ("streams", "started_at = null"),
        "stream_polls_live_within_polled": ("stream_polls", "live_count = 3"),
        "videos_video_id_not_null": ("videos", "video_id = null"),
        "clips_clip_id_not_null": ("clips", "clip_id = null"),
        "clips_gone_only_by_lookup": ("clips", "is_gone = true, was_looked_up = false"),
        "games_named": ("games", "name = ''"),
    }
    for name, (table, change) in changes.items():
        yield Case(SUITE, name, one(f"{SUITE}.{table}", change))
    for table, column, share in (
        ("streams", "viewer_count", 0.1), ("videos", "view_count", 0.1), ("clips", "view_count", 0.3)
    ):  # fmt: skip
        yield Case(SUITE, f"{table}_{column}_null_share", few(f"{SUITE}.{table}", f"{column} = null", share))
    yield Case(
        SUITE,
        "streams_poll_known",
        "delete from raw_twitch.stream_polls where collection_id = (select min(collection_id) from raw_twitch.streams)",
        frozenset(["stream_polls_rows_equal_ledger"]),
    )

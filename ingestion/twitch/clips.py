"""Clips of one channel: windows that are small enough to be whole, and lookups of what was seen before.

A query gives about the 1,000 most viewed clips of its window and does not say that there are more: a window that gives
that many is halved. Clips of the last days are read again with each collection, older ones by their ids and ever more
seldom; what a lookup does not find is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ingestion.collect.collection import Collection
from ingestion.twitch.client import PAGE, Helix, text_of
from ingestion.twitch.state import State

RECENT = timedelta(days=7)
# Fewer than the platform gives at most: it says "about 1,000".
FULL_WINDOW = 900
_SMALLEST = timedelta(minutes=1)
_QUERIES = 2_000


def collect_clips(
    helix: Helix, state: State, collection: Collection, *, account_id: str, now: datetime, first_days: int
) -> set[str]:
    """Collect what is due for a channel; gives the ids of the games that were clipped.

    Args:
        first_days: how far back the first collection of a channel goes.
    """
    reader = _Reader(helix, state, collection, account_id, now)
    last = state.last_done("clips", account_id, now.date())
    start = now - timedelta(days=first_days)
    if last is not None:
        # From the beginning of the day that was collected last: it was not over then.
        start = min(now - RECENT, datetime.combine(last, datetime.min.time(), now.tzinfo))
    reader.read_window(_whole_minute(start), _whole_minute(now) + _SMALLEST)
    reader.look_up(state.clips_due(account_id, now.date(), reader.seen))
    return reader.games


class _Reader:
    def __init__(self, helix: Helix, state: State, collection: Collection, account_id: str, now: datetime) -> None:
        self._helix = helix
        self._state = state
        self._collection = collection
        self._account_id = account_id
        self._now = now
        self.seen: set[str] = set()
        self.games: set[str] = set()

    def read_window(self, start: datetime, end: datetime) -> None:
        """All clips from `start` to `end`."""
        windows = [(start, end)]
        for _ in range(_QUERIES):
            if not windows:
                return
            start, end = windows.pop()
            if not self._is_full(start, end):
                continue
            if end - start <= _SMALLEST:
                self._collection.partial("more clips in one minute than a query gives")
                continue
            middle = start + (end - start) // 2 // _SMALLEST * _SMALLEST
            windows += [(start, middle), (middle, end)]
        self._collection.partial(f"not read to the end with {_QUERIES:,} queries")

    def _is_full(self, start: datetime, end: datetime) -> bool:
        """Read one window; whether it may hold more than what came."""
        listing = self._helix.clips(self._account_id, start, end, self._collection)
        count = 0
        for page in listing:
            count += len(page)
            self._keep(page, was_looked_up=False)
            if count >= FULL_WINDOW:
                return True
        if listing.problem is not None:
            self._collection.partial(listing.problem)
        return False

    def look_up(self, clip_ids: list[str]) -> None:
        """The named clips, and which of them are gone."""
        for first in range(0, len(clip_ids), PAGE):
            asked = clip_ids[first : first + PAGE]
            self._keep(self._helix.clips_by_id(asked, self._collection), was_looked_up=True)
            gone = [clip_id for clip_id in asked if clip_id not in self.seen]
            self._collection.add({"id": clip_id, "was_looked_up": True, "is_gone": True} for clip_id in gone)
            self._state.missed_clips(gone, self._now.date())

    def _keep(self, items: Iterable[Any], *, was_looked_up: bool) -> None:
        """Add items, each clip once; what is broken goes along and is rejected when it is loaded."""
        fresh = [item for item in items if text_of(item, "id") not in self.seen]
        self._collection.add(
            {**item, "was_looked_up": was_looked_up} if isinstance(item, dict) else item for item in fresh
        )
        known = [
            (clip_id, created)
            for item in fresh
            if (clip_id := text_of(item, "id")) and (created := _moment(text_of(item, "created_at")))
        ]
        self._state.saw_clips(self._account_id, known, self._now.date())
        self.seen.update(clip_id for clip_id, _ in known)
        self.games.update(game_id for item in fresh if (game_id := text_of(item, "game_id")))


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)

"""Lifecycle and stickiness from the set of intervals in which a person was active."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from .events import Definition, Event, matches
from .periods import after, midnight, start_of
from .retention import by_person


def lifecycle(
    definition: Definition, events: Iterable[Event], observed_until: dt.datetime
) -> dict[tuple[dt.date, str], int | None]:
    """(interval, state) -> people; None until the interval has ended."""
    interval = definition["interval"]
    found: Counter[tuple[dt.date, str]] = Counter()
    for own in by_person(events).values():
        active = {start_of(event.date, interval) for event in own if matches(event, definition)}
        for date in active:
            before = {other for other in active if other < date}
            if not before:
                found[date, "new"] += 1
            elif any(after(other, interval) == date for other in before):
                found[date, "returning"] += 1
            else:
                found[date, "resurrecting"] += 1
            following = after(date, interval)
            if following not in active and midnight(following) <= observed_until:
                found[following, "dormant"] += 1
    return {
        (date, state): count if midnight(after(date, interval)) <= observed_until else None
        for (date, state), count in found.items()
    }


def stickiness(
    definition: Definition, events: Iterable[Event], observed_until: dt.datetime
) -> dict[tuple[dt.date, int], int | None]:
    """(period, active intervals) -> people; None until the last interval that starts in the period has ended."""
    period, interval = definition["period"], definition.get("interval", "day")
    found: Counter[tuple[dt.date, int]] = Counter()
    for own in by_person(events).values():
        active = {start_of(event.date, interval) for event in own if matches(event, definition)}
        for start, count in Counter(start_of(begin, period) for begin in active).items():
            found[start, count] += 1

    def has_ended(start: dt.date) -> bool:
        last = start_of(after(start, period) - dt.timedelta(days=1), interval)
        return midnight(after(last, interval)) <= observed_until

    return {key: count if has_ended(key[0]) else None for key, count in found.items()}

"""Retention by asking of each person and period whether they came back in it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from .events import Definition, Event, breakdown_value, matches
from .periods import ROLLING, after, midnight, start_of

# (cohort date, breakdown value, period) -> (cohort size, returned; None until the period has ended)
Cells = dict[tuple[dt.date, str, int], tuple[int, int | None]]
Entry = tuple[dt.date, Event]


def entries(definition: Definition, events: Sequence[Event]) -> list[Entry]:
    """The cohorts that one person enters: the start of the cohort's interval and the event of entry."""
    wanted = definition["cohort_event"]
    own = sorted((e for e in events if e.name == wanted["event"]), key=lambda e: e.at)
    passing = [event for event in own if matches(event, wanted)]
    mode = definition.get("cohort_mode", "first_ever")
    # Several events at one instant: the one with the smallest breakdown value is the entry.
    first: dict[dt.date, Event] = {}
    for event in passing:
        date = start_of(event.date, definition["interval"])
        key = (event.at, breakdown_value(event, definition))
        if date not in first or key < (first[date].at, breakdown_value(first[date], definition)):
            first[date] = event
    dates = sorted(first)
    if mode == "recurring":
        return [(date, first[date]) for date in dates]
    if not passing or (mode == "first_ever" and own[0].at < passing[0].at):
        return []
    return [(dates[0], first[dates[0]])]


def period_bounds(definition: Definition, entry: Entry, period: int) -> tuple[dt.datetime, dt.datetime]:
    """Begin and end of a period for a person; no moment before the entry counts."""
    interval = definition["interval"]
    if definition.get("clock", "calendar") == "calendar":
        begin, end = (midnight(after(entry[0], interval, period + shift)) for shift in (0, 1))
    else:
        begin, end = (entry[1].at + (period + shift) * ROLLING[interval] for shift in (0, 1))
    return max(begin, entry[1].at), end


def has_ended(definition: Definition, cohort: dt.date, period: int, observed_until: dt.datetime) -> bool:
    """Whether the period has ended for whoever enters last."""
    interval = definition["interval"]
    if definition.get("clock", "calendar") == "calendar":
        return midnight(after(cohort, interval, period + 1)) <= observed_until
    return midnight(after(cohort, interval)) + (period + 1) * ROLLING[interval] <= observed_until


def by_person(events: Iterable[Event]) -> dict[str, list[Event]]:
    people: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        people[event.person].append(event)
    return people


def retention(definition: Definition, events: Iterable[Event], observed_until: dt.datetime) -> Cells:
    sizes: dict[tuple[dt.date, str, int], int] = defaultdict(int)
    returned: dict[tuple[dt.date, str, int], int] = defaultdict(int)
    for own in by_person(events).values():
        back = [event.at for event in own if matches(event, definition["return_event"])]
        for entry in entries(definition, own):
            values = {breakdown_value(entry[1], definition), "(all)"}
            for period in range(definition["periods"] + 1):
                begin, end = period_bounds(definition, entry, period)
                if definition.get("criterion", "on") == "on_or_after":
                    end = dt.datetime.max
                came = any(begin <= at < end for at in back)
                for value in values:
                    sizes[entry[0], value, period] += 1
                    returned[entry[0], value, period] += came
    return {
        key: (size, returned[key] if has_ended(definition, key[0], key[2], observed_until) else None)
        for key, size in sizes.items()
    }


def means(cells: Cells) -> dict[tuple[str, int], tuple[int, int, int]]:
    """(breakdown value, period) -> (cohorts, people, returned), over the cells that have ended."""
    found: dict[tuple[str, int], tuple[int, int, int]] = {}
    for (_, value, period), (size, returned) in cells.items():
        if returned is not None:
            before = found.get((value, period), (0, 0, 0))
            found[value, period] = (before[0] + 1, before[1] + size, before[2] + returned)
    return found


def revenue(
    definition: Definition, events: Iterable[Event], purchase: Definition
) -> dict[tuple[dt.date, int, str], Decimal]:
    """(cohort date, period, currency) -> amount, of cohorts that do not recur."""
    found: dict[tuple[dt.date, int, str], Decimal] = defaultdict(Decimal)
    for own in by_person(events).values():
        for entry in entries(definition, own):
            for event in own:
                if not matches(event, purchase) or event.properties.get("amount") is None:
                    continue
                for period in range(definition["periods"] + 1):
                    begin, end = period_bounds(definition, entry, period)
                    if begin <= event.at < end:
                        currency = event.properties.get("currency") or "XXX"
                        found[entry[0], period, currency] += Decimal(str(event.properties["amount"]))
    return dict(found)

"""Funnels by trying every chain of events."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .events import Definition, Event, breakdown_value, duration, matches
from .periods import after, midnight, start_of

Times = dict[int, dt.datetime]


@dataclass(frozen=True)
class Attempt:
    """What one start came to: when it reached which step."""

    start: dt.datetime
    date: dt.date
    breakdown: str
    times: Times

    @property
    def deepest(self) -> int:
        return max(self.times)

    def is_better_than(self, other: Attempt) -> bool:
        """Deeper; then more steps; then there earlier (if it came anywhere); then started later."""
        if self.deepest != other.deepest:
            return self.deepest > other.deepest
        if len(self.times) != len(other.times):
            return len(self.times) > len(other.times)
        mine, theirs = self.times[self.deepest], other.times[other.deepest]
        return mine < theirs if mine != theirs and self.deepest > 1 else self.start > other.start


# (timeframe, start of the period, breakdown value, step) -> entered, converted, median and p90 seconds since the step
# before and since the first (None without anyone), whether the windows of all who entered have ended
Cells = dict[tuple[str, dt.date | None, str, int], tuple[int, int, tuple[float, ...] | None, bool]]
# (unit, entry date, breakdown value) -> (deepest step, times by step); a session's unit is 'person session'
Found = dict[tuple[str, dt.date, str], tuple[int, Times]]


def funnel(definition: Definition, events: Iterable[Event]) -> Found:
    """The deepest attempt of each unit, entry date and breakdown value."""
    units: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if definition.get("unit", "user") == "user":
            units[event.person].append(event)
        elif event.session is not None:
            units[f"{event.person} {event.session}"].append(event)
    found: Found = {}
    for key, own in units.items():
        best: dict[tuple[dt.date, str], Attempt] = {}
        for attempt in _of_unit(definition, own):
            place = (attempt.date, attempt.breakdown)
            if place not in best or attempt.is_better_than(best[place]):
                best[place] = attempt
        found |= {(key, date, value): (a.deepest, a.times) for (date, value), a in best.items()}
    return found


def cells(definition: Definition, found: Found, observed_until: dt.datetime) -> Cells:
    """Figures of steps by period of entry: a unit counts once in each, with its deepest attempt."""
    best: dict[tuple[str, dt.date | None, str], dict[str, Attempt]] = defaultdict(dict)
    for (unit, date, value), (_, times) in found.items():
        attempt = Attempt(times[1], date, value, times)
        for timeframe in ("day", "week", "month", "all_time"):
            period = None if timeframe == "all_time" else start_of(date, timeframe)
            for shown in {value, "(all)"}:
                units = best[timeframe, period, shown]
                if unit not in units or attempt.is_better_than(units[unit]):
                    units[unit] = attempt
    steps = definition["steps"]
    required = [number for number, step in enumerate(steps, start=1) if not step.get("optional")]
    result: Cells = {}
    for (timeframe, period, value), units in best.items():
        attempts = [attempt.times for attempt in units.values()]
        # An attempt that does not count so far may still become the deepest of its unit.
        last = max(date for _, date, found_value in found if value in (found_value, "(all)"))
        end = after(last, "day") if period is None else after(period, timeframe)
        is_mature = midnight(end) + duration(definition["window"]) <= observed_until
        for step in range(1, len(steps) + 1):
            before = max((number for number in required if number < step), default=1)
            entered = sum(before in times for times in attempts)
            seconds = [
                [(times[step] - times[since]).total_seconds() for times in attempts if step in times]
                for since in (before, 1)
            ]
            figures = tuple(quantile(taken, q) for taken in seconds for q in (0.5, 0.9)) if all(seconds) else None
            converted = sum(step in times for times in attempts)
            result[timeframe, period, value, step] = (entered, converted, figures if step > 1 else None, is_mature)
    return result


def quantile(values: Sequence[float], q: float) -> float:
    """Between the two values around the place q x (n - 1), in proportion."""
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return round(low + (high - low) * (place - math.floor(place)), 6)


def _of_unit(definition: Definition, events: Sequence[Event]) -> list[Attempt]:
    steps = definition["steps"]
    named = [*steps, *(definition.get("exclusions") or [])]
    domains = {one["event"].split(".")[0] for one in named}
    events = [event for event in events if event.name.split(".")[0] in domains]
    mode = definition.get("mode", "ordered")
    window = duration(definition["window"])
    attempts = []
    for event in events:
        if not any(matches(event, step) for step in (steps if mode == "unordered" else steps[:1])):
            continue
        end = event.at + window
        within = [other for other in events if event.at <= other.at <= end]
        if mode == "ordered":
            times = _ordered(steps, event, within)
        elif mode == "strict":
            times = _strict(steps, event, within)
        else:
            times = _unordered(steps, within)
        attempt = Attempt(event.at, event.date, breakdown_value(event, definition), times)
        attempts.append((attempt, any(_exclusions(definition, times, within, mode))))
    free = [attempt for attempt, is_excluded in attempts if not is_excluded]
    last = max(number for number, step in enumerate(steps, start=1) if not step.get("optional"))
    depths = [min(attempt.deepest, last) for attempt, _ in attempts]
    if mode != "unordered" and max((min(a.deepest, last) for a in free), default=0) < max(depths, default=0):
        return []
    return free


def _ordered(steps: Sequence[Definition], start: Event, events: Sequence[Event]) -> Times:
    required = [number for number, step in enumerate(steps, start=1) if not step.get("optional")]
    times: Times = {}

    def extend(chain: list[Event]) -> None:
        number = required[len(chain) - 1]
        times[number] = min(times.get(number, chain[-1].at), chain[-1].at)
        if len(chain) == len(required):
            return
        wanted = steps[required[len(chain)] - 1]
        for event in events:
            if event.at >= chain[-1].at and event not in chain and matches(event, wanted):
                extend([*chain, event])

    # The start may be any event of its instant that can be the first step: they have no order among themselves.
    for event in events:
        if event.at == start.at and matches(event, steps[0]):
            extend([event])
    for number, step in enumerate(steps, start=1):
        required_before = max((done for done in required if done < number), default=0)
        if not step.get("optional") or required_before not in times:
            continue
        before = times[required_before]
        after = min((times[done] for done in required if done > number and done in times), default=dt.datetime.max)
        candidates = [event.at for event in events if before <= event.at <= after and matches(event, step)]
        if candidates:
            times[number] = min(candidates)
    return times


def _matching(steps: Sequence[Definition], events: Sequence[Event]) -> int:
    """The greatest number of steps that can each have an event of their own."""
    taken: dict[int, int] = {}

    def assign(step: int, seen: set[int]) -> bool:
        for place, event in enumerate(events):
            if place not in seen and matches(event, steps[step]):
                seen.add(place)
                if place not in taken or assign(taken[place], seen):
                    taken[place] = step
                    return True
        return False

    return sum(assign(step, set()) for step in range(len(steps)))


def _strict(steps: Sequence[Definition], start: Event, events: Sequence[Event]) -> Times:
    instants: dict[dt.datetime, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda e: e.at):
        instants[event.at].append(event)
    times: Times = {}
    for at, here in instants.items():
        reached = len(times)
        for count in range(len(steps) - reached, 0, -1):
            if _matching(steps[reached : reached + count], here) == count:
                times |= {reached + number: at for number in range(1, count + 1)}
                break
        if len(times) in (reached, len(steps)):
            break
    return times


def _unordered(steps: Sequence[Definition], events: Sequence[Event]) -> Times:
    times: Times = {}
    for at in sorted({event.at for event in events}):
        done = _matching(steps, [event for event in events if event.at <= at])
        for number in range(len(times) + 1, done + 1):
            times[number] = at
    return times


def _exclusions(definition: Definition, times: Times, events: Sequence[Event], mode: str) -> Iterable[Event]:
    """Exclusions strictly between the steps that they name; in a strict funnel only as long as the attempt lives."""
    steps = definition["steps"]
    required = [number for number, step in enumerate(steps, start=1) if not step.get("optional")]
    for exclusion in definition.get("exclusions") or []:
        first, last = exclusion.get("from_step", 1), exclusion.get("to_step", required[-1])
        if first not in times:
            continue
        after = times[first]
        until = times.get(last, dt.datetime.max)
        if mode == "strict":
            later = sorted(event.at for event in events if event.at > times[max(times)])
            if len(times) == len(steps) or max(times) >= last or not later:
                continue
            # The instant that ended the attempt is the only one that can hold an exclusion alone.
            after, until = times[max(times)], later[0] + dt.timedelta(microseconds=1)
        for event in events:
            if after < event.at < until and matches(event, exclusion):
                yield event

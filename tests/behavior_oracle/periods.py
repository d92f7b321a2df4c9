"""Calendar intervals of the reporting zone, which has days of 23 and of 25 hours."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
ROLLING = {"day": dt.timedelta(days=1), "week": dt.timedelta(days=7), "month": dt.timedelta(days=30)}


def start_of(date: dt.date, interval: str) -> dt.date:
    if interval == "week":
        return date - dt.timedelta(days=date.weekday())
    if interval in MONTHS:
        return dt.date(date.year, date.month - (date.month - 1) % MONTHS[interval], 1)
    return date


def after(start: dt.date, interval: str, count: int = 1) -> dt.date:
    """The start of the interval `count` intervals after the one that starts at `start`."""
    if interval in MONTHS:
        months = start.year * 12 + start.month - 1 + count * MONTHS[interval]
        return dt.date(months // 12, months % 12 + 1, 1)
    return start + count * ROLLING[interval]


def date_of(at: dt.datetime) -> dt.date:
    """The date of a moment (UTC, naive) in the reporting zone."""
    return at.replace(tzinfo=dt.UTC).astimezone(ZONE).date()


def moment_of(clock: dt.datetime) -> dt.datetime:
    """The moment (UTC, naive) of a time on the clocks of the reporting zone."""
    return clock.replace(tzinfo=ZONE).astimezone(dt.UTC).replace(tzinfo=None)


def midnight(date: dt.date) -> dt.datetime:
    """The moment (UTC, naive) at which a date starts."""
    return moment_of(dt.datetime.combine(date, dt.time()))

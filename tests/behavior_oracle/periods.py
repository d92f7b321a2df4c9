"""Calendar intervals in UTC, which is the reporting zone of the oracle's tests."""

from __future__ import annotations

import datetime as dt

ROLLING = {"day": dt.timedelta(days=1), "week": dt.timedelta(days=7), "month": dt.timedelta(days=30)}


def start_of(date: dt.date, interval: str) -> dt.date:
    if interval == "week":
        return date - dt.timedelta(days=date.weekday())
    return date.replace(day=1) if interval == "month" else date


def after(start: dt.date, interval: str, count: int = 1) -> dt.date:
    """The start of the interval `count` intervals after the one that starts at `start`."""
    if interval == "month":
        months = start.year * 12 + start.month - 1 + count
        return dt.date(months // 12, months % 12 + 1, 1)
    return start + count * ROLLING[interval]


def midnight(date: dt.date) -> dt.datetime:
    return dt.datetime.combine(date, dt.time())

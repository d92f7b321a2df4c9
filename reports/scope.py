"""The periods that a page speaks of, from the domain's own data and the time of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reports import formats

WEEK = 7
MONTH = 30


@dataclass(frozen=True)
class Scope:
    """Day, 7 days and 30 days that end with `through_date`, each with the period of the same length before.

    Attributes:
        today: date of the report in the reporting time zone.
        through_date: last completed day with data; None before the first load.
        first_date: first day with data.
        loaded_at: newest arrival among the domain's rows, UTC.
    """

    today: date
    first_date: date | None
    through_date: date | None
    loaded_at: datetime | None

    @property
    def last(self) -> date:
        return self.through_date or self.today - timedelta(days=1)

    @property
    def first(self) -> date:
        return min(self.first_date or self.last, self.last)

    @property
    def days_covered(self) -> int:
        return (self.last - self.first).days + 1

    def cut_note(self, timezone: str) -> str:
        """A warning where nothing has come since the last day was over: a part of it may still be on its way."""
        if self.through_date is None or self.loaded_at is None:
            return ""
        arrived = self.loaded_at.replace(tzinfo=self.loaded_at.tzinfo or UTC)
        if arrived.astimezone(ZoneInfo(timezone)).date() > self.through_date:
            return ""
        return (
            f"the newest rows came on {formats.moment(arrived)}, before {formats.day(self.through_date)} was over. "
            "Figures of that day, and of periods that end with it, may be incomplete."
        )

    def has_before(self, days: int) -> bool:
        """Whether the period of `days` before the current one is covered by data from its first day."""
        return self.through_date is not None and self.days_covered >= 2 * days

    def period(self, days: int) -> str:
        if self.through_date is None:
            return "no data yet"
        if days == 1:
            return formats.day(self.last)
        start = max(self.last - timedelta(days=days - 1), self.first)
        return formats.days(start, self.last)

    def parameters(self) -> Mapping[str, Any]:
        """Values for the $names in the queries."""
        last = self.last

        def back(days: int) -> date:
            return last - timedelta(days=days)

        return {
            "today": self.today,
            "through_date": last,
            "first_date": self.first_date,
            "days_covered": self.days_covered,
            "day_before": back(1),
            "week_from": back(WEEK - 1),
            "week_before_through": back(WEEK),
            "week_before_from": back(2 * WEEK - 1),
            "month_from": back(MONTH - 1),
            "month_before_through": back(MONTH),
            "month_before_from": back(2 * MONTH - 1),
            "rolling_from": back(MONTH - 1 + WEEK - 1),
            "rhythm_from": back(4 * WEEK - 1),
        }

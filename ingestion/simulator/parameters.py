"""What a simulation is asked for, checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MAX_EVENTS = 1_000_000_000
MAX_DAYS = 3_660
MAX_CONVERSATIONS = 1_000_000
FORMATS = ("mixed", "jsonl")


class SimulatorError(ValueError):
    """A parameter is out of its range. The message names it, its value and what is expected."""

    def __init__(self, name: str, value: object, expected: str) -> None:
        super().__init__(f"{name} is {value!r}; expected {expected}")
        self.name = name
        self.value = value
        self.expected = expected


@dataclass(frozen=True)
class Parameters:
    """One simulation. The same parameters always give the same files and the same truth."""

    seed: int
    events: int
    days: int
    conversations: int
    end_date: date
    reporting_timezone: str
    formats: str

    @property
    def first_date(self) -> date:
        """The first UTC date with events."""
        return self.end_date - timedelta(days=self.days - 1)


def check_parameters(
    *,
    seed: int,
    events: int,
    days: int,
    conversations: int | None,
    end_date: date | None,
    reporting_timezone: str,
    formats: str,
) -> Parameters:
    """Give checked parameters with defaults filled in; raise SimulatorError for the first wrong one."""
    _check_range("seed", seed, 0, 2**31 - 1)
    _check_range("events", events, 1, MAX_EVENTS)
    _check_range("days", days, 1, MAX_DAYS)
    if conversations is None:
        conversations = min(4_000, max(200, events // 250))
    _check_range("conversations", conversations, 0, MAX_CONVERSATIONS)
    if end_date is None:
        end_date = datetime.now(UTC).date() - timedelta(days=1)
    if not date(2001, 1, 1) <= end_date - timedelta(days=days) or not end_date <= date(2099, 12, 1):
        raise SimulatorError(
            "end_date",
            end_date.isoformat(),
            "a date for which all days lie between 2001-01-01 and 2099-12-01",
        )
    try:
        ZoneInfo(reporting_timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SimulatorError(
            "reporting_timezone", reporting_timezone, "an IANA time zone such as Europe/Berlin"
        ) from error
    if formats not in FORMATS:
        raise SimulatorError("formats", formats, "one of " + ", ".join(FORMATS))
    return Parameters(seed, events, days, conversations, end_date, reporting_timezone, formats)


def _check_range(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise SimulatorError(name, value, f"a whole number from {low} to {high}")

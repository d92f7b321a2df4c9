"""Conformed dimensions: the calendar and its hours in the reporting time zone."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks

SUITE = "core"


def suite() -> Iterable[Check]:
    """Checks of dim_dates and dim_hours: no gaps, no overlaps, every fact's date covered."""
    for table in (_dim_dates(), _dim_hours()):
        yield from table


def _dim_dates() -> TableChecks:
    table = TableChecks(SUITE, "core.dim_dates")
    table.has_columns("date hours_in_day started_at ended_at")
    table.not_null("date")
    table.query(
        "no_gaps",
        "select coalesce(abs(date_diff('day', min(date), max(date)) + 1 - count(distinct date)), 0)"
        " from core.dim_dates",
        "Each date between the first and the last is there.",
    )
    table.no_rows(
        "length_possible",
        "date_diff('minute', started_at, ended_at) not between 22 * 60 and 26 * 60"
        " or abs(date_diff('minute', started_at, ended_at) - 60 * hours_in_day) >= 60",
        "A day lasts from its start to its end: 24 hours, or about an hour more or less when clocks change.",
    )
    table.query(
        "days_join",
        "select count(*) from (select ended_at, lead(started_at) over (order by date) as next_started_at"
        " from core.dim_dates) where ended_at <> next_started_at",
        "Each day starts when the day before ends.",
    )
    for mart, column in (
        ("social.fct_events", "event_date"),
        ("conversations.fct_messages", "message_date"),
        ("conversations.fct_requests", "request_date"),
    ):
        table.query(
            f"covers_{mart.rpartition('.')[2]}",
            f"select count(*) from (select distinct {column} as date from {mart}) f"
            f" anti join core.dim_dates d on d.date = f.date where f.date is not null",
            f"Every {column} of {mart} is in the calendar.",
        )
    return table


def _dim_hours() -> TableChecks:
    table = TableChecks(SUITE, "core.dim_hours")
    table.has_columns("hour_at date hour_of_day is_repeated_hour")
    table.not_null("hour_at")
    table.no_rows("hour_of_day_in_range", "hour_of_day not between 0 and 23", "Hours of the day are 0 to 23.")
    table.query(
        "equal_calendar",
        "select count(*) from (select date, count(*) as hours from core.dim_hours group by 1) h"
        " full join core.dim_dates d on d.date = h.date where h.hours is distinct from d.hours_in_day",
        "Each date has as many hours as the calendar says: 24, or 23 and 25 when clocks change.",
    )
    return table

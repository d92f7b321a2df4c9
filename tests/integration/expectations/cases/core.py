"""Faults of the calendar."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, names, one


def cases() -> Iterator[Case]:
    """Faults that the suite core must see."""
    suite, dates, hours = "core", "core.dim_dates", "core.dim_hours"
    middle = "(select min(date) + 5 from core.dim_dates)"
    yield Case(
        suite,
        "dim_dates_columns",
        f"alter table {dates} rename column hours_in_day to other",
        errors=names("dim_dates_length_possible dim_hours_equal_calendar"),
    )
    yield Case(
        suite,
        "dim_dates_date_not_null",
        f"update {dates} set date = null where date = (select max(date) from {dates})",
        names("dim_hours_equal_calendar"),
    )
    yield Case(
        suite,
        "dim_dates_no_gaps",
        f"delete from {dates} where date = {middle}",
        names(
            "dim_dates_days_join dim_dates_covers_fct_events dim_dates_covers_fct_messages"
            " dim_dates_covers_fct_requests dim_hours_equal_calendar"
        ),
    )
    yield Case(
        suite,
        "dim_dates_length_possible",
        f"update {dates} set ended_at = started_at + interval 30 hour where date = (select max(date) from {dates})",
    )
    yield Case(
        suite,
        "dim_dates_days_join",
        f"update {dates} set started_at = started_at + interval 30 minute where date = {middle}",
    )
    for mart, column in (
        ("social.fct_events", "event_date"),
        ("conversations.fct_messages", "message_date"),
        ("conversations.fct_requests", "request_date"),
    ):
        yield Case(suite, f"dim_dates_covers_{mart.split('.')[1]}", one(mart, f"{column} = date '2090-01-01'"))
    yield Case(suite, "dim_hours_columns", f"alter table {hours} rename column is_repeated_hour to other")
    yield Case(suite, "dim_hours_hour_at_not_null", one(hours, "hour_at = null"))
    yield Case(suite, "dim_hours_hour_of_day_in_range", one(hours, "hour_of_day = 24"))
    yield Case(suite, "dim_hours_equal_calendar", f"delete from {hours} where date = {middle} and hour_of_day = 3")

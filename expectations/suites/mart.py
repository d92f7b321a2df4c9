"""Checks that marts of several domains share."""

from __future__ import annotations

from expectations.declaration import TableChecks
from expectations.suites.raw import STALE_AFTER_HOURS

_DRIFT_DAYS = 7
_DRIFT_FLOOR = 100  # below this daily volume a factor says nothing


def day_over_day_drift(table: TableChecks, date_column: str, measure: str, factor: float = 4) -> None:
    """Warn when the last complete day differs by more than `factor` from the median of the days before it.

    The newest date is left out: it is still filling. Dates that had begun nowhere on earth when the newest row came are
    those of clocks ahead: one such event would be the newest date for weeks.
    """
    last_date = (
        f"(select max({date_column}) from {table.table_name}"
        f" where {date_column} <= (select cast(max(loaded_at) + interval 14 hour as date) from {table.table_name}))"
    )
    daily = (
        f"select {date_column} as day, sum({measure}) as total from {table.table_name}"
        f" where {date_column} > {last_date} - {_DRIFT_DAYS + 2} and {date_column} <= {last_date} group by 1"
    )
    table.query(
        f"{measure}_drift",
        f"with daily as ({daily}), complete as ("
        " select total, row_number() over (order by day desc) as age from daily"
        " where day < (select max(day) from daily)), compared as ("
        " select max(total) filter (where age = 1) as newest, median(total) filter (where age > 1) as usual,"
        " count(*) as days from complete)"
        f" select coalesce(max(case when days > {_DRIFT_DAYS} and usual >= {_DRIFT_FLOOR} then"
        " greatest(newest / usual, usual / greatest(newest, 1)) end), 1) from compared",
        f"{measure} of the last complete day is within a factor of {factor:g} of the median of the"
        f" {_DRIFT_DAYS} days before it.",
        "warning",
        max_value=factor,
    )


def freshness(table: TableChecks) -> None:
    """Warn when nothing new came for days. That the newest raw rows are in the mart is a check of its own."""
    table.query(
        "freshness",
        "select coalesce(date_diff('hour', max(loaded_at), now()::timestamp), 0) from " + table.table_name,
        f"The newest row came at most {STALE_AFTER_HOURS} hours ago; an empty table has nothing to judge.",
        "warning",
        max_value=STALE_AFTER_HOURS,
    )


def ratio_of_columns(table: TableChecks, ratio: str, numerator: str, denominator: str) -> None:
    """`ratio` equals the quotient of two columns of the same row, and is NULL where there is none."""
    quotient = f"{numerator}::double / nullif({denominator}, 0)::double"
    table.no_rows(
        f"{ratio}_consistent",
        f"({ratio} is null) <> ({quotient} is null) or abs({ratio} - {quotient}) > 1e-6 * greatest(1, {quotient})",
        f"{ratio} = {numerator} / {denominator}, NULL where the latter is 0.",
    )

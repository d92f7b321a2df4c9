"""Checks that marts of several domains share."""

from __future__ import annotations

from expectations.declaration import TableChecks

_DRIFT_DAYS = 7
_DRIFT_FLOOR = 100  # below this daily volume a factor says nothing


def day_over_day_drift(table: TableChecks, date_column: str, measure: str, factor: float = 4) -> None:
    """Warn when the last complete day differs by more than `factor` from the median of the days before it.

    The newest date is left out: it is still filling.
    """
    daily = (
        f"select {date_column} as day, sum({measure}) as total from {table.table_name}"
        f" where {date_column} > (select max({date_column}) from {table.table_name}) - {_DRIFT_DAYS + 2}"
        " group by 1"
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


def holds_newest_load(table: TableChecks, raw_rows: str) -> None:
    """The mart has taken the newest load that brought rows; `raw_rows` is a raw table."""
    dataset = raw_rows.partition(".")[0]
    table.query(
        "freshness",
        "select coalesce(greatest(date_diff('second',"
        f" (select max(loaded_at) from {table.table_name}),"
        f" (select max(inserted_at)::timestamp from {dataset}._dlt_loads l where status = 0"
        f" and exists (select 1 from {dataset}.files f where f._dlt_load_id = l.load_id"
        f" and f.rows_loaded > 0 and f.resource = '{raw_rows.partition('.')[2]}'))), 0), 0)",
        "The mart holds the newest load that brought rows; observed: seconds that it is behind.",
        max_value=1,
    )


def ratio_of_columns(table: TableChecks, ratio: str, numerator: str, denominator: str) -> None:
    """`ratio` equals the quotient of two columns of the same row, and is NULL where there is none."""
    quotient = f"{numerator}::double / nullif({denominator}, 0)::double"
    table.no_rows(
        f"{ratio}_consistent",
        f"({ratio} is null) <> ({quotient} is null)"
        f" or abs({ratio} - {quotient}) > 1e-6 * greatest(1, {quotient})",
        f"{ratio} = {numerator} / {denominator}, NULL where the latter is 0.",
    )

"""Computing a range of dates again: the staged rows of those dates are marked as if they had just arrived.

Every incremental model takes up what has a newer batch_id than itself and computes the whole groups around
it again (session, conversation, date, hour, user). So a backfill is exact where a filter on dates inside
the models would cut sessions at the range's edges, and no model needs to know about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from ingestion.settings import Settings
from orchestration.dbt import relation_name

_FIRST_DATE, _LAST_DATE = date(1900, 1, 1), date(2199, 12, 31)


class BackfillError(ValueError):
    """The range of dates cannot be used; the message says what is expected."""


def date_range(start_date: str | None, end_date: str | None) -> tuple[date, date]:
    """Both ends of the range, in order.

    Raises:
        BackfillError: an end is missing or not a date, or the range is empty.
    """
    try:
        start, end = date.fromisoformat(start_date or ""), date.fromisoformat(end_date or "")
    except ValueError:
        raise BackfillError(
            f"start_date={start_date!r} and end_date={end_date!r}: both are needed, as YYYY-MM-DD."
        ) from None
    if end < start:
        raise BackfillError(f"end_date={end_date} lies before start_date={start_date}.")
    return start, end


def mark_dates(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    manifest: Mapping[str, Any],
    start_date: str | None,
    end_date: str | None,
) -> dict[str, int]:
    """Give the staged rows of the dates (reporting time zone, both included) the number of a new batch.

    Returns:
        table -> rows marked, for each incremental staging table that has rows in the range.

    Raises:
        BackfillError: see `date_range`; or no table has a row in the range.
    """
    start, end = date_range(start_date, end_date)
    zone = ZoneInfo(settings.reporting_timezone)
    # At the ends of the calendar there is no instant in UTC for each zone's midnight, and no event either.
    start, after = max(start, _FIRST_DATE), min(end, _LAST_DATE) + timedelta(days=1)
    first, last = (_utc(datetime.combine(day, time.min, zone)) for day in (start, after))
    marked = {}
    for node in manifest["nodes"].values():
        folders = node["original_file_path"].split("/")
        if node["resource_type"] != "model" or folders[1] != "staging":
            continue
        table = f'"{node["schema"]}"."{relation_name(node)}"'
        column = _event_time(connection, node)
        if column is None:
            continue
        counted = connection.execute(
            f"""
            update {table} set batch_id = (select max(batch_id) + 1 from {table})
            where "{column}" >= ? and "{column}" < ?
            """,
            [first, last],
        ).fetchone()
        if counted and counted[0]:
            marked[table.replace('"', "")] = int(counted[0])
    if not marked:
        raise BackfillError(
            f"No event is of start_date={start_date} to end_date={end_date} ({settings.reporting_timezone}): nothing "
            "was computed again."
        )
    return marked


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def _event_time(connection: duckdb.DuckDBPyConnection, node: Mapping[str, Any]) -> str | None:
    """The column with the time of a staged row: dbt's `event_time`, else the first other than loaded_at.

    None where the model is a view, does not exist yet or carries no batch_id: nothing can be marked there.
    """
    columns = dict(
        connection.execute(
            """
            select column_name, data_type from duckdb_columns()
            semi join duckdb_tables() using (database_name, schema_name, table_name)
            where database_name = current_database() and schema_name = ? and table_name = ?
            order by column_index
            """,
            [node["schema"], relation_name(node)],
        ).fetchall()
    )
    if "batch_id" not in columns:
        return None
    named = node.get("config", {}).get("event_time")
    if named:
        return str(named)
    times = [name for name, kind in columns.items() if kind.startswith("TIMESTAMP") and name != "loaded_at"]
    return times[0] if times else None

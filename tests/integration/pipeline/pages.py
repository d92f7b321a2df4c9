"""Figures of report pages from the simulator's truth of the marts below them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from ingestion.simulator import SimulatedInput
from ingestion.sql import literal
from tests.unit.reports.page_reader import named_queries, set_dates
from tests.unit.reports.test_numbers import FIGURES

ROOT = Path(__file__).resolve().parents[3]
# The truth does not name people of transcripts and payers, nor tell when a line arrived.
OPEN = {
    "social.late_share_week",
    "conversations.active_users_week",
    "livestream.payers_week",
    "livestream.repeat_payer_ratio_week",
}
PAGES = ("social", "conversations", "livestream", "channels", "clips")


def last_day(published: Path, page: str, generated_at: datetime, zone: str) -> date:
    """The day that a page made at that time ends with."""
    query = (ROOT / "reports" / "queries" / page / "scope.sql").read_text()
    with duckdb.connect(str(published), read_only=True) as connection:
        cursor = connection.execute(query, {"today": generated_at.astimezone(ZoneInfo(zone)).date()})
        names = [column[0] for column in cursor.description or []]
        found = dict(zip(names, cursor.fetchall()[0], strict=True))
    day: date = found["through_date"]
    return day


def true_figures(
    simulated: SimulatedInput, days: dict[str, date], generated_at: datetime
) -> Iterator[tuple[str, str, Any]]:
    """(page, figure, value) for each figure that the truth tells; `days` are the last days of pages."""
    queries = {**FIGURES, **named_queries(Path(__file__).with_name("page_figures.sql"))}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for path in sorted(Path(simulated.truth).glob("*.parquet")):
            schema, table = path.stem.split(".")
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create view {schema}.{table} as from {literal(path)}")
        for (page, figure), query in queries.items():
            if page in PAGES and figure not in OPEN:
                set_dates(connection, days[page], generated_at)
                row = connection.execute(query).fetchone()
                assert row is not None
                yield page, figure, row[0]

"""What a page module may read: query results, their scopes and the catalog. No database connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from reports import charts, formats
from reports.catalog import CatalogTable
from reports.components import Better, Chart, Column, Kpi, Table
from reports.database import QueryResult, Row
from reports.scope import WEEK, Scope

if TYPE_CHECKING:
    from reports.spec import ReportSpec


@dataclass(frozen=True)
class Context:
    """Inputs of one page."""

    results: Mapping[str, QueryResult]
    scopes: Mapping[str, Scope]
    catalog: Sequence[CatalogTable]
    generated_at: datetime
    reporting_timezone: str
    minimum_people: int
    reports: Sequence[ReportSpec]

    def rows(self, query: str) -> Sequence[Row]:
        return self.results[query].rows

    def first(self, query: str) -> Row | None:
        return self.results[query].first

    def as_of(self, query: str) -> datetime | None:
        """Newest arrival among the rows that the query reads, UTC."""
        return self.scopes[query.split("/")[0]].loaded_at

    def sources(self, query: str) -> tuple[str, ...]:
        return self.results[query].tables

    def notices(self, queries: Sequence[str], domains: Sequence[str] = ()) -> list[str]:
        """What a reader has to know first: tables that the published file lacks, and days that may be cut short.

        Args:
            queries: those of the page.
            domains: slugs of the domains that the page speaks of; by default those of its queries.
        """
        missing = {table for query in queries for table in self.results[query].missing}
        spoken_of = set(domains) or {query.split("/")[0] for query in queries}
        cut = {
            report.title: self.scopes[report.slug].cut_note(self.reporting_timezone)
            for report in self.reports
            if report.description and report.slug in spoken_of
        }
        return [
            *(f"{table} is not published yet; the figures that need it are left out." for table in sorted(missing)),
            *(f"{title}: {note}" for title, note in cut.items() if note),
        ]


def kpi(
    domain: str,
    context: Context,
    row: Row,
    key: str,
    label: str,
    kind: str,
    definition: str,
    *,
    days: int = WEEK,
    better: Better = "neither",
    spark: Sequence[float | None] = (),
    note: str = "",
    currency: str = "USD",
) -> Kpi:
    """A tile with the figure `key` of the last `days`, beside `<key>_before` of as many before them.

    Args:
        row: of the domain's query `kpis`.
    """
    scope = context.scopes[domain]
    return Kpi(
        metric=f"{domain}.{key}",
        label=label,
        value=row[key],
        kind=kind,
        period=scope.period(days),
        definition=definition,
        before=row[f"{key}_before"],
        has_before=scope.has_before(days),
        before_label="day before" if days == 1 else f"{days} days before",
        better=better,
        spark=spark,
        currency=currency,
        as_of=scope.loaded_at,
        note=note,
    )


def chart(
    context: Context,
    query: str,
    *,
    name: str,
    title: str,
    definition: str,
    spec: Mapping[str, object] | None,
    columns: Sequence[Column],
    row_key: Sequence[str],
    rows: Sequence[Row] | None = None,
    wide: bool = False,
) -> Chart:
    """A chart with the query's rows as its table."""
    sources = context.sources(query)
    shown = context.rows(query) if rows is None else rows
    table = Table(name, title, columns, shown, row_key, sources=sources)
    return Chart(name, title, definition, spec, table, sources, context.as_of(query), wide)


def rhythm(
    context: Context,
    domain: str,
    *,
    title: str,
    definition: str,
    value: str,
    value_title: str,
    columns: Sequence[Column],
    note: str = "",
    wide: bool = False,
) -> Chart:
    """A heat map of `value` by weekday and hour, from the domain's query `rhythm`; `note` ends the definition."""
    query = f"{domain}/rhythm"
    return chart(
        context,
        query,
        name=f"{domain}.rhythm",
        title=title,
        definition=f"{definition} ({context.reporting_timezone}).{note}",
        spec=charts.week_heat_map(
            context.rows(query), weekday="weekday", hour="hour_of_day", value=value, value_title=value_title
        ),
        columns=[
            Column("weekday", "Weekday (1 = Monday)", "integer"),
            Column("hour_of_day", "Hour", "integer"),
            *columns,
            Column("hour_count", "Hours that existed", "integer"),
        ],
        row_key=["weekday", "hour_of_day"],
        wide=wide,
    )


def of_all(rows: Sequence[Row], total: str, one: str, many: str = "") -> str:
    """How many of all the rows shown are: 15 of 500 clips. The column `total` has the number of all."""
    return f"{len(rows)} of {formats.counted(rows[0][total], one, many)}." if rows else ""


def table(
    context: Context,
    query: str,
    caption: str,
    definition: str,
    columns: Sequence[Column],
    row_key: Sequence[str],
    *,
    name: str = "",
    rows: Sequence[Row] | None = None,
    empty: str = Table.empty,
    note: str = "",
    wide: bool = True,
    is_folded: bool = False,
) -> Table:
    """A table of the query's rows, or of `rows` made of them, named as the query unless `name` says otherwise."""
    return Table(
        name=name or query.replace("/", "."),
        caption=caption,
        columns=columns,
        rows=context.rows(query) if rows is None else rows,
        row_key=row_key,
        definition=definition,
        sources=context.sources(query),
        as_of=context.as_of(query),
        empty=empty,
        note=note,
        wide=wide,
        is_folded=is_folded,
    )

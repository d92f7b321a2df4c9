"""The data dictionary: what each published table and column means."""

from __future__ import annotations

from itertools import groupby

from reports.components import Page
from reports.pages.context import Context
from reports.spec import LAST, ReportSpec

SHARED = {
    "core": "Dates and hours of the reporting time zone, and what spans the domains.",
    "ops": "Loads, rejected rows, runs and checks of the warehouse itself.",
}


def assemble(context: Context) -> Page:
    descriptions = {spec.slug: spec.description for spec in context.reports} | SHARED
    schemas = [
        {"name": name, "description": descriptions.get(name, ""), "tables": list(tables)}
        for name, tables in groupby(context.catalog, key=lambda table: table.schema)
    ]
    return Page(
        summary="Every table and column that analysts can query, as the models describe them. Counts of different "
        "people or things, shares and percentiles hold for their row alone and cannot be added up.",
        sections=(),
        extra={"schemas": schemas, "table_count": len(context.catalog)},
    )


REPORT = ReportSpec("dictionary", "Data dictionary", (), assemble, "dictionary.html.j2", position=LAST)

"""The data dictionary: what each published table and column means."""

from __future__ import annotations

from itertools import groupby

from reports.pages.context import Context, Page

DOMAINS = {
    "social": "Events of social apps: views, engagement, purchases, streams and sessions.",
    "conversations": "Conversations with AI assistants: requests, messages, turns, tokens and costs.",
    "core": "Dates and hours of the reporting time zone.",
    "ops": "Loads, rejected rows, runs and checks of the warehouse itself.",
}


def assemble(context: Context) -> Page:
    schemas = [
        {"name": name, "description": DOMAINS.get(name, ""), "tables": list(tables)}
        for name, tables in groupby(context.catalog, key=lambda table: table.schema)
    ]
    return Page(
        summary="Every table and column that analysts can query, as the models describe them.",
        sections=(),
        extra={"schemas": schemas, "table_count": len(context.catalog)},
    )

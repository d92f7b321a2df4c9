"""Reads a page as a machine does: figures with their values, table rows, scripts, links and specifications."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb


@dataclass
class PageReader(HTMLParser):
    """Collects what tests compare; `rows` maps table name and row key to column and value."""

    figures: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    specs: dict[str, Any] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._row: tuple[str, str] | None = None
        self._script: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.elements.append((tag, values))
        if tag == "tr":
            self._row = None
            if "data-table" in values:
                self._row = (values["data-table"] or "", values["data-key"] or "")
        if tag == "script" and values.get("type") == "application/json":
            self._script = values.get("id")
        metric = values.get("data-metric")
        if metric is not None:
            value = values["data-value"] or ""
            if tag == "td" and self._row is not None:
                table, key = self._row
                column = metric.removeprefix(f"{table}.")
                self.rows.setdefault(table, {}).setdefault(key, {})[column] = value
            else:
                self.figures.setdefault(metric, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self.specs[self._script] = json.loads(data)
        elif data.strip():
            self.texts.append(data.strip())

    def attributes(self, tag: str, name: str) -> list[str]:
        return [values[name] or "" for found, values in self.elements if found == tag and name in values]


def read_page(path: Path) -> PageReader:
    reader = PageReader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    return reader


def named_queries(path: Path) -> dict[tuple[str, str], str]:
    """Queries by page and name, from blocks that open with `-- name: <page> <name>`."""
    blocks = re.findall(r"-- name: (\S+) (\S+)\n(.*?);\n", path.read_text(encoding="utf-8"), re.DOTALL)
    return {(page, name): query for page, name, query in blocks}


def set_dates(connection: duckdb.DuckDBPyConnection, day: date, generated_at: datetime) -> None:
    """What `named_queries` read: the report's last day, week and month as variables, and the rows of the latter as views."""
    spans = {"day": day, "week": day - timedelta(days=6), "month": day - timedelta(days=29)}
    for name, value in {**spans, "generated_at": generated_at.replace(tzinfo=None)}.items():
        connection.execute(f"set variable {name} = $value", {"value": value})
    for view, table, column in (("events", "social.fct_events", "event_date"),
                                ("requests", "conversations.fct_requests", "request_date")):  # fmt: skip
        for span in ("week", "month"):
            connection.execute(
                f"create or replace temp view {view}_{span} as select * from {table} "
                f"where {column} between getvariable('{span}') and getvariable('day')"
            )


def same(shown: str, expected: Any) -> bool:
    """Whether the value that a page holds is the one that a query gave."""
    if expected is None:
        return shown == ""
    if isinstance(expected, float):
        return math.isclose(float(shown), expected, rel_tol=1e-12)
    return Decimal(shown) == Decimal(expected)

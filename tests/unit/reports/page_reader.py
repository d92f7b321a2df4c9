"""Reads a page as a machine does: figures with their values, table rows, scripts, links and specifications."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any


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

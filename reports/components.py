"""What a page is made of. Pages build these from query results; the templates only draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from reports import formats
from reports.database import Row

Tone = Literal["neutral", "good", "warn", "bad"]
Better = Literal["up", "down", "neither"]
HEADING = frozenset({"text", "code", "date", "moment"})
NUMERIC = frozenset({"integer", "quantity", "compact", "decimal", "ratio", "seconds", "money", "size"})


@dataclass(frozen=True)
class Delta:
    """Change of a figure against the period before it."""

    text: str
    direction: Literal["up", "down", "flat"]
    tone: Tone


@dataclass(frozen=True)
class Kpi:
    """One figure in a tile. `metric` is its machine name, `better` the direction that is good news."""

    metric: str
    label: str
    value: Any
    kind: str
    period: str
    definition: str
    before: Any = None
    has_before: bool = False
    before_label: str = ""
    better: Better = "neither"
    spark: Sequence[float | None] = ()
    currency: str = "USD"
    as_of: datetime | None = None
    note: str = ""
    tone: Tone = "neutral"

    @property
    def text(self) -> str:
        return self._written(self.value)

    @property
    def exact(self) -> str:
        """The value in full where `text` may be shortened."""
        if self.value is None or self.kind not in ("compact", "money"):
            return ""
        return formats.human(self.value, "quantity" if self.kind == "compact" else "money", self.currency)

    def _written(self, value: Any) -> str:
        if self.kind == "money" and value is not None:
            return formats.short_money(value, self.currency)
        return formats.human(value, self.kind, self.currency)

    @property
    def comparison(self) -> str:
        """What to say where a change in percent says nothing."""
        if not self.before_label:
            return ""
        if not self.has_before:
            return "no full period before"
        if self.before is None or self.value is None:
            return f"no value in the {self.before_label}"
        return f"{self._written(self.before)} in the {self.before_label}"

    @property
    def delta(self) -> Delta | None:
        """None when one of the two values is missing; ratios change by points, all else by percent."""
        if not self.has_before or self.value is None or self.before is None:
            return None
        change = float(self.value) - float(self.before)
        if self.kind == "ratio":
            # As exact as the shares themselves, which have two places below 1 %.
            places = 2 if max(abs(float(self.value)), abs(float(self.before))) < 0.00995 else 1
            size = f"{abs(change) * 100:.{places}f} pts"
            is_flat = abs(change) * 100 < 0.5 * 10**-places
        elif float(self.before) <= 0:
            # Nothing, or a loss, is no whole of which a change could be a share.
            return None
        else:
            percent = abs(change) / abs(float(self.before)) * 100
            size = f"{percent:,.0f} %" if percent >= 10 else f"{percent:.1f} %"
            is_flat = percent < 0.05
        if is_flat:
            return Delta("no change", "flat", "neutral")
        direction: Literal["up", "down"] = "up" if change > 0 else "down"
        tone: Tone = "neutral" if self.better == "neither" else "good" if self.better == direction else "bad"
        return Delta(size, direction, tone)


@dataclass(frozen=True)
class Column:
    """A table column; numeric kinds are right-aligned and carry their machine value.

    A text whose `link_key` names a column with an address leads there.
    """

    key: str
    label: str
    kind: str = "text"
    definition: str = ""
    missing: str = formats.MISSING
    currency_key: str = ""
    link_key: str = ""

    @property
    def is_numeric(self) -> bool:
        return self.kind in NUMERIC


@dataclass(frozen=True)
class Table:
    """Rows under a caption. `row_key` names the columns that identify a row for machines."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    row_key: Sequence[str]
    definition: str = ""
    sources: Sequence[str] = ()
    as_of: datetime | None = None
    empty: str = "No rows in this period."
    note: str = ""
    wide: bool = True
    is_folded: bool = False

    @property
    def kind(self) -> str:
        return "table"

    @property
    def head(self) -> Column | None:
        """What a row is of: its first name or date, which a phone keeps in sight and a screen reader says."""
        return next((column for column in self.columns if column.kind in HEADING), None)


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite specification with the same rows as a table, so that no figure is only a picture."""

    name: str
    title: str
    definition: str
    spec: Mapping[str, Any] | None
    table: Table
    sources: Sequence[str] = ()
    as_of: datetime | None = None
    wide: bool = False
    empty: str = "Nothing to draw in this period yet."

    @property
    def kind(self) -> str:
        return "chart"


@dataclass(frozen=True)
class Section:
    """A titled part of a page: a row of tiles, then cards."""

    slug: str
    title: str
    kpis: Sequence[Kpi] = ()
    cards: Sequence[Chart | Table] = ()
    note: str = ""
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True)
class Page:
    """All that a template needs beside the frame of the site."""

    summary: str
    sections: Sequence[Section]
    notices: Sequence[str] = ()
    period: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def charts(self) -> list[Chart]:
        return [card for section in self.sections for card in section.cards if isinstance(card, Chart)]

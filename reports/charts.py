"""Vega-Lite charts through Altair, without colours of their own: theme.py gives those for light and dark.

The rows are aggregated in SQL already; nothing here adds up, bins or filters. Times are drawn in UTC, because
a date of the reporting zone must not move with the reader's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import altair as alt

from reports.database import Row
from reports.formats import readable
from reports.theme import LONGEST_LEGEND_ENTRY

HEIGHT = 260
FEW_DAYS = 14
MANY_MONTHS = 4
MOST_LABELS = 8
LEGEND_MARGIN = 40
LONGEST_TEXT = 200
COUNT = ",.0f"
# Fractions as they are: as multiples of a thousandth, 0.2 would read 200m. Units as the tiles have them: B, not G.
_OWN_UNIT = (
    "replace(replace(format(datum.value, datum.value && abs(datum.value) < 1 ? '.2~r' : '~s'), 'G', 'B'), 'k', 'K')"
)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def inline_data(rows: Sequence[Row], keys: Sequence[str]) -> alt.InlineData:
    """The columns `keys` of the rows, as a chart holds them."""
    return alt.InlineData(values=[{key: _plain(row[key]) for key in keys} for row in rows])


def finish(chart: Any, height: int = HEIGHT) -> dict[str, Any]:
    """The chart as Vega-Lite, as wide as its place on the page; without Altair's own look, which the site replaces."""
    spec: dict[str, Any] = _drawable(chart.properties(width="container", height=height).to_dict())
    spec.pop("config", None)
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    return spec


def _drawable(part: Any) -> Any:
    """Texts that a picture can hold; laying them out takes time by the square of their length."""
    if isinstance(part, str):
        text = readable(part[:LONGEST_TEXT])
        return text if len(part) <= LONGEST_TEXT else f"{text}…"
    if isinstance(part, dict):
        return {key: _drawable(value) for key, value in part.items()}
    return [_drawable(value) for value in part] if isinstance(part, list) else part


def number_axis(title: str, *, number: str = "", **options: Any) -> alt.Axis:
    """Each label in its own unit: 800 and 1K, where a common one would give 0.8K and 1K.

    What is written in whole numbers has no half of a person on its axis.
    """
    if number != COUNT:
        return alt.Axis(title=title, labelExpr=_OWN_UNIT, **options)
    return alt.Axis(title=title, labelExpr=f"datum.value % 1 ? '' : {_OWN_UNIT}", tickMinStep=1, **options)


def _from_zero(values: Iterable[Any]) -> alt.Scale:
    """Zero is at the foot, also of nothing but zeros, which would stand in the middle of a scale of no length."""
    return alt.Scale(zero=True) if any(values) else alt.Scale(domain=[0, 1])


def share_axis(title: str) -> alt.Axis:
    """As exact as the steps: in whole percents those of 0.5 % would read 0%, 1%, 1%, 2%, 2%."""
    return alt.Axis(title=title, format=".3~%")


def legend_columns(spec: Mapping[str, Any], width: int) -> int:
    """How many legend entries fit side by side; charts.js does the same with the width on the screen."""
    space: Mapping[str, int] = spec.get("usermeta", {})
    entry = space.get("legendEntryWidth", width)
    return max(1, (width - space.get("legendMargin", LEGEND_MARGIN)) // entry)


def legend_space(names: Sequence[str], labels: Sequence[str] = (), longest_label: int = 0) -> dict[str, int]:
    """What a legend of `names` needs, as usermeta: about 7 pixels a letter, and the symbol with its spaces.

    It begins where the plot does: `labels` of an axis beside the plot, cut at `longest_label` pixels, push it away.
    """
    entry = 40 + min(LONGEST_LEGEND_ENTRY, 7 * max(map(len, names)))
    beside = min(longest_label, 7 * max(map(len, labels), default=0))
    return {"legendEntryWidth": entry, "legendMargin": LEGEND_MARGIN + beside}


def _day_axis(rows: Sequence[Row], key: str) -> alt.X:
    return alt.X(f"{key}:T", timeUnit="utcyearmonthdate", axis=_date_axis(rows, key), **_few_days(rows, key))


def _few_days(rows: Sequence[Row], key: str) -> dict[str, Any]:
    """The scale of rows that span few days: a single day's bar would be as wide as the chart."""
    last = max((row[key] for row in rows if row[key] is not None), default=None)
    if last is None or _spans_weeks(rows, key):
        return {}
    until = last + timedelta(days=1)
    return {"scale": alt.Scale(domain=[_utc_day(until - timedelta(days=FEW_DAYS)), _utc_day(until)])}


def _spans_weeks(rows: Sequence[Row], key: str) -> bool:
    days = _days(rows, key)
    return bool(days) and (days[-1] - days[0]).days >= FEW_DAYS


def _utc_day(day: date) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True)


def _date_axis(rows: Sequence[Row], key: str) -> alt.Axis:
    """A date a week; each date where the rows span less than two, which may hold no week's start or a single one.

    Rows that span many months have a month's start each few of them, with its year: 150 weeks would leave no label
    readable, and two years the same labels.
    """
    days = _days(rows, key)
    months = (days[-1] - days[0]).days // 30 if days else 0
    if months > MANY_MONTHS:
        step = next((step for step in (1, 2, 3, 6) if months <= MOST_LABELS * step), 12)
        return alt.Axis(format="%b %Y", tickCount={"interval": "month", "step": step}, title=None)
    if not _spans_weeks(rows, key):
        return alt.Axis(format="%-d %b", tickCount={"interval": "day", "step": 1}, title=None)
    # Vega's weeks begin on Sunday: beside weeks from Monday, its marks would name the day before.
    first = days[0] + timedelta(days=-days[0].weekday() % 7)
    mondays = [first + timedelta(weeks=week) for week in range((days[-1] - first).days // 7 + 1)]
    return alt.Axis(format="%-d %b", values=[_utc_day(monday) for monday in mondays], title=None)


def _days(rows: Sequence[Row], key: str) -> list[Any]:
    return sorted(row[key] for row in rows if row[key] is not None)


def _day_tooltip(key: str) -> alt.Tooltip:
    return alt.Tooltip(f"{key}:T", timeUnit="utcyearmonthdate", title="Date", format="%a %-d %b %Y")


def stacked_days(
    rows: Sequence[Row],
    *,
    day: str,
    value: str,
    series: str,
    order: str,
    value_title: str,
    series_title: str,
    number: str = COUNT,
    as_share: bool = False,
) -> dict[str, Any] | None:
    """Stacked bars, one a day; `order` is the numeric column that orders the series."""
    if not any(row[value] is not None for row in rows):
        return None
    names = list(dict.fromkeys(row[series] for row in sorted(rows, key=lambda row: row[order])))
    chart = (
        alt.Chart(inline_data(rows, [day, value, series, order]))
        .mark_bar()
        .encode(
            x=_day_axis(rows, day),
            y=alt.Y(
                f"{value}:Q",
                stack="normalize" if as_share else "zero",
                axis=share_axis(value_title) if as_share else number_axis(value_title, number=number),
            ),
            color=alt.Color(f"{series}:N", scale=alt.Scale(domain=names), legend=alt.Legend(title=None)),
            order=alt.Order(f"{order}:Q"),
            tooltip=[
                _day_tooltip(day),
                alt.Tooltip(f"{series}:N", title=series_title),
                alt.Tooltip(f"{value}:Q", title=value_title, format=number),
            ],
        )
    )
    spec = finish(chart)
    spec["usermeta"] = legend_space(names)
    return spec


def day_lines(
    rows: Sequence[Row],
    *,
    day: str,
    series: Mapping[str, str],
    value_title: str,
    number: str = COUNT,
    as_share: bool = False,
) -> dict[str, Any] | None:
    """Lines over days, one for each column in `series` (column name to label); a missing value is a gap."""
    if not any(row[key] is not None for row in rows for key in series):
        return None
    long = [{"day": row[day], "series": label, "value": row[key]} for row in rows for key, label in series.items()]
    base = alt.Chart(inline_data(long, ["day", "series", "value"])).encode(
        x=_day_axis(long, "day"),
        y=alt.Y(
            "value:Q",
            axis=share_axis(value_title) if as_share else number_axis(value_title, number=number),
            scale=_from_zero(row["value"] for row in long),
        ),
        color=alt.Color(
            "series:N",
            scale=alt.Scale(domain=list(series.values())),
            legend=alt.Legend(title=None) if len(series) > 1 else None,
        ),
        tooltip=[
            _day_tooltip("day"),
            alt.Tooltip("series:N", title="Figure"),
            alt.Tooltip("value:Q", title=value_title, format=number),
        ],
    )
    spec = finish(base.mark_line() + base.mark_point())
    if len(series) > 1:
        spec["usermeta"] = legend_space(list(series.values()))
    return spec


def day_bars(
    rows: Sequence[Row], *, day: str, value: str, value_title: str, number: str = COUNT, height: int = HEIGHT
) -> dict[str, Any] | None:
    """One bar a day."""
    if not any(row[value] is not None for row in rows):
        return None
    chart = (
        alt.Chart(inline_data(rows, [day, value]))
        .mark_bar()
        .encode(
            x=_day_axis(rows, day),
            y=alt.Y(
                f"{value}:Q",
                axis=number_axis(value_title, number=number),
                scale=_from_zero(row[value] for row in rows),
            ),
            tooltip=[_day_tooltip(day), alt.Tooltip(f"{value}:Q", title=value_title, format=number)],
        )
    )
    return finish(chart, height)


def day_area(rows: Sequence[Row], *, day: str, value: str, value_title: str) -> dict[str, Any] | None:
    """An area over days under its line; a missing value is a gap."""
    if not any(row[value] is not None for row in rows):
        return None
    base = alt.Chart(inline_data(rows, [day, value])).encode(
        x=_day_axis(rows, day),
        y=alt.Y(
            f"{value}:Q", axis=number_axis(value_title, number=COUNT), scale=_from_zero(row[value] for row in rows)
        ),
        tooltip=[_day_tooltip(day), alt.Tooltip(f"{value}:Q", title=value_title, format=COUNT)],
    )
    return finish(base.mark_area(opacity=0.25) + base.mark_line() + base.mark_point())


def measured_line(
    rows: Sequence[Row],
    *,
    x: str,
    x_title: str,
    value: str,
    value_title: str,
    number: str = ",.1f",
    as_share: bool = False,
) -> dict[str, Any] | None:
    """A line over a number such as an age in hours; rows without a value are left out."""
    known = [row for row in rows if row[value] is not None]
    if not known:
        return None
    base = alt.Chart(inline_data(known, [x, value])).encode(
        x=alt.X(f"{x}:Q", axis=alt.Axis(title=x_title, grid=False, tickCount=8)),
        y=alt.Y(
            f"{value}:Q",
            axis=share_axis(value_title) if as_share else number_axis(value_title),
            scale=_from_zero(row[value] for row in known),
        ),
        tooltip=[
            alt.Tooltip(f"{x}:Q", title=x_title, format=COUNT),
            alt.Tooltip(f"{value}:Q", title=value_title, format=number),
        ],
    )
    return finish(base.mark_line() + base.mark_point())


def week_heat_map(
    rows: Sequence[Row], *, weekday: str, hour: str, value: str, value_title: str
) -> dict[str, Any] | None:
    """Hour of the day by weekday (ISO numbers, Monday is 1)."""
    if not any(row[value] for row in rows):
        return None
    named = [{**row, "weekday_name": WEEKDAYS[row[weekday] - 1]} for row in rows]
    chart = (
        alt.Chart(inline_data(named, ["weekday_name", hour, value]))
        .mark_rect()
        .encode(
            x=alt.X(
                f"{hour}:O",
                scale=alt.Scale(domain=list(range(24))),
                axis=alt.Axis(title="Hour of the day", labelAngle=0, values=list(range(0, 24, 3))),
            ),
            y=alt.Y("weekday_name:O", scale=alt.Scale(domain=list(WEEKDAYS)), axis=alt.Axis(title=None)),
            color=alt.Color(
                f"{value}:Q",
                scale=alt.Scale(zero=True),
                legend=alt.Legend(
                    title=value_title, gradientLength=160, gradientThickness=10, labelExpr=_OWN_UNIT, tickCount=3
                ),
            ),
            tooltip=[
                alt.Tooltip("weekday_name:N", title="Weekday"),
                alt.Tooltip(f"{hour}:O", title="Hour"),
                alt.Tooltip(f"{value}:Q", title=value_title, format=",.2~f"),
            ],
        )
    )
    return finish(chart)


def ranked_bars(
    rows: Sequence[Row], *, label: str, value: str, value_title: str, label_title: str, number: str = COUNT
) -> dict[str, Any] | None:
    """Horizontal bars in the order of the rows."""
    if not any(row[value] is not None for row in rows):
        return None
    chart = (
        alt.Chart(inline_data(rows, [label, value]))
        .mark_bar()
        .encode(
            x=alt.X(f"{value}:Q", axis=number_axis(value_title, number=number, grid=True, tickCount=6)),
            y=alt.Y(
                f"{label}:N",
                scale=alt.Scale(domain=[row[label] for row in rows]),
                axis=alt.Axis(title=None, labelLimit=240),
            ),
            tooltip=[
                alt.Tooltip(f"{label}:N", title=label_title),
                alt.Tooltip(f"{value}:Q", title=value_title, format=number),
            ],
        )
    )
    return finish(chart, max(80, 26 * len(rows)))


def block_bars(rows: Sequence[Row], *, start: str, end: str, value: str, value_title: str) -> dict[str, Any] | None:
    """Bars as wide as their period: `start` and `end` are UTC instants."""
    if not any(row[value] is not None for row in rows):
        return None
    utc = [{**row, start: f"{row[start].isoformat()}Z", end: f"{row[end].isoformat()}Z"} for row in rows]
    chart = (
        alt.Chart(inline_data(utc, [start, end, value]))
        .mark_bar()
        .encode(
            x=alt.X(
                f"{start}:T",
                scale=alt.Scale(type="utc"),
                axis=_date_axis(rows, start),
            ),
            x2=f"{end}:T",
            y=alt.Y(f"{value}:Q", axis=number_axis(value_title, number=COUNT)),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip(f"{start}:T", title="From (UTC)", timeUnit="utcyearmonthdatehours"),
                alt.Tooltip(f"{value}:Q", title=value_title, format=COUNT),
            ],
        )
    )
    return finish(chart)

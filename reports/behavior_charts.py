"""Charts of behaviour: funnel bars, retention triangles, lifecycle bars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt

from reports.charts import COUNT, finish, inline_data, legend_space, number_axis, share_axis
from reports.database import Row
from reports.theme import STRONG_CELL

STEP_WIDTH = 170
STATES = ("new", "returning", "resurrecting", "dormant")
# Figures of 60 periods, or of a phone, would cover each other: one that its cell cannot hold is left to the tooltip.
FITS_ITS_CELL = alt.ExprRef("bandwidth('x') < 6.2 * length(datum.text) ? 0 : 1")


def funnel_bars(rows: Sequence[Row], unit: str) -> dict[str, Any] | None:
    """One bar a step: who reached it, and behind it who was lost on the way from the step before.

    A step that nobody came to has its place all the same: without it the funnel would look like a shorter one.
    """
    if not any(row["converted_count"] for row in rows):
        return None
    shown = [
        {
            "step": _step(row),
            "part": part,
            "count": row[key],
            "ratio": row["conversion_from_previous_ratio"],
            "place": place,
        }
        for row in rows
        for place, (part, key) in enumerate((("Reached", "converted_count"), ("Dropped off", "dropped_count")))
        if row[key]
    ]
    steps = [_step(row) for row in rows]
    chart = (
        alt.Chart(inline_data(shown, ["step", "part", "count", "ratio", "place"]))
        .mark_bar()
        .encode(
            x=alt.X("count:Q", axis=number_axis(unit, number=COUNT, grid=True, tickCount=5)),
            y=alt.Y("step:N", scale=alt.Scale(domain=steps), axis=alt.Axis(title=None, labelLimit=STEP_WIDTH)),
            color=alt.Color(
                "part:N", scale=alt.Scale(domain=["Reached", "Dropped off"]), legend=alt.Legend(title=None)
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("step:N", title="Step"),
                alt.Tooltip("part:N", title="What"),
                alt.Tooltip("count:Q", title=unit, format=COUNT),
                alt.Tooltip("ratio:Q", title="Reached from the step before", format=".1%"),
            ],
        )
    )
    spec = finish(chart, max(110, 44 * len(steps)))
    spec["usermeta"] = legend_space(["Reached", "Dropped off"], steps, STEP_WIDTH)
    return spec


def _step(row: Row) -> str:
    return f"{row['step']}. {row['step_name'].split('.', 1)[-1]}{' (optional)' if row['is_optional'] else ''}"


def retention_triangle(rows: Sequence[Row], unit: str) -> dict[str, Any] | None:
    """Cohorts by period, in percent. A period that has not ended is a dot, so that it cannot be read as 0."""
    if not rows:
        return None
    # Cohorts that are named alike would be one row.
    has_years = len({row["cohort_date"].year for row in rows}) > 1
    day = "%b %Y" if unit == "month" else "%-d %b %Y" if has_years else "%-d %b"
    shown = [
        {
            "cohort": f"{row['cohort_date']:{day}} ({row['cohort_size']:,})",
            "period": row["period"],
            "ratio": row["retention_ratio"],
            # Period 0 is nearly always 100, which would not fit a phone's cells.
            "text": ""
            if row["retention_ratio"] is None or (row["retention_ratio"] == 1 and row["period"] == 0)
            else f"{row['retention_ratio'] * 100:.0f}",
            "state": "not yet ended" if not row["is_mature"] else "too few people" if row["is_withheld"] else "ended",
            "returned": row["returned_count"],
            "size": row["cohort_size"],
        }
        for row in rows
    ]
    cohorts = list(dict.fromkeys(row["cohort"] for row in shown))
    base = alt.Chart(inline_data(shown, ["cohort", "period", "ratio", "text", "state", "returned", "size"])).encode(
        x=alt.X("period:O", axis=alt.Axis(title=f"{unit.capitalize()}s since entry", labelAngle=0, orient="top")),
        y=alt.Y("cohort:O", scale=alt.Scale(domain=cohorts), axis=alt.Axis(title=None, labelLimit=170)),
        tooltip=[
            alt.Tooltip("cohort:N", title="Cohort (people)"),
            alt.Tooltip("period:O", title=f"{unit.capitalize()}s since entry"),
            alt.Tooltip("ratio:Q", title="Came back", format=".1%"),
            alt.Tooltip("returned:Q", title="People who came back", format=COUNT),
            alt.Tooltip("state:N", title="Cell"),
        ],
    )
    ended = (
        base.transform_filter("isValid(datum.ratio)")
        .mark_rect()
        .encode(
            color=alt.Color(
                "ratio:Q",
                scale=alt.Scale(domain=[0, 1]),
                legend=alt.Legend(
                    title="Came back", format=".0%", gradientLength=160, gradientThickness=10, tickCount=3
                ),
            )
        )
    )
    low, high = (
        base.transform_filter(f"isValid(datum.ratio) && datum.ratio {half}")
        .mark_text(fontSize=10, style=style, opacity=FITS_ITS_CELL)
        .encode(text="text:N")
        for half, style in ((f"<= {STRONG_CELL}", "cell-low"), (f"> {STRONG_CELL}", "cell-high"))
    )
    waiting = base.transform_filter("!isValid(datum.ratio)").mark_text(text="·", fontSize=18, style="cell-none")
    return finish(ended + low + high + waiting, max(120, 26 * len(cohorts) + 60))


def retention_lines(rows: Sequence[Row]) -> dict[str, Any] | None:
    """The weighted mean by period, one line a retention; all have the same unit."""
    known = [row for row in rows if row["retention_ratio"] is not None]
    if not known:
        return None
    base = alt.Chart(inline_data(known, ["retention_name", "period", "retention_ratio", "people_count"])).encode(
        x=alt.X("period:O", axis=alt.Axis(title="Periods since entry", labelAngle=0)),
        y=alt.Y("retention_ratio:Q", axis=share_axis("Came back"), scale=alt.Scale(domain=[0, 1])),
        color=alt.Color("retention_name:N", legend=alt.Legend(title=None)),
        tooltip=[
            alt.Tooltip("retention_name:N", title="Retention"),
            alt.Tooltip("period:O", title="Period"),
            alt.Tooltip("retention_ratio:Q", title="Came back", format=".1%"),
            alt.Tooltip("people_count:Q", title="n", format=COUNT),
        ],
    )
    spec = finish(base.mark_line() + base.mark_point())
    spec["usermeta"] = legend_space([row["retention_name"] for row in known])
    return spec


def lifecycle_bars(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Stacked bars by interval: new, returning and resurrecting people above the line, dormant ones below."""
    known = [row for row in rows if row["people_count"] is not None]
    if not known:
        return None
    has_years = len({row["interval_date"].year for row in known}) > 1
    day = "%b %Y" if known[0]["interval"] == "month" else "%-d %b %Y" if has_years else "%-d %b"
    shown = [*known, *_empty_intervals(known)]
    chart = (
        alt.Chart(inline_data(shown, ["interval_date", "state", "signed_count", "people_count", "place"]))
        .mark_bar()
        .encode(
            x=alt.X(
                "interval_date:O",
                timeUnit="utcyearmonthdate",
                # Labels so near an end (in pixels) stand beside it: in its middle, the last one would be cut.
                axis=alt.Axis(format=day, title=None, labelAngle=0, labelOverlap="greedy", labelFlush=24),
            ),
            y=alt.Y("signed_count:Q", axis=number_axis("People", number=COUNT)),
            color=alt.Color("state:N", scale=alt.Scale(domain=list(STATES)), legend=alt.Legend(title=None)),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("interval_date:T", timeUnit="utcyearmonthdate", title="From", format="%a %-d %b %Y"),
                alt.Tooltip("state:N", title="State"),
                alt.Tooltip("people_count:Q", title="People", format=COUNT),
            ],
        )
    )
    spec = finish(chart)
    spec["usermeta"] = legend_space(STATES)
    return spec


def _empty_intervals(known: Sequence[Row]) -> list[Row]:
    """A bar of no height for each interval between the first and the last without one, which would be left out else."""
    dates = {row["interval_date"] for row in known}
    missing: list[Row] = []
    day, last = min(dates), max(dates)
    while day < last:
        day = _next_interval(day, known[0]["interval"])
        if day not in dates:
            missing.append(
                {"interval_date": day, "state": STATES[0], "signed_count": 0, "people_count": None, "place": 1}
            )
    return missing


def _next_interval(day: date, interval: str) -> date:
    if interval == "month":
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if interval == "week" else 1)

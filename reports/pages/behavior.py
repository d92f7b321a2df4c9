"""Behaviour: how far people get, whether they come back, and the ways that they take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from reports import behavior_charts, charts
from reports.components import Chart, Column, Page, Section, Table
from reports.database import Row
from reports.pages.context import Context, chart, table
from reports.spec import ReportSpec

QUERIES = (
    "behavior/funnels",
    "behavior/funnel_weeks",
    "behavior/funnel_breakdowns",
    "behavior/retention",
    "behavior/retention_means",
    "behavior/lifecycle",
    "behavior/stickiness",
    "behavior/journeys",
    "behavior/paths",
    "behavior/conversion_paths",
    "behavior/dwell",
)
# A page shows so many definitions of a kind; all are in the marts and the exports.
SHOWN = 6
_NOT_DRAWN = " A state of too few people is not drawn: not known, not 0."


def assemble(context: Context) -> Page:
    return Page(
        summary="How far people get, whether they come back, and the ways that they take.",
        period=_period(context),
        notices=context.notices(QUERIES),
        sections=[
            _funnels(context),
            _retention(context),
            _lifecycle(context),
            _journeys(context),
            _dwell(context),
        ],
    )


def _period(context: Context) -> str:
    scope = context.scopes["behavior"]
    return scope.period(scope.days_covered)


def _by_name(rows: Sequence[Row], key: str) -> Iterator[tuple[str, list[Row], bool]]:
    """Rows of each definition, of the first few, and whether its card stands alone in its line."""
    names = list(dict.fromkeys(row[key] for row in rows))[:SHOWN]
    for place, name in enumerate(names, start=1):
        yield name, [row for row in rows if row[key] == name], place == len(names) and place % 2 == 1


def _left_out(rows: Sequence[Row], key: str, kind: str) -> str:
    count = len({row[key] for row in rows})
    return f"{SHOWN} of {count} {kind} are drawn; the published tables hold all." if count > SHOWN else ""


def _words(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def _funnels(context: Context) -> Section:
    columns = [
        Column("step", "Step", "integer"),
        Column("step_name", "Event"),
        Column("entered_count", "Came this far", "integer"),
        Column("converted_count", "Reached", "integer"),
        Column("dropped_count", "Dropped off", "integer"),
        Column("conversion_from_previous_ratio", "From the step before", "ratio"),
        Column("conversion_from_first_ratio", "From step 1", "ratio"),
        Column("median_seconds_from_previous", "Median time", "seconds"),
        Column("p90_seconds_from_previous", "p90", "seconds"),
    ]
    bars: list[Chart | Table] = [
        chart(
            context,
            "behavior/funnels",
            name=f"behavior.funnels.{name}",
            title=f"Funnel: {_words(name)}",
            definition=f"{_units(rows)}, each with the attempt that got "
            "furthest within its time window. Dropped off: reached the required step before, but not this one."
            + ("" if all(row["is_mature"] for row in rows) else " Those who started last may still get further."),
            spec=behavior_charts.funnel_bars(rows, _units(rows)),
            columns=columns,
            row_key=["funnel_name", "step"],
            rows=rows,
            wide=alone,
        )
        for name, rows, alone in _by_name(context.rows("behavior/funnels"), "funnel_name")
    ]
    weeks = context.rows("behavior/funnel_weeks")
    names = list(dict.fromkeys(row["funnel_name"] for row in weeks))[:SHOWN]
    wide = [
        {"period_date": week, **{name: _conversion(weeks, name, week) for name in names}}
        for week in _weeks([row["period_date"] for row in weeks])
    ]
    trend = chart(
        context,
        "behavior/funnel_weeks",
        name="behavior.funnel_weeks",
        title="Conversion by week of entry",
        definition="Who completed the funnel out of all who started in the week. Weeks from which someone may "
        "still complete it are left out.",
        spec=charts.day_lines(
            wide,
            day="period_date",
            series={name: _words(name) for name in names},
            value_title="Completed",
            number=".1%",
            as_share=True,
        ),
        columns=[
            Column("period_date", "Week from", "date"),
            Column("funnel_name", "Funnel"),
            Column("started_count", "Started", "integer"),
            Column("converted_count", "Completed", "integer"),
            Column("conversion_from_first_ratio", "Conversion", "ratio"),
        ],
        row_key=["funnel_name", "period_date"],
        wide=True,
    )
    breakdowns = table(
        context,
        "behavior/funnel_breakdowns",
        "Completion by breakdown",
        "By the property that each funnel is broken down by, at its first event: of each funnel the ten values with "
        "which most started, 60 rows at most. A person with several values counts in each.",
        [
            Column("funnel_name", "Funnel"),
            Column("breakdown_value", "Value"),
            Column("started_count", "Started", "integer"),
            Column("converted_count", "Completed", "integer"),
            Column("conversion_from_first_ratio", "Conversion", "ratio"),
            Column("median_seconds_from_first", "Median time", "seconds"),
            Column("p90_seconds_from_first", "p90", "seconds"),
        ],
        ["funnel_name", "breakdown_value"],
    )
    note = _left_out(context.rows("behavior/funnels"), "funnel_name", "funnels")
    return Section("funnels", "Funnels", (), [*bars, trend, breakdowns], note=note)


def _weeks(dates: Sequence[date]) -> list[date]:
    """All weeks from the first to the last: one without anybody is a gap, not a line across it."""
    if not dates:
        return []
    first, last = min(dates), max(dates)
    return [first + timedelta(weeks=week) for week in range((last - first).days // 7 + 1)]


def _units(rows: Sequence[Row]) -> str:
    return "Sessions" if rows[0]["unit"] == "session" else "People"


def _conversion(rows: Sequence[Row], name: str, week: date) -> float | None:
    found = [row for row in rows if row["funnel_name"] == name and row["period_date"] == week]
    return found[0]["conversion_from_first_ratio"] if found else None


def _retention(context: Context) -> Section:
    triangles: list[Chart | Table] = [
        chart(
            context,
            "behavior/retention",
            name=f"behavior.retention.{name}",
            title=f"Retention: {_words(name)}",
            definition=f"{_came_back(rows[0])}, in percent; the people of each cohort are in brackets. "
            "The 12 newest cohorts. A dot is a period that has not ended for all of the cohort, or a cohort of too few "
            "people: not known, not 0.",
            spec=behavior_charts.retention_triangle(rows, rows[0]["interval"]),
            columns=[
                Column("cohort_date", "Cohort from", "date"),
                Column("period", "Period", "integer"),
                Column("cohort_size", "People", "integer"),
                Column("returned_count", "Came back", "integer"),
                Column("retention_ratio", "Share", "ratio"),
                Column("is_mature", "Ended", "flag"),
            ],
            row_key=["retention_name", "cohort_date", "period"],
            rows=rows,
            wide=True,
        )
        for name, rows, _ in _by_name(context.rows("behavior/retention"), "retention_name")
    ]
    means = chart(
        context,
        "behavior/retention_means",
        name="behavior.retention_means",
        title="Mean retention",
        definition="All cohorts whose period has ended, each with the weight of its people. Periods are days, weeks or "
        "months; to have come back is to have done so in the period (on), or in it or later (on or after).",
        spec=behavior_charts.retention_lines(
            [
                {**row, "retention_name": _words(name)}
                for name, rows, _ in _by_name(context.rows("behavior/retention_means"), "retention_name")
                for row in rows
            ]
        ),
        columns=[
            Column("retention_name", "Retention"),
            Column("interval", "Interval"),
            Column("criterion", "Came back", "status"),
            Column("period", "Period", "integer"),
            Column("cohort_count", "Cohorts", "integer"),
            Column("people_count", "People", "integer"),
            Column("returned_count", "Returned", "integer"),
            Column("retention_ratio", "Share", "ratio"),
        ],
        row_key=["retention_name", "period"],
        wide=True,
    )
    note = _left_out(context.rows("behavior/retention"), "retention_name", "retentions")
    return Section("retention", "Retention", (), [*triangles, means], note=note)


def _came_back(row: Row) -> str:
    unit = row["interval"]
    later = f"that many {unit}s later" + (" or after that" if row["criterion"] == "on_or_after" else "")
    return f"Of those who entered {'on' if unit == 'day' else 'in'} the same {unit}, how many came back {later}"


def _lifecycle(context: Context) -> Section:
    bars: list[Chart | Table] = [
        chart(
            context,
            "behavior/lifecycle",
            name=f"behavior.lifecycle.{name}",
            title=f"Lifecycle: {_words(name)}",
            definition=f"Active people by {rows[0]['interval']}: new; returning (active in the one before too); "
            "resurrecting (back after a pause). Below the line, who was active in the one before but not in it."
            + (_NOT_DRAWN if any(row["people_count"] is None for row in rows) else ""),
            spec=behavior_charts.lifecycle_bars(rows),
            columns=[
                Column("interval_date", "From", "date"),
                Column("state", "State"),
                Column("people_count", "People", "integer"),
            ],
            row_key=["lifecycle_name", "interval_date", "state"],
            rows=rows,
            wide=alone,
        )
        for name, rows, alone in _by_name(context.rows("behavior/lifecycle"), "lifecycle_name")
    ]
    stickiness = table(
        context,
        "behavior/stickiness",
        "Stickiness",
        "People by the number of days, weeks or months in which they were active, in the newest period that has ended. "
        f"Counts of fewer than {context.minimum_people} people are withheld.",
        [
            Column("stickiness_name", "Stickiness"),
            Column("period_date", "Period from", "date"),
            Column("interval", "Counted"),
            Column("active_interval_count", "Active in", "integer"),
            Column("people_count", "People", "integer"),
            Column("people_share_ratio", "Share", "ratio"),
        ],
        ["stickiness_name", "active_interval_count"],
    )
    note = _left_out(context.rows("behavior/lifecycle"), "lifecycle_name", "lifecycles")
    return Section("lifecycle", "Lifecycle", (), [*bars, stickiness], note=note)


def _journeys(context: Context) -> Section:
    journeys = table(
        context,
        "behavior/journeys",
        "From event to event",
        "The steps that most sessions take from one event to the next. Share is of all steps from the same event.",
        [
            Column("domain", "Domain"),
            Column("from_kind", "From"),
            Column("to_kind", "To"),
            Column("session_count", "Sessions", "integer"),
            Column("people_count", "People", "integer"),
            Column("transition_share_ratio", "Share", "ratio"),
            Column("mean_gap_seconds", "Mean time between", "seconds"),
        ],
        ["domain", "from_kind", "to_kind"],
    )
    paths = table(
        context,
        "behavior/paths",
        "Top paths",
        "The first five steps of a session; a step that repeats the one before is one step.",
        [
            Column("domain", "Domain"),
            Column("place", "Rank", "integer"),
            Column("path", "Path"),
            Column("session_count", "Sessions", "integer"),
            Column("people_count", "People", "integer"),
            Column("session_share_ratio", "Share", "ratio"),
        ],
        ["domain", "path"],
    )
    conversions = table(
        context,
        "behavior/conversion_paths",
        "Paths to a purchase",
        "The last steps of the session up to the purchase: the most frequent of each currency, 60 at most. Currencies "
        "are not added to each other.",
        [
            Column("path", "Path"),
            Column("currency", "Currency"),
            Column("purchase_count", "Purchases", "integer"),
            Column("people_count", "Buyers", "integer"),
            Column("revenue_amount", "Revenue", "money", currency_key="currency"),
            Column("purchase_share_ratio", "Share of the currency", "ratio"),
        ],
        ["path", "currency"],
    )
    return Section("journeys", "Journeys", (), [journeys, paths, conversions])


def _dwell(context: Context) -> Section:
    content = table(
        context,
        "behavior/dwell",
        "Dwell on content",
        "Ranked by visitors; equal counts share a rank. A visit is a session in which someone looked at the content "
        "and the time is known: from heartbeats, else from the views' durations, capped.",
        [
            Column("place", "Rank", "integer"),
            Column("content_type", "Type"),
            Column("content_id", "Content", "code"),
            Column("people_count", "Visitors", "integer"),
            Column("visit_count", "Visits", "integer"),
            Column("mean_dwell_seconds", "Mean", "seconds"),
            Column("median_dwell_seconds", "Median", "seconds"),
            Column("p90_dwell_seconds", "p90", "seconds"),
        ],
        ["content_type", "content_id"],
    )
    return Section("dwell", "Dwell", (), [content])


REPORT = ReportSpec(
    "behavior",
    "Behaviour",
    QUERIES,
    assemble,
    position=55,
    description="How far people get, whether they come back, and the ways that they take, in all domains: funnels, "
    "retention, cohorts, lifecycle, journeys, dwell.",
)

"""Social apps: people, events, revenue, content, sessions and how the clients report them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import partial

from reports import charts, formats
from reports.components import Chart, Column, Kpi, Page, Section, Table
from reports.pages.context import Context, chart, kpi, rhythm, table
from reports.scope import MONTH
from reports.spec import ReportSpec

QUERIES = (
    "social/kpis",
    "social/activity",
    "social/events_by_type",
    "social/rhythm",
    "social/revenue",
    "social/revenue_converted",
    "social/revenue_daily",
    "social/top_content",
    "social/sessions",
    "social/schema_versions",
    "social/late",
)
CURRENCY_CHARTS = 4
# Apps write what they like into the field.
SHOWN_CURRENCIES = 50
_NOT_CONVERTED = {"converted_month": None, "converted_currency": "XXX", "unconverted_count": None}
DAY = Column("event_date", "Date", "date")


def headline(context: Context) -> list[Kpi]:
    """Tiles that the overview shows too."""
    row = context.first("social/kpis")
    if row is None:
        return []
    activity = context.rows("social/activity")
    return [
        _kpi(context, row, "active_users_week", "Weekly active users", "compact",
             "Different people with at least one event in the 7 days. Events without a user do not count.",
             better="up", spark=[day["weekly_user_count"] for day in activity]),
        _kpi(context, row, "events_week", "Events", "compact",
             "Events after removing repeats: the first arrival of each event id counts.",
             better="up", spark=[day["event_count"] for day in activity]),
        _kpi(context, row, "sessions_week", "Sessions", "compact",
             "Sessions that started in the 7 days: the client's session id, else a new one after more than "
             "30 minutes without an event.",
             better="up", spark=[day["session_count"] for day in context.rows("social/sessions")]),
        _kpi(context, row, "new_users_week", "New users", "compact",
             "People whose first event ever falls in the 7 days.",
             better="up", spark=[day["new_user_count"] for day in activity]),
    ]  # fmt: skip


_kpi = partial(kpi, "social")


def assemble(context: Context) -> Page:
    scope = context.scopes["social"]
    return Page(
        summary="People, events, revenue and content of the social apps.",
        period=scope.period(MONTH),
        notices=context.notices(QUERIES),
        sections=[
            _people(context),
            _events(context),
            _revenue(context),
            _content(context),
            _sessions(context),
            _delivery(context),
        ],
    )


def _people(context: Context) -> Section:
    row = context.first("social/kpis")
    activity = context.rows("social/activity")
    kpis: list[Kpi] = []
    if row is not None:
        kpis = [
            _kpi(context, row, "active_users_day", "Daily active users", "compact",
                 "Different people with at least one event on the last completed day.",
                 days=1, better="up", spark=[day["user_count"] for day in activity]),
            headline(context)[0],
            _kpi(context, row, "active_users_month", "Monthly active users", "compact",
                 "Different people with at least one event in the 30 days.", days=MONTH, better="up"),
            _kpi(context, row, "stickiness_month", "Stickiness", "ratio",
                 "Mean daily active users divided by monthly active users: the share of a month's people who "
                 "come on a given day.", days=MONTH, better="up"),
            headline(context)[3],
        ]  # fmt: skip
    active = chart(
        context,
        "social/activity",
        name="social.activity",
        title="Active people by day",
        definition="Different people a day, and in the 7 days that end with that day.",
        spec=charts.day_lines(
            activity,
            day="event_date",
            series={"user_count": "On the day", "weekly_user_count": "In 7 days"},
            value_title="People",
        ),
        columns=[
            DAY,
            Column("user_count", "People on the day", "integer"),
            Column("weekly_user_count", "People in 7 days", "integer"),
            Column("new_user_count", "New people", "integer"),
            Column("session_count", "Sessions with an event", "integer"),
            Column("event_count", "Events", "integer"),
        ],
        row_key=["event_date"],
        wide=True,
    )
    return Section("people", "People", kpis, [active])


def _events(context: Context) -> Section:
    row = context.first("social/kpis")
    kpis = [] if row is None else headline(context)[1:3]
    if row is not None:
        kpis = [
            *kpis,
            _kpi(context, row, "session_seconds_week", "Median session", "seconds",
                 "Half of the sessions that started in the 7 days lasted longer, from their first to their last "
                 "event.", better="up"),
            _kpi(context, row, "late_share_week", "Late events", "ratio",
                 "Share of events that were loaded on a later day than the one on which they happened.",
                 better="down", spark=[day["late_share_ratio"] for day in context.rows("social/late")]),
        ]  # fmt: skip
    by_type = context.rows("social/events_by_type")
    types = chart(
        context,
        "social/events_by_type",
        name="social.events_by_type",
        title="Events by type",
        definition="Events a day after removing repeats, by their type.",
        spec=charts.stacked_days(
            by_type,
            day="event_date",
            value="event_count",
            series="event_type",
            order="place",
            value_title="Events",
            series_title="Type",
        ),
        columns=[DAY, Column("event_type", "Type"), Column("event_count", "Events", "integer")],
        row_key=["event_date", "event_type"],
    )
    hours = rhythm(
        context,
        "social",
        title="Weekly rhythm",
        definition="Mean events in each hour of the week over the last 4 weeks, as far as there is data",
        value="events_per_hour",
        value_title="Events an hour",
        columns=[Column("events_per_hour", "Events an hour", "decimal"), Column("event_count", "Events", "integer")],
    )
    return Section("events", "Events", kpis, [types, hours])


def shown_currencies(context: Context) -> list[str]:
    """The currencies with the most buyers, without XXX (ISO 4217: no currency), which is only listed."""
    named = [row["currency"] for row in context.rows("social/revenue") if row["currency"] != "XXX"]
    return named[:CURRENCY_CHARTS]


def revenue_tiles(context: Context, currencies: Sequence[str]) -> list[Kpi]:
    daily = context.rows("social/revenue_daily")
    return [
        _kpi(
            context,
            row,
            "revenue_week",
            f"Revenue in {row['currency']}",
            "money",
            "Sum of the purchase amounts. Currencies are not added to each other; a purchase without an amount adds "
            "nothing.",
            better="up",
            spark=[day["revenue_amount"] for day in daily if day["currency"] == row["currency"]],
            currency=row["currency"],
        )
        for row in context.rows("social/revenue")
        if row["currency"] in currencies
    ]


def _name_of(currency: str) -> str:
    """For files and marks in the page: apps write what they like, `usd` beside `USD` or with a slash in it."""
    if re.fullmatch("[A-Z]{3}", currency):
        return currency.lower()
    return hashlib.sha256(currency.encode()).hexdigest()[:16]


def _revenue(context: Context) -> Section:
    totals = context.rows("social/revenue")
    converted = {row["currency"]: row for row in context.rows("social/revenue_converted")}
    daily = context.rows("social/revenue_daily")
    shown = shown_currencies(context)
    cards: list[Chart | Table] = [
        chart(
            context,
            "social/revenue_daily",
            name=f"social.revenue_daily.{_name_of(currency)}",
            title=f"Revenue in {currency} by day",
            definition=f"Purchase amounts in {currency}, by the day of the purchase.",
            spec=charts.day_bars(
                rows,
                day="event_date",
                value="revenue_amount",
                value_title=currency,
                number=",.2f",
                height=180,
            ),
            columns=[
                DAY,
                Column("revenue_amount", "Revenue", "money", currency_key="currency"),
                Column("order_count", "Orders", "integer"),
                Column("purchase_count", "Purchases", "integer"),
            ],
            row_key=["event_date", "currency"],
            rows=rows,
            wide=place == len(shown) and place % 2 == 1,
        )
        for place, currency in enumerate(shown, start=1)
        if (rows := [day for day in daily if day["currency"] == currency])
    ]
    by_currency = Table(
        name="social.revenue",
        caption="Revenue by currency, 30 days",
        definition="Orders and buyers are counted once over the whole period. Mean order is the "
        "mean amount of the orders that name one. XXX marks purchases that name no currency. Converted at the rate of "
        "each day.",
        columns=[
            Column("currency", "Currency"),
            Column("revenue_month", "Revenue", "money", currency_key="currency"),
            Column("converted_month", "Converted", "money", currency_key="converted_currency"),
            Column("unconverted_count", "Without a rate", "integer"),
            Column("order_count", "Orders", "integer"),
            Column("purchase_count", "Purchases", "integer"),
            Column("item_count", "Items", "quantity"),
            Column("buyer_count", "Buyers", "integer"),
            Column("average_order_amount", "Mean order", "money", currency_key="currency"),
        ],
        rows=[{**row, **converted.get(row["currency"], _NOT_CONVERTED)} for row in totals[:SHOWN_CURRENCIES]],
        note=f"{SHOWN_CURRENCIES} of {len(totals):,} currencies." if len(totals) > SHOWN_CURRENCIES else "",
        row_key=["currency"],
        sources=(*context.sources("social/revenue"), "core.fct_exchange_rates"),
        as_of=context.as_of("social/revenue"),
        empty="No purchases in this period.",
    )
    return Section("revenue", "Revenue", revenue_tiles(context, shown), [*cards, by_currency])


def _content(context: Context) -> Section:
    rows = context.rows("social/top_content")
    total = rows[0]["content_count"] if rows else 0
    content = table(
        context,
        "social/top_content",
        caption="Most viewed content, 30 days",
        definition="Ranked by views; equal views share a rank. Dwell is the mean time of the views that report one, "
        "capped at the session's end. Engagement per view is engagement events divided by views and may pass 1.",
        note=f"{len(rows)} of {formats.counted(total, 'piece')} of content. Means of fewer than "
        f"{context.minimum_people} viewers are withheld."
        if rows
        else "",
        columns=[
            Column("place", "Rank", "integer"),
            Column("content_type", "Type"),
            Column("content_id", "Content", "code"),
            Column("view_count", "Views", "integer"),
            Column("viewer_count", "Viewers", "integer"),
            Column("mean_dwell_seconds", "Mean dwell", "seconds"),
            Column("dwell_view_count", "n (dwell)", "integer"),
            Column("engagement_count", "Engagement", "integer"),
            Column("engagement_per_view", "Per view", "decimal"),
        ],
        rows=rows,
        row_key=["content_type", "content_id"],
        empty="No views in this period.",
    )
    return Section("content", "Content", (), [content])


def _sessions(context: Context) -> Section:
    rows = context.rows("social/sessions")
    columns = [
        Column("session_date", "Started on", "date"),
        Column("session_count", "Sessions", "integer"),
        Column("median_seconds", "Median", "seconds"),
        Column("p90_seconds", "p90", "seconds"),
        Column("mean_event_count", "Events a session", "decimal"),
    ]
    counts = chart(
        context,
        "social/sessions",
        name="social.sessions",
        title="Sessions by day",
        definition="Sessions by the day on which they started, also when they run past midnight.",
        spec=charts.day_bars(rows, day="session_date", value="session_count", value_title="Sessions"),
        columns=columns,
        row_key=["session_date"],
    )
    minutes = [
        {
            **row,
            "median_minutes": _minutes(row["median_seconds"]),
            "p90_minutes": _minutes(row["p90_seconds"]),
        }
        for row in rows
    ]
    durations = chart(
        context,
        "social/sessions",
        name="social.session_duration",
        title="Session duration",
        definition="From a session's first to its last event: the median, and what 9 of 10 sessions stay below.",
        spec=charts.day_lines(
            minutes,
            day="session_date",
            series={"median_minutes": "Median", "p90_minutes": "p90"},
            value_title="Minutes",
            number=",.1f",
        ),
        columns=columns,
        row_key=["session_date"],
    )
    return Section("sessions", "Sessions", (), [counts, durations])


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else float(seconds) / 60


def _delivery(context: Context) -> Section:
    versions = chart(
        context,
        "social/schema_versions",
        name="social.schema_versions",
        title="Schema versions in use",
        definition="Share of a day's events by the schema version that the client names.",
        spec=charts.stacked_days(
            context.rows("social/schema_versions"),
            day="event_date",
            value="event_share_ratio",
            series="schema_version",
            order="place",
            value_title="Share of events",
            series_title="Version",
            number=".1%",
            as_share=True,
        ),
        columns=[
            DAY,
            Column("schema_version", "Version"),
            Column("event_count", "Events", "integer"),
            Column("event_share_ratio", "Share", "ratio"),
        ],
        row_key=["event_date", "schema_version"],
    )
    late = chart(
        context,
        "social/late",
        name="social.late",
        title="Late events by day",
        definition="Share of a day's events that were loaded on a later day.",
        spec=charts.day_lines(
            context.rows("social/late"),
            day="event_date",
            series={"late_share_ratio": "Late"},
            value_title="Share of events",
            number=".2%",
            as_share=True,
        ),
        columns=[
            DAY,
            Column("late_event_count", "Late events", "integer"),
            Column("event_count", "Events", "integer"),
            Column("late_share_ratio", "Late", "ratio"),
        ],
        row_key=["event_date"],
    )
    return Section("delivery", "Clients and delivery", (), [versions, late])


def overview_tiles(context: Context) -> list[Kpi]:
    """The headline, and the revenue of the largest currency."""
    return headline(context) + revenue_tiles(context, shown_currencies(context)[:1])


REPORT = ReportSpec(
    "social",
    "Social",
    QUERIES,
    assemble,
    description="Events of social apps: views, engagement, purchases, streams and sessions.",
    headline=overview_tiles,
)

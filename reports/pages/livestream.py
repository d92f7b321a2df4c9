"""Live streams of AI characters: viewers, revenue, characters side by side, response quality, sessions."""

from __future__ import annotations

from functools import partial

from reports import charts, formats
from reports.components import Column, Kpi, Page, Section
from reports.pages.context import Context, chart, kpi, of_all, table
from reports.scope import MONTH
from reports.spec import ReportSpec

QUERIES = (
    "livestream/kpis",
    "livestream/daily",
    "livestream/hours_by_character",
    "livestream/characters",
    "livestream/comparison",
    "livestream/revenue",
    "livestream/quality",
    "livestream/fault_kinds",
    "livestream/emotions",
    "livestream/top_sessions",
)
DAY = Column("activity_date", "Date", "date")


_kpi = partial(kpi, "livestream")


def headline(context: Context) -> list[Kpi]:
    """Tiles that the overview shows too."""
    row = context.first("livestream/kpis")
    if row is None:
        return []
    daily = context.rows("livestream/daily")
    missing = row["unconverted_week"] or 0
    return [
        _kpi(context, row, "hours_watched_week", "Hours watched", "compact",
             "Viewers times the time to the next sample, each gap at most two sampling intervals.",
             better="up", spark=[day["hours_watched"] for day in daily]),
        _kpi(context, row, "viewer_average_week", "Average viewers", "decimal",
             "Hours watched divided by the hours that samples of viewers cover.",
             better="up", spark=[day["viewer_average"] for day in daily]),
        _kpi(context, row, "people_week", "People who interacted", "compact",
             "Different people with at least one interaction in the 7 days; interactions without a user id count for "
             "nobody.", better="up"),
        _kpi(context, row, "revenue_week", "Super chats", "money",
             "Super chats and stickers in the reporting currency, at the rates of their days.",
             better="up", spark=[day["converted_amount"] for day in daily],
             currency=row["converted_currency"] or "EUR",
             note=f"{formats.counted(missing, 'payment')} without a rate left out." if missing else ""),
    ]  # fmt: skip


def assemble(context: Context) -> Page:
    scope = context.scopes["livestream"]
    return Page(
        summary="Streams of AI characters: viewers, revenue, and how well the characters respond.",
        period=scope.period(MONTH),
        notices=context.notices(QUERIES),
        sections=[
            _viewers(context),
            _characters(context),
            _revenue(context),
            _quality(context),
            _sessions(context),
        ],
    )


def _viewers(context: Context) -> Section:
    row = context.first("livestream/kpis")
    daily = context.rows("livestream/daily")
    kpis = [] if row is None else headline(context)[:3]
    if row is not None:
        kpis = [
            *kpis,
            _kpi(context, row, "sessions_week", "Sessions", "integer", "Sessions that started in the 7 days.",
                 better="up", spark=[day["session_count"] for day in daily],
                 note=f"{row['live_sessions']:,} live when last loaded." if row["live_sessions"] else ""),
            _kpi(context, row, "interactions_per_viewer_hour_week", "Interactions per viewer hour", "decimal",
                 "Interactions divided by hours watched.", better="up"),
        ]  # fmt: skip
    viewers = chart(
        context,
        "livestream/daily",
        name="livestream.daily",
        title="Viewers by day",
        definition="Average viewers of a stream (hours watched by covered hours), and the most that one stream had.",
        spec=charts.day_lines(
            daily,
            day="activity_date",
            series={"viewer_average": "Average", "viewer_peak": "Peak of one stream"},
            value_title="Viewers",
        ),
        columns=[
            DAY,
            Column("session_count", "Sessions", "integer"),
            Column("hours_watched", "Hours watched", "decimal"),
            Column("viewer_average", "Average viewers", "decimal"),
            Column("viewer_peak", "Peak", "integer"),
            Column("interaction_count", "Interactions", "integer"),
        ],
        row_key=["activity_date"],
    )
    by_character = chart(
        context,
        "livestream/hours_by_character",
        name="livestream.hours_by_character",
        title="Hours watched by character",
        definition="Hours watched a day; the seven characters with the most, and all others together.",
        spec=charts.stacked_days(
            context.rows("livestream/hours_by_character"),
            day="activity_date",
            value="hours_watched",
            series="character_name",
            order="place",
            value_title="Hours watched",
            series_title="Character",
            number=",.1f",
        ),
        columns=[DAY, Column("character_name", "Character"), Column("hours_watched", "Hours watched", "decimal")],
        row_key=["activity_date", "character_name"],
    )
    return Section("viewers", "Viewers", kpis, [viewers, by_character])


def _account(context: Context, key: str = "account_id", label: str = "Account") -> list[Column]:
    """The column of the account, where characters of two accounts are named alike."""
    names = [row["character_id"] for row in context.rows("livestream/characters")]
    return [Column(key, label, "code")] if len(set(names)) < len(names) else []


def _characters(context: Context) -> Section:
    characters = table(
        context,
        "livestream/characters",
        caption="Characters, 30 days",
        definition="Ranked by hours watched; equal hours share a rank. Engagement is people who interacted divided by "
        f"average viewers; it is withheld for fewer than {context.minimum_people} people. / h: for an hour watched. "
        "The first 50.",
        columns=[
            Column("place", "Rank", "integer"),
            Column("character_id", "Character", "code"),
            *_account(context),
            Column("session_count", "Sessions", "integer"),
            Column("streamed_seconds", "Streamed", "seconds"),
            Column("hours_watched", "Hours watched", "decimal"),
            Column("viewer_average", "Average viewers", "decimal"),
            Column("user_count", "People", "integer"),
            Column("engagement_ratio", "Engagement", "decimal"),
            Column("interactions_per_viewer_hour", "Interactions / h", "decimal"),
            Column("converted_amount", "Super chats", "money", currency_key="converted_currency"),
            Column("converted_amount_per_hour_watched", "Super chats / h", "money", currency_key="converted_currency"),
        ],
        row_key=["account_id", "character_id"],
        empty="No character streamed in this period.",
    )
    comparison = table(
        context,
        "livestream/comparison",
        caption="Two characters on the same dates, 30 days",
        definition="Two characters over the dates on which sessions of both began, so that neither has the weekend for "
        "itself; the 30 days end with the newest date of a stream. Ratio is the first one's average viewers divided by "
        "the other's. With too few sessions on either side the figures are withheld. / h: for an hour watched. The 40 "
        "pairs with the most dates.",
        columns=[
            Column("character_id", "Character", "code"),
            *_account(context, "character_account_id"),
            Column("other_character_id", "Other", "code"),
            *_account(context, "other_account_id", "Other's account"),
            Column("shared_date_count", "Dates (n)", "integer"),
            Column("session_count", "Sessions", "integer"),
            Column("other_session_count", "Other's sessions", "integer"),
            Column("viewer_average", "Average viewers", "decimal"),
            Column("other_viewer_average", "Other's viewers", "decimal"),
            Column("viewer_average_ratio", "Ratio", "decimal"),
            Column("interactions_per_viewer_hour", "Interactions / h", "decimal"),
            Column("other_interactions_per_viewer_hour", "Other's / h", "decimal"),
            Column("withheld_reason", "Withheld", missing=""),
        ],
        row_key=["character_account_id", "character_id", "other_account_id", "other_character_id"],
        empty="No two characters began to stream on the same date.",
    )
    return Section("characters", "Characters", (), [characters, comparison])


def _revenue(context: Context) -> Section:
    row = context.first("livestream/kpis")
    daily = context.rows("livestream/daily")
    currency = next((day["converted_currency"] for day in daily), None) or "EUR"
    kpis: list[Kpi] = []
    if row is not None:
        kpis = [
            headline(context)[3],
            _kpi(context, row, "payers_week", "People who paid", "compact",
                 "Different people with at least one super chat.", better="up"),
            _kpi(context, row, "repeat_payer_ratio_week", "Paid before", "ratio",
                 "Of the people who paid, those with an earlier payment to the same account, whenever.", better="up"),
        ]  # fmt: skip
    by_day = chart(
        context,
        "livestream/daily",
        name="livestream.revenue_daily",
        title=f"Super chats in {currency} by day",
        definition="Converted at the rate of each day; payments without a rate are left out.",
        spec=charts.day_bars(
            daily, day="activity_date", value="converted_amount", value_title=currency, number=",.2f", height=200
        ),
        columns=[
            DAY,
            Column("converted_amount", "Super chats", "money", currency_key="converted_currency"),
            Column("super_chat_count", "Payments", "integer"),
        ],
        row_key=["activity_date"],
        wide=True,
    )
    by_currency = table(
        context,
        "livestream/revenue",
        caption="Super chats by currency, 30 days",
        definition="As paid, and converted. People are counted once over the whole period. XXX marks payments whose "
        f"app names no currency. The largest payer's share is withheld for fewer than {context.minimum_people} people.",
        columns=[
            Column("currency", "Currency"),
            Column("amount", "As paid", "money", currency_key="currency"),
            Column("converted_amount", "Converted", "money", currency_key="converted_currency"),
            Column("super_chat_count", "Payments", "integer"),
            Column("filled_rate_count", "At an earlier rate", "integer"),
            Column("unconverted_count", "Without a rate", "integer"),
            Column("payer_count", "People", "integer"),
            Column("repeat_payer_count", "Paid before", "integer"),
            Column("top_payer_share_ratio", "Largest payer", "ratio"),
        ],
        row_key=["currency"],
        empty="No super chats in this period.",
    )
    return Section("revenue", "Revenue", kpis, [by_day, by_currency])


def _quality(context: Context) -> Section:
    row = context.first("livestream/kpis")
    quality = context.rows("livestream/quality")
    kpis: list[Kpi] = []
    if row is not None:
        kpis = [
            _kpi(context, row, "response_p50_week", "Median response", "seconds",
                 "Half of the responses took longer. Missing response times do not count.",
                 better="down", spark=[day["response_p50_seconds"] for day in quality]),
            _kpi(context, row, "response_p95_week", "p95 response", "seconds", "One response in twenty took longer.",
                 better="down", spark=[day["response_p95_seconds"] for day in quality]),
            _kpi(context, row, "errors_per_100_week", "Errors per 100 interactions", "decimal",
                 "Errors that the apps logged, for 100 interactions.",
                 better="down", spark=[day["errors_per_100_interactions"] for day in quality]),
        ]  # fmt: skip
    columns = [
        DAY,
        Column("response_count", "Responses (n)", "integer"),
        Column("response_p50_seconds", "Median", "seconds"),
        Column("response_p90_seconds", "p90", "seconds"),
        Column("response_p95_seconds", "p95", "seconds"),
        Column("errors_per_100_interactions", "Errors per 100", "decimal"),
        Column("reconnects_per_hour", "Reconnects an hour", "decimal"),
    ]
    responses = chart(
        context,
        "livestream/quality",
        name="livestream.quality",
        title="Response times by day",
        definition="Time from a person's message to the character's response, where the app gives it. Responses "
        "that only a session's document lists, without their times, are not drawn; livestream.agg_response_quality has "
        "them on the date of the session's start.",
        spec=charts.day_lines(
            quality,
            day="activity_date",
            series={"response_p50_seconds": "Median", "response_p90_seconds": "p90", "response_p95_seconds": "p95"},
            value_title="Seconds",
            number=",.2f",
        ),
        columns=columns,
        row_key=["activity_date"],
    )
    faults = chart(
        context,
        "livestream/quality",
        name="livestream.faults",
        title="Errors and reconnects by day",
        definition="Errors for 100 interactions, and reconnects for an hour of streaming.",
        spec=charts.day_lines(
            quality,
            day="activity_date",
            series={
                "errors_per_100_interactions": "Errors per 100 interactions",
                "reconnects_per_hour": "Reconnects an hour",
            },
            value_title="Rate",
            number=",.2f",
        ),
        columns=columns,
        row_key=["activity_date"],
    )
    fault_kinds = table(
        context,
        "livestream/fault_kinds",
        caption="What failed, 30 days",
        definition="Errors and reconnects that were logged one by one, by the app's own words for the error and for "
        "the part of it; the share is of all errors, or of all reconnects. Messages are in livestream.fct_faults.",
        note=of_all(context.rows("livestream/fault_kinds"), "group_total", "kind"),
        columns=[
            Column("kind", "Kind"),
            Column("error_type", "Type", "code"),
            Column("component", "Component", "code"),
            Column("fault_count", "Times", "integer"),
            Column("share_ratio", "Share", "ratio"),
            Column("session_count", "Sessions", "integer"),
            Column("last_at", "Last", "moment"),
        ],
        row_key=["kind", "error_type", "component"],
        empty="No error and no reconnect was logged in this period.",
    )
    emotions = chart(
        context,
        "livestream/emotions",
        name="livestream.emotions",
        title="Emotion mix, 30 days",
        definition="Interactions by the emotion that the app reported; those without one are left out.",
        spec=charts.ranked_bars(
            context.rows("livestream/emotions"),
            label="emotion",
            value="interaction_count",
            value_title="Interactions",
            label_title="Emotion",
        ),
        columns=[
            Column("emotion", "Emotion"),
            Column("interaction_count", "Interactions", "integer"),
            Column("share_ratio", "Share", "ratio"),
        ],
        row_key=["emotion"],
        wide=True,
    )
    return Section("quality", "Response quality", kpis, [responses, faults, fault_kinds, emotions])


def _sessions(context: Context) -> Section:
    rows = context.rows("livestream/top_sessions")
    sessions = table(
        context,
        "livestream/top_sessions",
        caption="Most watched sessions, 30 days",
        definition="Ranked by hours watched; equal hours share a rank. Coverage is the share of the session's time for "
        "which the number of viewers is known.",
        note=of_all(rows, "session_total", "session"),
        columns=[
            Column("place", "Rank", "integer"),
            Column("session_id", "Session", "code"),
            Column("character_id", "Character", "code"),
            *_account(context),
            Column("started_at", "Started", "moment"),
            Column("duration_seconds", "Lasted", "seconds"),
            Column("end_kind", "End"),
            Column("hours_watched", "Hours watched", "decimal"),
            Column("viewer_average", "Average viewers", "decimal"),
            Column("viewer_peak", "Peak", "integer"),
            Column("sample_coverage_ratio", "Coverage", "ratio"),
            Column("interaction_count", "Interactions", "integer"),
            Column("converted_amount", "Super chats", "money", currency_key="converted_currency"),
            Column("error_count", "Errors", "integer"),
        ],
        rows=rows,
        row_key=["session_id"],
        empty="No sessions in this period.",
    )
    return Section("sessions", "Sessions", (), [sessions])


REPORT = ReportSpec(
    "livestream",
    "Live streams",
    QUERIES,
    assemble,
    description="Sessions of streaming AI characters: viewers, interactions, super chats and response quality.",
    headline=headline,
)

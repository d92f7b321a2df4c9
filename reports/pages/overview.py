"""The first page: the main figures of each domain, and whether they are fresh and checked."""

from __future__ import annotations

from dataclasses import replace

from reports import charts
from reports.components import Column, Page, Section
from reports.pages import quality
from reports.pages.context import Context, chart
from reports.spec import FIRST, ReportSpec

QUERIES = (
    "social/kpis",
    "social/activity",
    "social/revenue",
    "social/revenue_daily",
    "conversations/kpis",
    "conversations/daily",
    "quality/freshness",
    "quality/conservation",
    "quality/check_status",
    "quality/rejects",
)


def assemble(context: Context) -> Page:
    domains = _domains(context)
    shown = {section.slug for section in domains}
    people = chart(
        context,
        "social/activity",
        name="overview.social_users",
        title="Active people, social apps",
        definition="Different people a day, and in the 7 days that end with that day.",
        spec=charts.day_lines(
            context.rows("social/activity"),
            day="event_date",
            series={"user_count": "On the day", "weekly_user_count": "In 7 days"},
            value_title="People",
        ),
        columns=[
            Column("event_date", "Date", "date"),
            Column("user_count", "People on the day", "integer"),
            Column("weekly_user_count", "People in 7 days", "integer"),
        ],
        row_key=["event_date"],
    )
    messages = chart(
        context,
        "conversations/daily",
        name="overview.conversation_messages",
        title="Messages, AI assistants",
        definition="Messages of people and assistants a day, each counted once.",
        spec=charts.day_bars(
            context.rows("conversations/daily"),
            day="activity_date",
            value="message_count",
            value_title="Messages",
        ),
        columns=[
            Column("activity_date", "Date", "date"),
            Column("message_count", "Messages", "integer"),
            Column("total_tokens", "Tokens", "integer"),
            Column("cost_usd", "Cost", "money"),
        ],
        row_key=["activity_date"],
    )
    trends = [chart for chart, slug in ((people, "social"), (messages, "conversations")) if slug in shown]
    if len(trends) == 1:
        trends = [replace(trends[0], wide=True)]
    return Page(
        summary="The week at a glance.",
        notices=context.notices(QUERIES, [spec.slug for spec in context.reports if spec.headline]),
        sections=[
            *domains,
            *([Section("trend", "Last 30 days", (), trends)] if trends else []),
            Section("trust", "Can these figures be trusted?", quality.headline(context),
                    [quality.freshness(context, is_short=True), quality.check_status(context)],
                    link="quality.html", link_text="All loads and checks"),
        ],
    )  # fmt: skip


def _domains(context: Context) -> list[Section]:
    """The headlines of the domains that have data; of all of them before the first load."""
    domains = [(spec, spec.headline(context)) for spec in context.reports if spec.headline]
    has_data = [(spec, tiles) for spec, tiles in domains if context.scopes[spec.slug].through_date]
    return [
        Section(spec.slug, spec.title, tiles, (), link=spec.file_name, link_text=f"All figures: {spec.title}")
        for spec, tiles in has_data or domains
    ]


REPORT = ReportSpec(
    "overview",
    "Overview",
    QUERIES,
    assemble,
    position=FIRST,
)

"""AI assistants: conversations, tokens, cost, response times and the people behind them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reports import charts
from reports.components import Column, Kpi, Page, Section
from reports.database import Row
from reports.pages.context import Context, chart, kpi, of_all, rhythm, table
from reports.scope import MONTH
from reports.spec import ReportSpec

QUERIES = (
    "conversations/kpis",
    "conversations/daily",
    "conversations/cost_by_model",
    "conversations/models",
    "conversations/prices",
    "conversations/rhythm",
    "conversations/top_users",
    "conversations/longest",
    "conversations/blocks",
)
DAY = Column("activity_date", "Date", "date")
SHOWN_MODELS = 50
TOKEN_TYPES = {
    "input_tokens": "Input",
    "output_tokens": "Output",
    "cache_write_tokens": "Cache write",
    "cache_read_tokens": "Cache read",
}


_kpi = partial(kpi, "conversations")


def headline(context: Context) -> list[Kpi]:
    """Tiles that the overview shows too."""
    row = context.first("conversations/kpis")
    if row is None:
        return []
    daily = context.rows("conversations/daily")
    return [
        _kpi(context, row, "conversations_week", "Conversations", "compact",
             "Conversations that began in the 7 days.",
             better="up", spark=[day["conversation_count"] for day in daily]),
        _kpi(context, row, "messages_week", "Messages", "compact",
             "Messages of people and assistants, each counted once however often a transcript repeats it.",
             better="up", spark=[day["message_count"] for day in daily]),
        _kpi(context, row, "active_users_week", "Active people", "compact",
             "Different people with any activity in the 7 days, also one that is no message.",
             better="up", spark=[day["user_count"] for day in daily]),
        _kpi(context, row, "tokens_week", "Tokens", "compact",
             "Input, output, cache write and cache read tokens of all requests, after removing repeats.",
             spark=[day["total_tokens"] for day in daily]),
        _kpi(context, row, "cost_usd_week", "Cost", "money",
             "The cost that the transcript reports, else tokens by type times the price in force at that time. A "
             "model without a known price adds nothing.",
             better="down", spark=[day["cost_usd"] for day in daily]),
    ]  # fmt: skip


def assemble(context: Context) -> Page:
    scope = context.scopes["conversations"]
    return Page(
        summary="Use, cost and speed of AI assistants.",
        period=scope.period(MONTH),
        notices=context.notices(QUERIES),
        sections=[_use(context), _cost(context), _speed(context), _people(context), _blocks(context)],
    )


def _use(context: Context) -> Section:
    daily = context.rows("conversations/daily")
    kpis = headline(context)[:4]
    use = chart(
        context,
        "conversations/daily",
        name="conversations.daily",
        title="Messages by day",
        definition="Messages of people and assistants, each counted once.",
        spec=charts.day_bars(daily, day="activity_date", value="message_count", value_title="Messages"),
        columns=[
            DAY,
            Column("message_count", "Messages", "integer"),
            Column("conversation_count", "New conversations", "integer"),
            Column("active_conversation_count", "Active conversations", "integer"),
            Column("user_count", "People", "integer"),
        ],
        row_key=["activity_date"],
    )
    hours = rhythm(
        context,
        "conversations",
        title="Peak hours",
        definition="Mean messages in each hour of the week over the last 4 weeks, as far as there is data",
        value="messages_per_hour",
        value_title="Messages an hour",
        columns=[
            Column("messages_per_hour", "Messages an hour", "decimal"),
            Column("message_count", "Messages", "integer"),
        ],
    )
    return Section("use", "Use", kpis, [use, hours])


def _cost(context: Context) -> Section:
    models = context.rows("conversations/models")
    daily = context.rows("conversations/daily")
    missing = sum(row["price_missing_count"] for row in models)
    scope = context.scopes["conversations"]
    kpis = headline(context)[4:]
    kpis += [
        Kpi(
            metric=f"conversations.{key}_month",
            label=label,
            value=_sum(models, key),
            kind="money",
            period=scope.period(MONTH),
            as_of=scope.loaded_at,
            definition=definition,
        )
        for key, label, definition in (
            ("reported_cost_usd", "Reported cost", "Cost of the requests whose transcript states a cost."),
            (
                "calculated_cost_usd",
                "Calculated cost",
                "Cost of the other requests: tokens by type times price.",
            ),
        )
        if models
    ]
    if models:
        kpis.append(
            Kpi(
                metric="conversations.price_missing_month",
                label="Requests without a price",
                value=missing,
                kind="integer",
                period=scope.period(MONTH),
                as_of=scope.loaded_at,
                definition="Requests of a model that the price list lacks at that time: their cost is unknown, not 0.",
                tone="warn" if missing else "neutral",
            )
        )
    long = [
        {"activity_date": row["activity_date"], "token_type": label, "token_count": row[key], "place": place}
        for row in daily
        for place, (key, label) in enumerate(TOKEN_TYPES.items())
    ]
    tokens = chart(
        context,
        "conversations/daily",
        name="conversations.tokens",
        title="Tokens by type",
        definition="Tokens of all requests by day, after removing repeats.",
        spec=charts.stacked_days(
            long if any(row["total_tokens"] for row in daily) else [],
            day="activity_date",
            value="token_count",
            series="token_type",
            order="place",
            value_title="Tokens",
            series_title="Type",
        ),
        columns=[
            DAY,
            *(Column(key, label, "integer") for key, label in TOKEN_TYPES.items()),
            Column("total_tokens", "All", "integer"),
        ],
        row_key=["activity_date"],
    )
    cost = chart(
        context,
        "conversations/cost_by_model",
        name="conversations.cost_by_model",
        title="Cost by model",
        definition="Reported cost, else calculated, by the day of the request.",
        spec=charts.stacked_days(
            [row for row in context.rows("conversations/cost_by_model") if row["cost_usd"] is not None],
            day="activity_date",
            value="cost_usd",
            series="model",
            order="place",
            value_title="USD",
            series_title="Model",
            number=",.4f",
        ),
        columns=[
            DAY,
            Column("model", "Model"),
            Column("cost_usd", "Cost", "money"),
            Column("request_count", "Requests", "integer"),
        ],
        row_key=["activity_date", "model"],
    )
    by_model = table(
        context,
        "conversations/models",
        caption="Models, 30 days",
        definition="Requests and tokens after removing repeats. Cost is the reported one where the transcript states "
        "it, else calculated.",
        columns=[
            Column("model", "Model", "code"),
            Column("request_count", "Requests", "integer"),
            Column("input_tokens", "Input", "compact"),
            Column("output_tokens", "Output", "compact"),
            Column("cache_write_5m_tokens", "Cache write 5 min", "compact"),
            Column("cache_write_1h_tokens", "Cache write 1 h", "compact"),
            Column("cache_read_tokens", "Cache read", "compact"),
            Column("cost_usd", "Cost", "money"),
            Column("reported_cost_usd", "of it reported", "money"),
            Column("calculated_cost_usd", "calculated", "money"),
            Column("price_missing_count", "No price", "integer"),
        ],
        rows=models[:SHOWN_MODELS],
        note=f"{SHOWN_MODELS} of {len(models):,} models." if len(models) > SHOWN_MODELS else "",
        row_key=["model"],
        empty="No requests in this period.",
    )
    prices = table(
        context,
        "conversations/prices",
        caption="Prices used",
        definition="US dollars for a million tokens, as published by the provider on the date given.",
        columns=[
            Column("model", "Model", "code"),
            Column("valid_from", "Valid from", "date"),
            Column("input_usd_per_mtok", "Input", "money"),
            Column("output_usd_per_mtok", "Output", "money"),
            Column("cache_write_5m_usd_per_mtok", "Cache write 5 min", "money"),
            Column("cache_write_1h_usd_per_mtok", "Cache write 1 h", "money"),
            Column("cache_read_usd_per_mtok", "Cache read", "money"),
            Column("source", "Source"),
            Column("source_date", "As of", "date"),
        ],
        row_key=["model", "valid_from"],
        empty="No priced requests in this period.",
    )
    return Section("cost", "Tokens and cost", kpis, [tokens, cost, by_model, prices])


def _sum(rows: Sequence[Row], key: str) -> object:
    values = [row[key] for row in rows if row[key] is not None]
    return sum(values[1:], values[0]) if values else None


def _speed(context: Context) -> Section:
    row = context.first("conversations/kpis")
    daily = context.rows("conversations/daily")
    kpis: list[Kpi] = []
    if row is not None:
        count = f"n = {row['response_count']:,}"
        kpis = [
            _kpi(context, row, "response_p50_week", "Median response", "seconds",
                 "From a line that a person types to the first line of the assistant's answer; unanswered turns do "
                 "not count.", better="down", note=count,
                 spark=[day["p50_response_seconds"] for day in daily]),
            _kpi(context, row, "response_p90_week", "p90 response", "seconds",
                 "Nine of ten answers begin within this time.", better="down", note=count,
                 spark=[day["p90_response_seconds"] for day in daily]),
            _kpi(context, row, "response_p95_week", "p95 response", "seconds",
                 "Nineteen of twenty answers begin within this time.", better="down", note=count,
                 spark=[day["p95_response_seconds"] for day in daily]),
            _kpi(context, row, "error_rate_week", "Error rate", "ratio",
                 "Errors among answers, results of tools and tracked messages of the 7 days.",
                 better="down",
                 note=f"{row['errors_week']:,} of {row['outcomes_week']:,}",
                 spark=[day["error_rate_ratio"] for day in daily]),
        ]  # fmt: skip
    speed = chart(
        context,
        "conversations/daily",
        name="conversations.response",
        title="Response time",
        definition="Time to the first line of an answer, by the day of the question: median, p90 and p95.",
        spec=charts.day_lines(
            daily,
            day="activity_date",
            series={
                "p50_response_seconds": "Median",
                "p90_response_seconds": "p90",
                "p95_response_seconds": "p95",
            },
            value_title="Seconds",
            number=",.1f",
        ),
        columns=[
            DAY,
            Column("response_count", "n", "integer"),
            Column("p50_response_seconds", "Median", "seconds"),
            Column("p90_response_seconds", "p90", "seconds"),
            Column("p95_response_seconds", "p95", "seconds"),
        ],
        row_key=["activity_date"],
    )
    errors = chart(
        context,
        "conversations/daily",
        name="conversations.errors",
        title="Error rate by day",
        definition="Errors among answers, results of tools and tracked messages.",
        spec=charts.day_lines(
            daily,
            day="activity_date",
            series={"error_rate_ratio": "Error rate"},
            value_title="Share",
            number=".2%",
            as_share=True,
        ),
        columns=[
            DAY,
            Column("error_count", "Errors", "integer"),
            Column("outcome_count", "n", "integer"),
            Column("error_rate_ratio", "Error rate", "ratio"),
        ],
        row_key=["activity_date"],
    )
    return Section("speed", "Speed and errors", kpis, [speed, errors])


def _people(context: Context) -> Section:
    users = context.rows("conversations/top_users")
    longest = context.rows("conversations/longest")
    people = table(
        context,
        "conversations/top_users",
        caption="Most active people, 30 days",
        definition="Ranked by messages; equal counts share a rank. Active time adds up the gaps between lines, each "
        "at most 5 minutes.",
        note=of_all(users, "person_count", "person", "people"),
        columns=[
            Column("place", "Rank", "integer"),
            Column("user_id", "Person", "code"),
            Column("message_count", "Messages", "integer"),
            Column("conversation_count", "New conversations", "integer"),
            Column("active_day_count", "Active days", "integer"),
            Column("total_tokens", "Tokens", "compact"),
            Column("cost_usd", "Cost", "money"),
            Column("active_seconds", "Active time", "seconds"),
            Column("mean_response_seconds", "Mean response", "seconds"),
            Column("response_count", "n", "integer"),
        ],
        rows=users,
        row_key=["user_id"],
    )
    talks = table(
        context,
        "conversations/longest",
        caption="Longest conversations, 30 days",
        definition="Ranked by messages; equal counts share a rank. The engagement score is 10 times the messages a "
        "minute, at most 100.",
        note=of_all(longest, "conversation_count", "conversation"),
        columns=[
            Column("place", "Rank", "integer"),
            Column("conversation_id", "Conversation", "code"),
            Column("user_id", "Person", "code"),
            Column("created_at", "Began", "moment"),
            Column("message_count", "Messages", "integer"),
            Column("active_seconds", "Active", "seconds"),
            Column("wall_seconds", "First to last", "seconds"),
            Column("total_tokens", "Tokens", "compact"),
            Column("cost_usd", "Cost", "money"),
            Column("engagement_score", "Engagement", "decimal"),
        ],
        rows=longest,
        row_key=["conversation_id"],
    )
    return Section("people", "People and conversations", (), [people, talks])


def _blocks(context: Context) -> Section:
    rows = context.rows("conversations/blocks")
    blocks = chart(
        context,
        "conversations/blocks",
        name="conversations.blocks",
        title="Five-hour blocks",
        definition="A block starts with its first request, at the full UTC hour; a new one when more than 5 hours "
        "have passed since its start or since the last request.",
        spec=charts.block_bars(rows, start="started_at", end="ends_at", value="total_tokens", value_title="Tokens"),
        columns=[
            Column("started_at", "Starts", "moment"),
            Column("first_request_at", "First request", "moment"),
            Column("last_request_at", "Last request", "moment"),
            Column("request_count", "Requests", "integer"),
            Column("conversation_count", "Conversations", "integer"),
            Column("total_tokens", "Tokens", "integer"),
            Column("cost_usd", "Cost", "money"),
        ],
        row_key=["started_at"],
        rows=rows,
        wide=True,
    )
    return Section("blocks", "Usage blocks", (), [blocks])


REPORT = ReportSpec(
    "conversations",
    "Conversations",
    QUERIES,
    assemble,
    description="Conversations with AI assistants: requests, messages, turns, tokens and costs.",
    headline=headline,
)

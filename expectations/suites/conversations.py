"""Marts of the domain `conversations`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites.mart import day_over_day_drift, freshness, ratio_of_columns
from expectations.suites.raw import completed

SUITE = "conversations"
_PARTS = (
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
)
_REQUESTS = "select count(*) from conversations.fct_requests"
_CENT = 0.01  # costs are decimals; sums over many rows may be compared as doubles


def suite() -> Iterable[Check]:
    """Checks of facts, aggregates and dimensions; the sums of aggregates equal the facts."""
    tables = (
        _fct_requests(),
        _fct_messages(),
        _fct_turns(),
        _fct_conversations(),
        _agg_conversations("hourly"),
        _agg_conversations("daily"),
        _agg_users_daily(),
        _agg_models_daily(),
        _agg_usage_blocks(),
        _dim_users(),
        _dim_models(),
        _daily_aggregations(),
        _hourly_aggregations(),
        _user_daily_stats(),
    )
    for table in tables:
        yield from table


def _table(name: str) -> TableChecks:
    return TableChecks(SUITE, f"{SUITE}.{name}")


def _sum(column: str, table: str, where: str = "true") -> str:
    return f"select sum({column}) from conversations.{table} where {where}"


def _fct_requests() -> TableChecks:
    loads = completed("raw_conversations")
    told = "(has_usage or type = 'progress' and output_tokens is not null)"
    usage = f"raw_conversations.transcript_lines where {told} and _dlt_load_id in ({loads})"
    attempts = "coalesce(json_array_length(other_attempts), 0)"
    table = _table("fct_requests")
    table.has_columns(
        "request_key request_id message_id conversation_id agent_id project user_id model requested_at"
        " request_date request_hour_at input_tokens output_tokens cache_write_5m_tokens cache_write_1h_tokens"
        " cache_read_tokens total_tokens cost_usd cost_calculated_usd cost_source price_key is_price_missing"
        " is_sidechain copy_count batch_id loaded_at"
    )
    table.query(
        "volume",
        f"select case when exists (select 1 from {usage})"
        " and not exists (select 1 from conversations.fct_requests) then 1 else 0 end",
        "The fact holds rows if any usage record was loaded.",
    )
    table.query(
        "not_more_than_raw",
        f"select greatest(({_REQUESTS}) - (select coalesce(sum(1 + {attempts}), 0) from {usage}), 0)",
        "There are at most as many requests as usage records and attempts inside them.",
    )
    table.not_null("request_key")
    _tokens_add_up(table)
    table.no_rows("tokens_not_negative", "total_tokens < 0", "No request used less than 0 tokens.", "warning")
    table.in_set("cost_source", ("reported", "calculated"))
    table.no_rows(
        "cost_has_source",
        "(cost_usd is null) <> (cost_source is null)",
        "A cost says whether it was reported or calculated; no cost has no source.",
    )
    table.no_rows(
        "missing_price_is_null",
        "is_price_missing and cost_calculated_usd is not null",
        "A request of a model without a price has no calculated cost, never 0.",
    )
    table.no_rows("cost_not_negative", "cost_usd < 0", "No request costs less than nothing.", "warning")
    table.no_rows("copy_count_positive", "coalesce(copy_count, 0) < 1", "A request stands on a line or more.")
    table.no_rows(
        "hour_contains_request",
        "requested_at < request_hour_at or requested_at >= request_hour_at + interval 1 hour",
        "A request lies in its reporting hour.",
    )
    table.share_at_most("price_missing_share", "is_price_missing", 0.1, "At most 10 % of the requests have no price.")
    freshness(table)
    return table


def _fct_messages() -> TableChecks:
    table = _table("fct_messages")
    table.has_columns(
        "message_key conversation_id user_id source message_id role sent_at message_date message_hour_at"
        " token_count message_length model is_sidechain tool_use_count batch_id loaded_at"
    )
    table.not_null("message_key")
    table.in_set("source", ("tracked", "transcript"))
    table.in_set("role", ("user", "assistant", "system", "developer", "tool", "function"), "warning")
    table.no_rows(
        "hour_contains_message",
        "sent_at < message_hour_at or sent_at >= message_hour_at + interval 1 hour",
        "A message lies in its reporting hour.",
    )
    table.share_at_most(
        "conversation_id_null_share",
        "conversation_id is null",
        0.05,
        "At most 5 % of the messages belong to no conversation.",
    )
    return table


def _fct_turns() -> TableChecks:
    table = _table("fct_turns")
    table.has_columns(
        "turn_key conversation_id user_id source prompted_at turn_date turn_hour_at first_response_at"
        " last_response_at response_seconds turn_seconds assistant_message_count batch_id loaded_at"
    )
    table.not_null("turn_key")
    table.in_set("source", ("tracked", "transcript"))
    table.no_rows(
        "times_in_order",
        "first_response_at < prompted_at or last_response_at < first_response_at",
        "A response comes after its prompt, the last one not before the first.",
    )
    table.no_rows(
        "response_time_consistent",
        "(response_seconds is null) <> (first_response_at is null)"
        " or abs(response_seconds - date_diff('microsecond', prompted_at, first_response_at) / 1e6) > 0.001",
        "The response time is the time from the prompt to the first response, NULL when unanswered.",
    )
    table.no_rows(
        "turn_not_shorter_than_response",
        "turn_seconds < response_seconds - 0.001",
        "A turn lasts at least until its first response.",
    )
    table.share_at_most(
        "unanswered_share", "first_response_at is null", 0.5, "At most half of the prompts are unanswered."
    )
    return table


def _fct_conversations() -> TableChecks:
    table = _table("fct_conversations")
    table.has_columns(
        "conversation_id user_id source project created_at last_activity_at conversation_date wall_seconds"
        " active_seconds idle_seconds message_count user_message_count assistant_message_count request_count"
        " turn_count input_tokens output_tokens cache_write_5m_tokens cache_write_1h_tokens cache_read_tokens"
        " total_tokens cost_usd mean_response_seconds p50_response_seconds p90_response_seconds"
        " p95_response_seconds engagement_score error_count topic_terms batch_id loaded_at"
    )
    table.not_null("conversation_id")
    _tokens_add_up(table)
    table.no_rows("times_in_order", "last_activity_at < created_at", "The last activity is not before the creation.")
    table.no_rows(
        "seconds_add_up",
        "abs(wall_seconds - active_seconds - idle_seconds) > 0.001 or least(active_seconds, idle_seconds) < -0.001",
        "Active and idle time add up to the wall time.",
    )
    table.no_rows(
        "messages_within_total",
        "user_message_count + assistant_message_count > message_count",
        "Messages of people and assistants are at most all messages.",
    )
    table.no_rows("engagement_in_range", "engagement_score not between 0 and 100", "The engagement score is 0 to 100.")
    _quantiles_in_order(table)
    table.equal(
        "requests_equal_fact",
        _sum("request_count", "fct_conversations"),
        f"{_REQUESTS} where conversation_id is not null",
        "Conversations hold each request of a conversation once.",
    )
    table.equal(
        "messages_equal_fact",
        _sum("message_count", "fct_conversations"),
        "select count(*) from conversations.fct_messages where conversation_id is not null",
        "Conversations hold each message of a conversation once.",
    )
    return table


def _agg_conversations(grain: str) -> TableChecks:
    table = _table(f"agg_conversations_{grain}")
    shared = (
        " conversation_count active_conversation_count message_count user_count request_count input_tokens"
        " output_tokens cache_write_tokens cache_read_tokens total_tokens cost_usd turn_count"
        " mean_response_seconds batch_id loaded_at"
    )
    daily = (
        " p50_response_seconds p90_response_seconds p95_response_seconds response_count error_count outcome_count"
        " error_rate_ratio"
    )
    table.has_columns("activity_date" + shared + (daily if grain == "daily" else " hour_at hour_of_day"))
    table.no_rows(
        "tokens_add_up",
        "total_tokens <> input_tokens + output_tokens + cache_write_tokens + cache_read_tokens",
        "Tokens by type add up to the total.",
    )
    table.equal(
        "requests_equal_fact",
        _sum("request_count", f"agg_conversations_{grain}"),
        f"{_REQUESTS} where requested_at is not null",
        "Each request counts once.",
    )
    table.equal(
        "messages_equal_fact",
        _sum("message_count", f"agg_conversations_{grain}"),
        "select count(*) from conversations.fct_messages where sent_at is not null",
        "Each message counts once.",
    )
    table.equal(
        "turns_equal_fact",
        _sum("turn_count", f"agg_conversations_{grain}"),
        "select count(*) from conversations.fct_turns where prompted_at is not null",
        "Each turn counts once.",
    )
    if grain == "hourly":
        table.no_rows("hour_of_day_in_range", "hour_of_day not between 0 and 23", "Hours of the day are 0 to 23.")
        return table
    table.query(
        "equals_hours",
        "select count(*) from (select activity_date, sum(total_tokens) as tokens,"
        " sum(message_count) as messages from conversations.agg_conversations_hourly group by 1) h"
        " full join conversations.agg_conversations_daily d on d.activity_date = h.activity_date"
        " where coalesce(d.total_tokens, 0) <> coalesce(h.tokens, 0)"
        " or coalesce(d.message_count, 0) <> coalesce(h.messages, 0)",
        "For each date, tokens and messages of the hours add up to the day.",
    )
    table.no_rows("errors_within_outcomes", "error_count > outcome_count", "Errors are among the outcomes.")
    ratio_of_columns(table, "error_rate_ratio", "error_count", "outcome_count")
    _quantiles_in_order(table)
    day_over_day_drift(table, "activity_date", "message_count", factor=10)
    day_over_day_drift(table, "activity_date", "total_tokens", factor=10)
    return table


def _agg_users_daily() -> TableChecks:
    table = _table("agg_users_daily")
    table.has_columns(
        "user_id activity_date conversation_count active_conversation_count message_count request_count"
        " total_tokens cost_usd mean_response_seconds active_seconds batch_id loaded_at"
    )
    table.not_null("user_id")
    table.equal(
        "requests_equal_fact",
        _sum("request_count", "agg_users_daily"),
        f"{_REQUESTS} where user_id is not null and requested_at is not null",
        "Each request of a known user counts for one user.",
    )
    table.equal(
        "messages_equal_fact",
        _sum("message_count", "agg_users_daily"),
        "select count(*) from conversations.fct_messages where user_id is not null and sent_at is not null",
        "Each message of a known user counts for one user.",
    )
    table.no_rows(
        "active_time_in_range",
        "active_seconds < 0",
        "No user is active for less than nothing.",
    )
    return table


def _agg_models_daily() -> TableChecks:
    table = _table("agg_models_daily")
    table.has_columns(
        "activity_date model request_count input_tokens output_tokens cache_write_5m_tokens"
        " cache_write_1h_tokens cache_read_tokens total_tokens cost_usd cost_calculated_usd batch_id"
        " loaded_at"
    )
    _tokens_add_up(table)
    for name, column in (("tokens", "total_tokens"), ("cost", "cost_usd")):
        table.equal(
            f"{name}_equal_fact",
            _sum(column, "agg_models_daily"),
            _sum(column, "fct_requests", "requested_at is not null"),
            f"{column} over all dates and models equals the requests.",
            tolerance=_CENT if name == "cost" else 0,
        )
    table.equal(
        "requests_equal_fact",
        _sum("request_count", "agg_models_daily"),
        f"{_REQUESTS} where requested_at is not null",
        "Each request counts once.",
    )
    return table


def _agg_usage_blocks() -> TableChecks:
    table = _table("agg_usage_blocks")
    table.has_columns(
        "block_key started_at ends_at first_request_at last_request_at request_count conversation_count"
        " total_tokens cost_usd batch_id loaded_at"
    )
    table.not_null("block_key")
    table.no_rows("five_hours", "ends_at <> started_at + interval 5 hour", "A block ends five hours after its start.")
    table.no_rows(
        "requests_inside",
        "first_request_at < started_at or last_request_at > ends_at or last_request_at < first_request_at",
        "The requests of a block lie inside it.",
    )
    table.query(
        "no_overlap",
        "select count(*) from (select last_request_at,"
        " lead(first_request_at) over (order by first_request_at) as next_request_at"
        " from conversations.agg_usage_blocks) where next_request_at < last_request_at",
        "No block begins before the requests of the block before have ended.",
    )
    table.equal(
        "requests_equal_fact",
        _sum("request_count", "agg_usage_blocks"),
        f"{_REQUESTS} where requested_at is not null",
        "Each request counts in one block.",
    )
    return table


def _dim_users() -> TableChecks:
    table = _table("dim_users")
    table.has_columns(
        "user_id first_seen_at last_seen_at conversation_count message_count total_tokens cost_usd"
        " most_active_hour batch_id loaded_at"
    )
    table.not_null("user_id")
    table.no_rows("times_in_order", "first_seen_at > last_seen_at", "First seen is not after last seen.")
    table.no_rows("most_active_hour_in_range", "most_active_hour not between 0 and 23", "Hours of the day are 0 to 23.")
    table.equal(
        "messages_equal_fact",
        _sum("message_count", "dim_users"),
        "select count(*) from conversations.fct_messages where user_id is not null",
        "Each message of a known user counts for one user.",
    )
    return table


def _dim_models() -> TableChecks:
    table = _table("dim_models")
    table.has_columns("price_key model valid_from valid_to input_usd_per_mtok output_usd_per_mtok source source_date")
    table.not_null("price_key")
    table.no_rows(
        "prices_not_negative",
        "least(input_usd_per_mtok, output_usd_per_mtok) < 0",
        "No price is negative.",
    )
    table.query(
        "validity_without_overlap",
        "select count(*) from (select valid_to, valid_from,"
        " lead(valid_from) over (partition by model order by valid_from) as next_from"
        " from conversations.dim_models) where valid_to < valid_from or next_from < valid_to"
        " or (valid_to is null and next_from is not null)",
        "At each moment a model has at most one price.",
    )
    return table


def _daily_aggregations() -> TableChecks:
    table = _table("daily_aggregations")
    table.has_columns("date total_conversations total_messages total_tokens unique_users avg_response_time created_at")
    _totals_equal(table, "agg_conversations_daily", ("total_messages", "message_count"))
    return table


def _hourly_aggregations() -> TableChecks:
    table = _table("hourly_aggregations")
    table.has_columns("datetime hour conversations messages tokens users created_at")
    _totals_equal(table, "agg_conversations_hourly", ("messages", "message_count"))
    return table


def _user_daily_stats() -> TableChecks:
    table = _table("user_daily_stats")
    table.has_columns("user_id date conversations messages tokens session_duration")
    _totals_equal(table, "agg_users_daily", ("messages", "message_count"))
    return table


def _totals_equal(table: TableChecks, mart: str, columns: tuple[str, str]) -> None:
    view_column, mart_column = columns
    table.equal(
        f"{view_column}_equal_mart",
        f"select sum({view_column}) from {table.table_name}",
        _sum(mart_column, mart),
        f"The table of the tracking service holds the messages of {mart}.",
    )


def _tokens_add_up(table: TableChecks) -> None:
    table.no_rows("tokens_add_up", f"total_tokens <> {' + '.join(_PARTS)}", "Tokens by type add up to the total.")


def _quantiles_in_order(table: TableChecks) -> None:
    table.no_rows(
        "quantiles_in_order",
        "p50_response_seconds > p90_response_seconds or p90_response_seconds > p95_response_seconds",
        "Half of the responses are at most as slow as nine tenths, these as 95 %.",
    )

"""Faults of the conversations marts."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, few, names, one


def cases() -> Iterator[Case]:
    """Faults that the suite conversations must see."""
    suite = "conversations"
    for table in (
        *("fct_requests", "fct_messages", "fct_turns", "fct_conversations", "agg_conversations_hourly"),
        *("agg_conversations_daily", "agg_users_daily", "agg_models_daily", "agg_usage_blocks", "dim_users"),
    ):
        yield Case(suite, f"{table}_columns", f"alter table conversations.{table} rename column batch_id to other")
    for table, column in (
        ("dim_models", "source"),
        ("daily_aggregations", "unique_users"),
        ("hourly_aggregations", "users"),
        ("user_daily_stats", "session_duration"),
    ):
        yield Case(suite, f"{table}_columns", f"alter table conversations.{table} rename column {column} to other")
    yield from _requests()
    yield from _messages_and_turns()
    yield from _aggregates()
    yield from _models_blocks_and_views()


def _requests() -> Iterator[Case]:
    suite, requests = "conversations", "conversations.fct_requests"
    counts = names(
        "fct_conversations_requests_equal_fact agg_conversations_hourly_requests_equal_fact"
        " agg_conversations_daily_requests_equal_fact agg_users_daily_requests_equal_fact"
        " agg_models_daily_requests_equal_fact agg_usage_blocks_requests_equal_fact"
    )
    sums = names("agg_models_daily_tokens_equal_fact agg_models_daily_cost_equal_fact")
    yield Case(suite, "fct_requests_volume", f"delete from {requests}", counts | sums)
    yield Case(
        suite,
        "fct_requests_not_more_than_raw",
        f"insert into {requests} select * from {requests} limit 1",
        counts | sums,
    )
    yield Case(suite, "fct_requests_request_key_not_null", one(requests, "request_key = null"))
    yield Case(suite, "fct_requests_tokens_add_up", one(requests, "input_tokens = input_tokens + 1"))
    yield Case(
        suite,
        "fct_requests_tokens_not_negative",
        one(requests, "input_tokens = -1000, total_tokens = -925"),
        names("agg_models_daily_tokens_equal_fact"),
    )
    yield Case(suite, "fct_requests_cost_source_in_set", one(requests, "cost_source = 'guessed'"))
    yield Case(suite, "fct_requests_cost_has_source", one(requests, "cost_source = null"))
    yield Case(suite, "fct_requests_missing_price_is_null", one(requests, "is_price_missing = true"))
    yield Case(
        suite,
        "fct_requests_cost_not_negative",
        one(requests, "cost_usd = -1"),
        names("agg_models_daily_cost_equal_fact"),
    )
    yield Case(suite, "fct_requests_copy_count_positive", one(requests, "copy_count = 0"))
    yield Case(
        suite,
        "fct_requests_hour_contains_request",
        one(requests, "request_hour_at = request_hour_at + interval 1 hour"),
    )
    yield Case(
        suite,
        "fct_requests_price_missing_share",
        few(requests, "is_price_missing = true, cost_calculated_usd = null", 0.2),
    )
    yield Case(suite, "fct_requests_freshness", f"update {requests} set loaded_at = loaded_at - interval 4 day")


def _messages_and_turns() -> Iterator[Case]:
    suite, messages, turns = "conversations", "conversations.fct_messages", "conversations.fct_turns"
    yield Case(suite, "fct_messages_message_key_not_null", one(messages, "message_key = null"))
    yield Case(suite, "fct_messages_source_in_set", one(messages, "source = 'other'"))
    yield Case(suite, "fct_messages_role_in_set", one(messages, "role = 'stranger'"))
    yield Case(
        suite,
        "fct_messages_hour_contains_message",
        one(messages, "message_hour_at = message_hour_at + interval 1 hour"),
    )
    yield Case(
        suite,
        "fct_messages_conversation_id_null_share",
        few(messages, "conversation_id = null", 0.1),
        names("fct_conversations_messages_equal_fact"),
    )
    yield Case(suite, "fct_turns_turn_key_not_null", one(turns, "turn_key = null"))
    yield Case(suite, "fct_turns_source_in_set", one(turns, "source = 'other'"))
    yield Case(
        suite,
        "fct_turns_times_in_order",
        one(turns, "last_response_at = first_response_at - interval 1 second"),
    )
    yield Case(suite, "fct_turns_response_time_consistent", one(turns, "response_seconds = 9"))
    yield Case(suite, "fct_turns_turn_not_shorter_than_response", one(turns, "turn_seconds = 9"))
    yield Case(
        suite,
        "fct_turns_unanswered_share",
        few(turns, "first_response_at = null, last_response_at = null, response_seconds = null", 0.6),
    )


def _aggregates() -> Iterator[Case]:
    suite = "conversations"
    talks, hourly, daily, users = (
        *("conversations.fct_conversations", "conversations.agg_conversations_hourly"),
        *("conversations.agg_conversations_daily", "conversations.agg_users_daily"),
    )
    yield Case(suite, "fct_conversations_conversation_id_not_null", one(talks, "conversation_id = null"))
    yield Case(suite, "fct_conversations_tokens_add_up", one(talks, "input_tokens = input_tokens + 1"))
    yield Case(
        suite,
        "fct_conversations_times_in_order",
        one(talks, "last_activity_at = created_at - interval 1 day"),
    )
    yield Case(suite, "fct_conversations_seconds_add_up", one(talks, "idle_seconds = idle_seconds + 1"))
    yield Case(
        suite,
        "fct_conversations_messages_within_total",
        one(talks, "user_message_count = message_count + 1"),
    )
    yield Case(suite, "fct_conversations_engagement_in_range", one(talks, "engagement_score = 101"))
    yield Case(suite, "fct_conversations_quantiles_in_order", one(talks, "p50_response_seconds = 99"))
    yield Case(suite, "fct_conversations_requests_equal_fact", one(talks, "request_count = request_count + 1"))
    yield Case(suite, "fct_conversations_messages_equal_fact", one(talks, "message_count = message_count + 1"))
    for grain, table, messages in (
        ("hourly", hourly, "hourly_aggregations_messages_equal_mart agg_conversations_daily_equals_hours"),
        ("daily", daily, "daily_aggregations_total_messages_equal_mart agg_conversations_daily_equals_hours"),
    ):
        name = f"agg_conversations_{grain}"
        yield Case(suite, f"{name}_tokens_add_up", one(table, "input_tokens = input_tokens + 1"))
        yield Case(suite, f"{name}_requests_equal_fact", one(table, "request_count = request_count + 1"))
        yield Case(
            suite,
            f"{name}_messages_equal_fact",
            one(table, "message_count = message_count + 1"),
            names(messages),
        )
        yield Case(suite, f"{name}_turns_equal_fact", one(table, "turn_count = turn_count + 1"))
    yield Case(suite, "agg_conversations_hourly_hour_of_day_in_range", one(hourly, "hour_of_day = -1"))
    yield Case(
        suite,
        "agg_conversations_daily_equals_hours",
        f"update {hourly} set activity_date = activity_date + 1 where rowid = (select max(rowid) from {hourly})",
    )
    more = "error_count = outcome_count + 1, error_rate_ratio = (outcome_count + 1) / outcome_count"
    yield Case(suite, "agg_conversations_daily_errors_within_outcomes", one(daily, more))
    yield Case(suite, "agg_conversations_daily_error_rate_ratio_consistent", one(daily, "error_rate_ratio = 0.5"))
    yield Case(suite, "agg_conversations_daily_quantiles_in_order", one(daily, "p90_response_seconds = 99"))
    day = f"(select max(activity_date) - 1 from {daily})"
    yield Case(
        suite,
        "agg_conversations_daily_message_count_drift",
        f"update {daily} set message_count = message_count * 20 where activity_date = {day}",
        names(
            "agg_conversations_daily_messages_equal_fact agg_conversations_daily_equals_hours"
            " daily_aggregations_total_messages_equal_mart"
        ),
    )
    yield Case(
        suite,
        "agg_conversations_daily_total_tokens_drift",
        f"update {daily} set input_tokens = 0, output_tokens = 0, cache_write_tokens = 0,"
        f" cache_read_tokens = 0, total_tokens = 0 where activity_date = {day}",
        names("agg_conversations_daily_equals_hours"),
    )
    yield Case(suite, "agg_users_daily_user_id_not_null", one(users, "user_id = null"))
    yield Case(suite, "agg_users_daily_requests_equal_fact", one(users, "request_count = request_count + 1"))
    yield Case(
        suite,
        "agg_users_daily_messages_equal_fact",
        one(users, "message_count = message_count + 1"),
        names("user_daily_stats_messages_equal_mart"),
    )
    yield Case(suite, "agg_users_daily_active_time_in_range", one(users, "active_seconds = -1"))


def _models_blocks_and_views() -> Iterator[Case]:
    suite = "conversations"
    models, blocks, people, prices = (
        *("conversations.agg_models_daily", "conversations.agg_usage_blocks"),
        *("conversations.dim_users", "conversations.dim_models"),
    )
    yield Case(suite, "agg_models_daily_tokens_add_up", one(models, "input_tokens = input_tokens + 1"))
    yield Case(
        suite,
        "agg_models_daily_tokens_equal_fact",
        one(models, "input_tokens = input_tokens + 1, total_tokens = total_tokens + 1"),
    )
    yield Case(suite, "agg_models_daily_cost_equal_fact", one(models, "cost_usd = cost_usd + 1"))
    yield Case(suite, "agg_models_daily_requests_equal_fact", one(models, "request_count = request_count + 1"))
    yield Case(suite, "agg_usage_blocks_block_key_not_null", one(blocks, "block_key = null"))
    yield Case(suite, "agg_usage_blocks_five_hours", one(blocks, "ends_at = ends_at + interval 1 hour"))
    yield Case(
        suite,
        "agg_usage_blocks_requests_inside",
        one(blocks, "first_request_at = started_at - interval 1 minute"),
    )
    yield Case(
        suite,
        "agg_usage_blocks_no_overlap",
        f"insert into {blocks} select * replace ('again' as block_key, 0 as request_count,"
        f" first_request_at + interval 1 minute as first_request_at) from {blocks} limit 1",
    )
    yield Case(suite, "agg_usage_blocks_requests_equal_fact", one(blocks, "request_count = request_count + 1"))
    yield Case(suite, "dim_users_user_id_not_null", one(people, "user_id = null"))
    yield Case(suite, "dim_users_times_in_order", one(people, "last_seen_at = first_seen_at - interval 1 day"))
    yield Case(suite, "dim_users_most_active_hour_in_range", one(people, "most_active_hour = 24"))
    yield Case(suite, "dim_users_messages_equal_fact", one(people, "message_count = message_count + 1"))
    yield Case(suite, "dim_models_price_key_not_null", one(prices, "price_key = null"))
    yield Case(suite, "dim_models_prices_not_negative", one(prices, "input_usd_per_mtok = -1"))
    yield Case(
        suite,
        "dim_models_validity_without_overlap",
        one(prices, "valid_to = date '2025-07-01'", "valid_to is not null"),
    )
    for view, column in (
        ("daily_aggregations", "total_messages"),
        ("hourly_aggregations", "messages"),
        ("user_daily_stats", "messages"),
    ):
        yield Case(
            suite,
            f"{view}_{column}_equal_mart",
            one(f"conversations.{view}", f"{column} = {column} + 1"),
        )

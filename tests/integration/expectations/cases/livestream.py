"""Faults of the source and the marts of live streams, and of reference rates."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, few, names, one
from tests.integration.expectations.cases.collected import collections_cases
from tests.integration.expectations.cases.raw import ledger, raw_table

SUITE = "livestream"
SESSIONS, MINUTES, DAILY, HOURLY = (
    *("livestream.fct_stream_sessions", "livestream.agg_session_minutes"),
    *("livestream.agg_characters_daily", "livestream.agg_characters_hourly"),
)


def cases() -> Iterator[Case]:
    """Faults that the suites raw_livestream, raw_fx and livestream must see."""
    yield from raw_table("raw_livestream", "events")
    yield from ledger("raw_livestream")
    yield from _raw_livestream()
    yield from raw_table("raw_fx", "rates")
    yield from ledger("raw_fx")
    yield from collections_cases("raw_fx")
    yield from _raw_fx()
    yield from _sessions()
    yield from _facts()
    yield from _faults()
    yield from _characters()
    yield from _quality()


def _columns(suite: str, table: str, column: str, *errors: str) -> Case:
    name = table.rpartition(".")[2]
    return Case(
        suite, f"{name}_columns", f"alter table {table} rename column {column} to other", errors=frozenset(errors)
    )


def _raw_livestream() -> Iterator[Case]:
    suite, events = "raw_livestream", "raw_livestream.events"
    yield _columns(suite, events, "emotion")
    yield Case(suite, "events_event_id_not_null", one(events, "event_id = null"))
    yield Case(suite, "events_is_document_not_null", one(events, "is_document = null"))
    yield Case(suite, "events_type_not_null", one(events, "type = null", "type = 'reconnect'"))
    yield Case(suite, "events_timestamp_not_null", one(events, '"timestamp" = null'))
    yield Case(suite, "events_timestamp_in_range", one(events, "\"timestamp\" = timestamp '1970-01-01'"))
    yield Case(suite, "events_made_event_id_marked", one(events, "has_event_id = false"))
    yield Case(suite, "events_session_named", one(events, "session_id = null"))
    yield Case(suite, "events_sample_has_count", one(events, "viewer_count = null", "type = 'viewer_sample'"))
    yield Case(suite, "events_error_message_masked", one(events, "error_message = 'host 203.0.113.7 is down'"))
    yield Case(suite, "events_super_chat_not_negative", one(events, "super_chat_amount = -5", "type = 'interaction'"))
    yield Case(suite, "events_type_unknown_share", few(events, "type = 'party'", 0.06))
    yield Case(
        suite,
        "events_response_time_missing_share",
        few(events, "response_time = 0", 0.95, "type = 'interaction'"),
    )


def _raw_fx() -> Iterator[Case]:
    suite, rates = "raw_fx", "raw_fx.rates"
    yield _columns(suite, rates, "rate_id", "rates_rate_id_not_null")
    for column in ("rate_id", "rate_date", "rates"):
        yield Case(suite, f"rates_{column}_not_null", one(rates, f"{column} = null"))
    yield Case(suite, "rates_rates_is_object", one(rates, "rates = '[1]'"))
    yield Case(suite, "rates_not_of_the_future", one(rates, "rate_date = current_date + 9"))
    yield Case(suite, "rates_newest_rate_age", f"update {rates} set rate_date = rate_date - 20")


def _sessions() -> Iterator[Case]:
    hours = "fct_stream_sessions_hours_are_average_times_cover"
    yield _columns(SUITE, SESSIONS, "reconnects_per_hour")
    yield Case(
        SUITE,
        "fct_stream_sessions_sessions_equal_raw",
        "insert into raw_livestream.events by name select * replace ('lost' as session_id, 'lost' as event_id)"
        " from raw_livestream.events where type = 'session_start' limit 1",
    )
    for column in ("session_id", "account_id", "character_id", "started_at"):
        # A session without an id finds its minutes no more.
        also = names("agg_session_minutes_hours_equal_sessions" if column == "session_id" else "")
        yield Case(SUITE, f"fct_stream_sessions_{column}_not_null", one(SESSIONS, f"{column} = null"), also)
    duration = "fct_stream_sessions_duration_consistent"
    yield Case(
        SUITE,
        "fct_stream_sessions_times_in_order",
        one(SESSIONS, "ended_at = started_at - interval 1 minute, duration_seconds = -60"),
    )
    yield Case(SUITE, duration, one(SESSIONS, "duration_seconds = duration_seconds + 1"))
    yield Case(SUITE, "fct_stream_sessions_end_told_or_ruled", one(SESSIONS, "is_live = true"))
    yield Case(SUITE, "fct_stream_sessions_average_within_peak", one(SESSIONS, "viewer_peak = 1"))
    yield Case(SUITE, hours, one(SESSIONS, "viewer_average = viewer_average - 1"))
    yield Case(SUITE, "fct_stream_sessions_coverage_in_range", one(SESSIONS, "sample_coverage_ratio = 1.5"))
    yield Case(
        SUITE,
        "fct_stream_sessions_interactions_equal_fact",
        one(SESSIONS, "interaction_count = interaction_count + 1"),
        names("agg_characters_daily_interactions_equal_sessions"),
    )
    yield Case(SUITE, "fct_stream_sessions_quantiles_in_order", one(SESSIONS, "response_p90_seconds = 0"))
    yield Case(SUITE, "fct_stream_sessions_amounts_are_json", one(SESSIONS, "super_chat_amounts = '{'"))
    yield Case(
        SUITE,
        "fct_stream_sessions_at_most_three_days",
        one(SESSIONS, "ended_at = started_at + interval 4 day, duration_seconds = 4 * 86400"),
    )
    yield Case(
        SUITE,
        "fct_stream_sessions_closed_by_rule_share",
        few(SESSIONS, "closed_by_rule = true, ended_at = null", 0.6),
    )
    yield Case(SUITE, "fct_stream_sessions_freshness", f"update {SESSIONS} set loaded_at = loaded_at - interval 4 day")


def _facts() -> Iterator[Case]:
    interactions, super_chats = "livestream.fct_interactions", "livestream.fct_super_chats"
    yield _columns(SUITE, interactions, "emotion")
    yield Case(
        SUITE,
        "fct_interactions_interactions_equal_raw",
        "insert into raw_livestream.events by name select * replace ('lost' as event_id)"
        " from raw_livestream.events where type = 'interaction' limit 1",
    )
    yield Case(SUITE, "fct_interactions_event_id_not_null", one(interactions, "event_id = null"))
    yield Case(
        SUITE,
        "fct_interactions_session_id_not_null",
        one(interactions, "session_id = null"),
        names("fct_stream_sessions_interactions_equal_fact"),
    )
    yield Case(SUITE, "fct_interactions_account_id_not_null", one(interactions, "account_id = null"))
    yield Case(SUITE, "fct_interactions_interacted_at_not_null", one(interactions, "interacted_at = null"))
    yield Case(SUITE, "fct_interactions_response_positive", one(interactions, "response_seconds = 0"))
    yield Case(SUITE, "fct_interactions_slow_beyond_belief_share", few(interactions, "response_seconds = 900", 0.03))
    yield Case(
        SUITE,
        "fct_interactions_future_share",
        few(interactions, "interacted_at = interacted_at + interval 9 day", 0.01),
    )
    yield _columns(SUITE, super_chats, "is_rate_filled")
    yield Case(SUITE, "fct_super_chats_platform_in_set", one(super_chats, "platform = 'other'"))
    yield Case(SUITE, "fct_super_chats_kind_in_set", one(super_chats, "kind = 'other'"))
    yield Case(
        SUITE,
        "fct_super_chats_not_more_than_interactions",
        one("livestream.fct_interactions", "super_chat_amount = null", "super_chat_amount > 0"),
    )
    yield Case(
        SUITE,
        "fct_super_chats_account_id_not_null",
        one(super_chats, "account_id = null"),
        names("agg_revenue_daily_amounts_hold_fact"),
    )
    yield Case(SUITE, "fct_super_chats_amount_positive", one(super_chats, "amount = 0", "currency = 'USD'"))
    yield Case(
        SUITE,
        "fct_super_chats_currency_is_code",
        one(super_chats, "currency = 'usd'", "currency = 'USD'"),
        names("agg_revenue_daily_amounts_hold_fact"),
    )
    yield Case(SUITE, "fct_super_chats_missing_rate_marked", one(super_chats, "is_rate_missing = true"))
    yield Case(
        SUITE,
        "fct_super_chats_same_currency_unchanged",
        one(super_chats, "converted_amount = 1", "currency = 'EUR'"),
    )
    yield Case(
        SUITE,
        "fct_super_chats_missing_rate_share",
        few(super_chats, "converted_amount = null, is_rate_missing = true", 0.3),
    )
    yield _columns(SUITE, MINUTES, "viewer_sum")
    yield Case(SUITE, "agg_session_minutes_cover_at_most_a_minute", one(MINUTES, "covered_seconds = 61"))
    yield Case(
        SUITE,
        "agg_session_minutes_interactions_equal_fact",
        one(MINUTES, "interaction_count = interaction_count + 1"),
    )
    yield Case(
        SUITE,
        "agg_session_minutes_super_chats_are_of_fact",
        one(MINUTES, "super_chat_count = super_chat_count + 1000"),
    )
    yield Case(
        SUITE,
        "agg_session_minutes_hours_equal_sessions",
        one(MINUTES, "viewer_seconds = viewer_seconds + 3600"),
    )


def _faults() -> Iterator[Case]:
    faults = "livestream.fct_faults"
    yield _columns(SUITE, faults, "component")
    yield Case(
        SUITE,
        "fct_faults_faults_equal_raw",
        "insert into raw_livestream.events by name select * replace ('lost' as event_id)"
        " from raw_livestream.events where type = 'reconnect' limit 1",
    )
    for kind in ("error", "reconnect"):
        yield Case(
            SUITE,
            f"fct_faults_{kind}s_equal_sessions",
            "update livestream.fct_faults set session_id = (select max(session_id) from livestream.fct_faults)"
            f" where event_id = (select min(event_id) from livestream.fct_faults where kind = '{kind}')",
        )
    for column in ("event_id", "session_id", "account_id", "happened_at"):
        yield Case(SUITE, f"fct_faults_{column}_not_null", one(faults, f"{column} = null"))
    yield Case(
        SUITE, "fct_faults_message_masked", one(faults, "error_message = 'mail to ada@example.com'", "kind = 'error'")
    )


def _characters() -> Iterator[Case]:
    revenue = "livestream.agg_revenue_daily"
    yield _columns(SUITE, HOURLY, "engagement_ratio")
    yield Case(SUITE, "agg_characters_hourly_hour_of_day_in_range", one(HOURLY, "hour_of_day = 24"))
    yield Case(SUITE, "agg_characters_hourly_sessions_equal_fact", one(HOURLY, "session_count = session_count + 1"))
    yield Case(
        SUITE, "agg_characters_hourly_hours_watched_equal_fact", one(HOURLY, "hours_watched = hours_watched + 1")
    )
    yield _columns(SUITE, DAILY, "engagement_ratio")
    yield Case(
        SUITE,
        "agg_characters_daily_interactions_equal_sessions",
        one(DAILY, "interaction_count = interaction_count + 1"),
        names("agg_characters_daily_equals_hours"),
    )
    yield Case(SUITE, "agg_characters_daily_equals_hours", one(HOURLY, "error_count = error_count + 1"))
    yield Case(
        SUITE,
        "agg_characters_daily_revenue_within_revenue_days",
        one(DAILY, "converted_amount = converted_amount + 1"),
    )
    yield Case(
        SUITE,
        "agg_characters_daily_people_within_counts",
        one(DAILY, "repeat_payer_count = payer_count + 1", "payer_count is not null"),
    )
    yield Case(
        SUITE,
        "agg_characters_daily_sample_coverage_ratio_consistent",
        one(DAILY, "sample_coverage_ratio = sample_coverage_ratio / 2"),
    )
    last = f"activity_date = (select max(activity_date) - 1 from {DAILY})"
    counts = names("agg_characters_daily_interactions_equal_sessions agg_characters_daily_equals_hours")
    yield Case(
        SUITE,
        "agg_characters_daily_interaction_count_drift",
        f"update {DAILY} set interaction_count = interaction_count * 9 where {last}",
        counts,
    )
    yield Case(
        SUITE,
        "agg_characters_daily_hours_watched_drift",
        f"update {DAILY} set hours_watched = hours_watched * 9 where {last}",
    )
    yield _columns(SUITE, revenue, "filled_rate_count")
    yield Case(SUITE, "agg_revenue_daily_amounts_hold_fact", one(revenue, "amount = amount - 1"))
    yield Case(
        SUITE,
        "agg_revenue_daily_currency_is_code",
        one(revenue, "currency = 'usd'", "currency = 'USD'"),
        names("agg_revenue_daily_amounts_hold_fact"),
    )
    yield Case(SUITE, "agg_revenue_daily_top_share_in_range", one(revenue, "top_payer_share_ratio = 1.5"))
    yield Case(
        SUITE,
        "agg_revenue_daily_people_within_super_chats",
        one(revenue, "payer_count = super_chat_count + 1"),
    )


def _quality() -> Iterator[Case]:
    quality, comparison, characters = (
        *("livestream.agg_response_quality", "livestream.agg_character_comparison"),
        "livestream.dim_characters",
    )
    yield _columns(SUITE, quality, "emotion_interaction_count")
    yield Case(SUITE, "agg_response_quality_errors_equal_days", one(quality, "error_count = error_count + 1"))
    yield Case(
        SUITE, "agg_response_quality_responses_equal_sessions", one(quality, "response_count = response_count + 1")
    )
    yield Case(SUITE, "agg_response_quality_slow_share_in_range", one(quality, "slow_response_ratio = 2"))
    yield Case(SUITE, "agg_response_quality_quantiles_in_order", one(quality, "response_p95_seconds = 0"))
    yield Case(SUITE, "agg_response_quality_emotions_are_json", one(quality, "emotion_counts = '{'"))
    yield _columns(SUITE, comparison, "shared_date_count")
    yield Case(SUITE, "agg_character_comparison_period_in_set", one(comparison, "period = 'ever'"))
    yield Case(
        SUITE,
        "agg_character_comparison_withheld_without_figures",
        one(comparison, "is_withheld = true", "not is_withheld"),
    )
    yield Case(SUITE, "agg_character_comparison_account_is_of_both", one(comparison, "other_account_id = 'another'"))
    yield _columns(SUITE, characters, "live_session_count")
    yield Case(SUITE, "dim_characters_sessions_equal_fact", one(characters, "session_count = session_count + 1"))
    yield Case(
        SUITE,
        "dim_characters_times_in_order",
        one(characters, "first_started_at = last_started_at + interval 1 day"),
    )

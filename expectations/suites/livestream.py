"""Marts of the domain `livestream`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites import patterns
from expectations.suites.mart import day_over_day_drift, freshness, ratio_of_columns
from expectations.suites.raw import completed

SUITE = "livestream"
_KEYS = "account_id character_id"
_VIEWERS = (
    "session_count streamed_seconds viewer_peak viewer_average viewer_sample_mean viewer_sample_count hours_watched"
    " covered_seconds sample_coverage_ratio interaction_count user_count engagement_ratio interactions_per_viewer_hour"
    " error_count reconnect_count"
)
_CODE = "not regexp_full_match(currency, '[A-Z]{3}')"


def suite() -> Iterable[Check]:
    """Checks of facts, aggregates and dimensions; the sums of aggregates equal the facts."""
    tables = (
        _fct_stream_sessions(),
        _fct_interactions(),
        _fct_faults(),
        _fct_super_chats(),
        _agg_session_minutes(),
        _agg_characters_hourly(),
        _agg_characters_daily(),
        _agg_revenue_daily(),
        _agg_response_quality(),
        _agg_character_comparison(),
        _dim_characters(),
    )
    for table in tables:
        yield from table


def _table(name: str) -> TableChecks:
    return TableChecks(SUITE, f"{SUITE}.{name}")


def _sum(column: str, table: str, where: str = "true") -> str:
    return f"select sum({column}) from livestream.{table} where {where}"


def _loaded(what: str, where: str) -> str:
    return f"select {what} from raw_livestream.events where {where} and _dlt_load_id in ({completed('raw_livestream')})"


def _fct_stream_sessions() -> TableChecks:
    table = _table("fct_stream_sessions")
    table.has_columns(
        "session_id account_id character_id video_id session_date started_at ended_at duration_seconds is_live"
        " closed_by_rule last_seen_at viewer_peak viewer_average viewer_sample_mean viewer_sample_count hours_watched"
        " covered_seconds sample_coverage_ratio is_reconstructed interaction_count user_count engagement_ratio"
        " interactions_per_viewer_hour super_chat_count payer_count super_chat_amounts converted_amount"
        " converted_currency unconverted_super_chat_count converted_amount_per_hour_watched response_count"
        " response_mean_seconds response_p50_seconds response_p90_seconds response_p95_seconds slow_response_ratio"
        " error_count reconnect_count errors_per_100_interactions reconnects_per_hour event_count batch_id loaded_at"
    )
    table.equal(
        "sessions_equal_raw",
        "select count(*) from livestream.fct_stream_sessions",
        _loaded("count(distinct session_id)", "true"),
        "Every session of the raw events is there once, also one that arrived as events and as a document.",
    )
    for column in ("session_id", "account_id", "character_id", "started_at"):
        table.not_null(column)
    table.no_rows("times_in_order", "ended_at < started_at", "A session ends when it starts or later.")
    table.no_rows(
        "duration_consistent",
        "abs(duration_seconds - date_diff('microsecond', started_at, ended_at) / 1e6) > 0.001",
        "The duration is the time from start to end.",
    )
    table.no_rows(
        "end_told_or_ruled",
        "(ended_at is null) <> (is_live or closed_by_rule) or (is_live and closed_by_rule)",
        "A session has an end, is live, or is closed by the rule: one of the three.",
    )
    table.no_rows("average_within_peak", "viewer_average > viewer_peak + 1e-6", "Average viewers are at most the peak.")
    table.no_rows(
        "hours_are_average_times_cover",
        "abs(viewer_average * covered_seconds - hours_watched * 3600) > 1e-3 * greatest(1, hours_watched)",
        "Hours watched are average viewers times the time that samples cover.",
    )
    table.no_rows(
        "coverage_in_range",
        "sample_coverage_ratio not between 0 and 1.000001",
        "Samples cover between nothing and all of a session.",
    )
    table.query(
        "interactions_equal_fact",
        "select count(*) from livestream.fct_stream_sessions s join (select session_id, count(*) as n"
        " from livestream.fct_interactions group by 1) i on i.session_id = s.session_id"
        " where s.interaction_count is distinct from i.n",
        "Where interactions are known one by one, a session counts each once.",
    )
    table.no_rows(
        "quantiles_in_order",
        "response_p50_seconds > response_p90_seconds or response_p90_seconds > response_p95_seconds",
        "The quantiles of response times are in order.",
    )
    table.no_rows("amounts_are_json", "not json_valid(super_chat_amounts)", "Amounts by currency are JSON.")
    table.no_rows(
        "at_most_three_days", "duration_seconds > 3 * 86400", "No session lasts longer than three days.", "warning"
    )
    table.share_at_most(
        "closed_by_rule_share",
        "closed_by_rule",
        0.5,
        "At most half of the sessions end without saying so.",
    )
    freshness(table)
    return table


def _fct_interactions() -> TableChecks:
    table = _table("fct_interactions")
    table.has_columns(
        "event_id interaction_id session_id account_id character_id user_id interacted_at interaction_date"
        " super_chat_amount currency response_seconds emotion is_late batch_id loaded_at"
    )
    table.equal(
        "interactions_equal_raw",
        "select count(*) from livestream.fct_interactions",
        _loaded("count(distinct (session_id, event_id))", "type = 'interaction'"),
        "Every interaction of the raw events is there once.",
    )
    for column in ("event_id", "session_id", "account_id", "interacted_at"):
        table.not_null(column)
    table.no_rows("response_positive", "response_seconds <= 0", "A missing response time is NULL, not 0.")
    table.share_at_most(
        "slow_beyond_belief_share",
        "response_seconds > 600",
        0.01,
        "At most 1 % of the responses take over ten minutes; more: is LIVESTREAM_RESPONSE_TIME_UNIT right?.",
        of="response_seconds is not null",
    )
    table.share_at_most(
        "future_share",
        "interacted_at > loaded_at + interval 1 day",
        0.001,
        "At most 0.1 % of the interactions happened over a day after they were loaded: apps' clocks.",
    )
    return table


def _fct_faults() -> TableChecks:
    table = _table("fct_faults")
    table.has_columns(
        "event_id session_id account_id character_id kind error_type error_message component happened_at fault_date"
        " is_late batch_id loaded_at"
    )
    table.equal(
        "faults_equal_raw",
        "select count(*) from livestream.fct_faults",
        _loaded("count(distinct (session_id, type, event_id))", "type in ('error', 'reconnect')"),
        "Every error and reconnect of the raw events is there once.",
    )
    for kind in ("error", "reconnect"):
        table.query(
            f"{kind}s_equal_sessions",
            "select count(*) from livestream.fct_stream_sessions s join (select session_id, count(*) as n"
            f" from livestream.fct_faults where kind = '{kind}' group by 1) f on f.session_id = s.session_id"
            f" where s.{kind}_count is distinct from f.n",
            f"Where {kind}s are known one by one, a session counts each once.",
        )
    for column in ("event_id", "session_id", "account_id", "happened_at"):
        table.not_null(column)
    table.no_rows(
        "message_masked",
        f"{patterns.holds_ip('error_message')} or {patterns.holds_email('error_message')}",
        "No message of an error has a network or mail address.",
    )
    return table


def _fct_super_chats() -> TableChecks:
    table = _table("fct_super_chats")
    table.has_columns(
        "super_chat_id platform kind session_id video_id account_id character_id user_id paid_at paid_date amount"
        " currency converted_amount converted_currency is_rate_filled is_rate_missing payment_number is_deleted"
        " batch_id loaded_at"
    )
    table.in_set("platform", ("livestream", "youtube"))
    table.in_set("kind", ("super_chat", "super_sticker"))
    table.query(
        "not_more_than_interactions",
        "select greatest((select count(*) from livestream.fct_super_chats where platform = 'livestream')"
        " - (select count(*) from livestream.fct_interactions where super_chat_amount > 0), 0)",
        "There are at most as many super chats of apps as interactions with an amount.",
    )
    table.not_null("account_id")
    table.no_rows("amount_positive", "coalesce(amount, 0) <= 0", "Every super chat has an amount above 0.")
    table.no_rows("currency_is_code", _CODE, "Currencies are ISO 4217 codes.")
    table.no_rows(
        "missing_rate_marked",
        "is_rate_missing is distinct from (converted_amount is null)",
        "A super chat without a converted amount says that its rate is missing.",
    )
    table.no_rows(
        "same_currency_unchanged",
        "currency = converted_currency and converted_amount <> amount",
        "Amounts in the reporting currency stay as they are.",
    )
    table.share_at_most(
        "missing_rate_share",
        "is_rate_missing",
        0.2,
        "At most 20 % of the super chats lack a rate: load newer rates, or set LIVESTREAM_CURRENCY.",
    )
    return table


def _agg_session_minutes() -> TableChecks:
    table = _table("agg_session_minutes")
    table.has_columns(
        "session_id minute_at account_id character_id activity_date minute_of_session viewer_average viewer_peak"
        " viewer_sample_count viewer_sum covered_seconds viewer_seconds interaction_count user_count super_chat_count"
        " error_count reconnect_count batch_id event_batch_id loaded_at"
    )
    table.no_rows(
        "cover_at_most_a_minute",
        "covered_seconds not between 0 and 60.000001",
        "Samples cover between nothing and all of a minute.",
    )
    table.equal(
        "interactions_equal_fact",
        _sum("interaction_count", "agg_session_minutes"),
        "select count(*) from livestream.fct_interactions",
        "The minutes hold each interaction once.",
    )
    table.query(
        "super_chats_are_of_fact",
        "select count(*) from (select session_id, sum(super_chat_count) as n from livestream.agg_session_minutes"
        " group by 1) m left join (select session_id, count(*) as n, count(*) filter (platform = 'livestream') as own"
        " from livestream.fct_super_chats group by 1) s on s.session_id = m.session_id"
        " where m.n not between coalesce(s.own, 0) and coalesce(s.n, 0)",
        "The minutes of a session hold all super chats of the app, and at most all of YouTube's.",
    )
    table.query(
        "hours_equal_sessions",
        "select count(*) from livestream.fct_stream_sessions s left join (select session_id,"
        " sum(viewer_seconds)::double / 3600 as hours from livestream.agg_session_minutes group by 1) m"
        " on m.session_id = s.session_id where abs(coalesce(s.hours_watched, 0) - coalesce(m.hours, 0))"
        " > 1e-6 * greatest(1, s.hours_watched)",
        "The minutes of a session add up to its hours watched.",
    )
    return table


def _agg_characters_hourly() -> TableChecks:
    table = _table("agg_characters_hourly")
    table.has_columns(f"hour_at activity_date hour_of_day {_KEYS} {_VIEWERS} batch_id loaded_at")
    table.no_rows("hour_of_day_in_range", "hour_of_day not between 0 and 23", "Hours of the day are 0 to 23.")
    table.equal(
        "sessions_equal_fact",
        _sum("session_count", "agg_characters_hourly"),
        "select count(*) from livestream.fct_stream_sessions",
        "Each session starts in one hour.",
    )
    table.equal(
        "hours_watched_equal_fact",
        _sum("hours_watched", "agg_characters_hourly"),
        _sum("hours_watched", "fct_stream_sessions"),
        "The hours add up to the hours watched of the sessions.",
        tolerance=1e-3,
    )
    return table


def _agg_characters_daily() -> TableChecks:
    table = _table("agg_characters_daily")
    table.has_columns(
        f"activity_date {_KEYS} {_VIEWERS} super_chat_count payer_count repeat_payer_count converted_amount"
        " converted_currency unconverted_super_chat_count converted_amount_per_hour_watched batch_id loaded_at"
    )
    table.equal(
        "interactions_equal_sessions",
        _sum("interaction_count", "agg_characters_daily"),
        _sum("interaction_count", "fct_stream_sessions"),
        "The days hold each interaction once, also those that a document only counts.",
    )
    table.query(
        "equals_hours",
        "select count(*) from (select activity_date, account_id, character_id, sum(interaction_count) as n,"
        " sum(error_count) as errors from livestream.agg_characters_hourly group by all) h"
        " full join livestream.agg_characters_daily d on d.activity_date = h.activity_date"
        " and d.account_id = h.account_id and d.character_id = h.character_id"
        " where d.interaction_count is distinct from h.n or d.error_count is distinct from h.errors",
        "For each date and character, the hours add up to the day.",
    )
    table.query(
        "revenue_within_revenue_days",
        "select count(*) from livestream.agg_characters_daily d left join (select revenue_date, account_id,"
        " character_id, sum(converted_amount) as amount from livestream.agg_revenue_daily group by all) r"
        " on r.revenue_date = d.activity_date and r.account_id = d.account_id and r.character_id = d.character_id"
        " where d.converted_amount is distinct from r.amount",
        "Converted revenue of a day is that of its currencies together.",
    )
    table.no_rows(
        "people_within_counts",
        "user_count > interaction_count or repeat_payer_count > payer_count",
        "People are at most their interactions, repeat payers at most all payers.",
    )
    ratio_of_columns(table, "sample_coverage_ratio", "covered_seconds", "streamed_seconds")
    day_over_day_drift(table, "activity_date", "interaction_count")
    day_over_day_drift(table, "activity_date", "hours_watched")
    return table


def _agg_revenue_daily() -> TableChecks:
    table = _table("agg_revenue_daily")
    table.has_columns(
        f"revenue_date {_KEYS} currency super_chat_count amount converted_amount converted_currency filled_rate_count"
        " unconverted_super_chat_count payer_count repeat_payer_count top_payer_share_ratio batch_id loaded_at"
    )
    table.query(
        "amounts_hold_fact",
        "select count(*) from (select paid_date, account_id, character_id, currency, sum(amount) as amount"
        " from livestream.fct_super_chats group by all) f left join livestream.agg_revenue_daily r"
        " on r.revenue_date = f.paid_date and r.account_id = f.account_id and r.character_id = f.character_id"
        " and r.currency = f.currency where coalesce(r.amount, 0) < f.amount",
        "Each currency's day holds all its super chats; documents may add to it.",
    )
    table.no_rows("currency_is_code", _CODE, "Currencies are ISO 4217 codes.")
    table.no_rows(
        "top_share_in_range", "top_payer_share_ratio not between 0 and 1.000001", "The largest payer's share is 0 to 1."
    )
    table.no_rows(
        "people_within_super_chats",
        "payer_count > super_chat_count or repeat_payer_count > payer_count",
        "Payers are at most the super chats, repeat payers at most all payers.",
    )
    return table


def _agg_response_quality() -> TableChecks:
    table = _table("agg_response_quality")
    table.has_columns(
        f"activity_date {_KEYS} response_count response_mean_seconds response_p50_seconds response_p90_seconds"
        " response_p95_seconds slow_response_ratio interaction_count error_count errors_per_100_interactions"
        " reconnect_count reconnects_per_hour emotion_interaction_count emotion_counts batch_id loaded_at"
    )
    table.equal(
        "errors_equal_days",
        _sum("error_count", "agg_response_quality"),
        _sum("error_count", "agg_characters_daily"),
        "Errors add up to those of the days.",
    )
    table.equal(
        "responses_equal_sessions",
        _sum("response_count", "agg_response_quality"),
        _sum("response_count", "fct_stream_sessions"),
        "Each response time counts once.",
    )
    table.no_rows("slow_share_in_range", "slow_response_ratio not between 0 and 1", "Shares are 0 to 1.")
    table.no_rows(
        "quantiles_in_order",
        "response_p50_seconds > response_p90_seconds or response_p90_seconds > response_p95_seconds",
        "The quantiles of response times are in order.",
    )
    table.no_rows("emotions_are_json", "not json_valid(emotion_counts)", "The emotion mix is JSON.")
    return table


def _agg_character_comparison() -> TableChecks:
    table = _table("agg_character_comparison")
    table.has_columns(
        "period account_id character_account_id character_id other_account_id other_character_id first_date last_date"
        " shared_date_count session_count other_session_count is_withheld withheld_reason viewer_average"
        " other_viewer_average batch_id loaded_at"
    )
    table.in_set("period", ("last_7_days", "last_30_days", "all_time"))
    table.no_rows(
        "withheld_without_figures",
        "is_withheld and coalesce(viewer_average, other_viewer_average, response_mean_seconds,"
        " other_response_mean_seconds) is not null or is_withheld <> (withheld_reason is not null)",
        "Figures of too few sessions are withheld, and the row says so.",
    )
    table.no_rows(
        "account_is_of_both",
        "account_id <> case when character_account_id = other_account_id then other_account_id else '*' end",
        "A row belongs to an account only if both characters do.",
    )
    return table


def _dim_characters() -> TableChecks:
    table = _table("dim_characters")
    table.has_columns(
        f"{_KEYS} first_started_at last_started_at last_seen_at session_count live_session_count streamed_seconds"
        " hours_watched viewer_peak interaction_count super_chat_count converted_amount converted_currency batch_id"
        " loaded_at"
    )
    table.equal(
        "sessions_equal_fact",
        _sum("session_count", "dim_characters"),
        "select count(*) from livestream.fct_stream_sessions",
        "Each session counts for one character.",
    )
    table.no_rows("times_in_order", "first_started_at > last_started_at", "First is not after last.")
    return table

"""Marts of the domain `social`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, Scope, TableChecks
from expectations.suites.mart import day_over_day_drift, freshness, ratio_of_columns
from expectations.suites.raw import loaded_rows

SUITE = "social"
_EVENTS = "select count(*) from social.fct_events"


def suite() -> Iterable[Check]:
    """Checks of facts, aggregates and dimensions; the sums of aggregates equal the facts."""
    tables = (
        _fct_events(),
        _fct_sessions(),
        _agg_events_hourly(),
        _agg_events_daily(),
        _agg_activity_daily(),
        _agg_events_period(),
        _agg_revenue_daily(),
        _agg_content_daily(),
        _dim_users(),
        _dim_content(),
        _agg_schema_versions_daily(),
        _analytics_aggregations(),
    )
    for table in tables:
        yield from table


def _table(name: str, row_scope: Scope = "all") -> TableChecks:
    return TableChecks(SUITE, f"{SUITE}.{name}", row_scope)


def _sum(column: str, table: str, where: str = "true") -> str:
    return f"select sum({column}) from social.{table} where {where}"


def _fct_events() -> TableChecks:
    table = _table("fct_events", row_scope="new")
    table.has_columns(
        "event_id event_type user_id session_key session_id occurred_at event_date event_hour_at"
        " schema_version platform user_agent_hash ip_address_hash content_type content_id"
        " view_duration_seconds dwell_seconds scroll_depth_ratio referrer action target_type target_id product_id"
        " order_id amount currency quantity payment_method conversion_path stream_id is_late has_event_id data"
        " batch_id loaded_at"
    )
    table.query(
        "volume",
        f"select case when ({loaded_rows('raw_social.events')}) > 0"
        " and not exists (select 1 from social.fct_events) then 1 else 0 end",
        "The fact holds rows if any raw event was loaded.",
    )
    table.query(
        "raw_events_present",
        "select count(*) from raw_social.events r anti join social.fct_events f on f.event_id = r.event_id"
        " where r._dlt_load_id in ($new_loads)",
        "Every loaded raw event is in the fact: raw rows = events + duplicates.",
        scope="new",
    )
    table.query(
        "not_more_than_raw",
        f"select greatest(({_EVENTS}) - ({loaded_rows('raw_social.events')}), 0)",
        "There are at most as many events as loaded raw rows.",
    )
    for column in ("event_id", "event_type", "occurred_at", "event_date", "event_hour_at", "loaded_at"):
        table.not_null(column)
    table.no_rows(
        "hour_contains_event",
        "occurred_at < event_hour_at or occurred_at >= event_hour_at + interval 1 hour",
        "An event lies in its reporting hour.",
    )
    table.no_rows(
        "date_near_event",
        "abs(date_diff('day', event_date, occurred_at::date)) > 1",
        "The reporting date is at most one day from the UTC date.",
    )
    table.no_rows(
        "session_key_where_known",
        "(session_key is null) <> (user_id is null and session_id is null)",
        "An event has a session unless it has neither user nor session id.",
    )
    table.no_rows(
        "dwell_within_duration",
        "dwell_seconds < 0 or dwell_seconds > greatest(view_duration_seconds, 0)"
        " or (dwell_seconds is null) <> (view_duration_seconds is null or event_type <> 'view')",
        "A view's dwell is at most its duration, and 0 where a client measured a negative one.",
    )
    table.no_rows(
        "view_duration_not_negative",
        "view_duration_seconds < 0",
        "No view has a negative duration.",
        "warning",
    )
    table.no_rows(
        "scroll_depth_in_range",
        "scroll_depth_ratio not between 0 and 1",
        "Scroll depth is 0 to 1.",
        "warning",
    )
    # Shops tell refunds as purchases below zero; a sign that turned is told by most of them.
    for column in ("amount", "quantity"):
        table.share_at_most(
            f"{column}_negative_share",
            f"{column} < 0",
            0.5,
            f"Of the purchases that tell {column}, at most half are below zero: refunds.",
            of=f"{column} is not null",
        )
    table.no_rows(
        "currency_is_code",
        "not regexp_full_match(currency, '[A-Z]{3}')",
        "Currencies are ISO 4217 codes.",
        "warning",
    )
    table.share_at_most(
        "future_share",
        "occurred_at > loaded_at + interval 1 day",
        0.001,
        "At most 0.1 % of the events happened over a day after they were loaded: clients' clocks.",
    )
    table.share_at_most(
        "purchase_amount_null_share",
        "amount is null",
        0.05,
        "At most 5 % of the purchases have no amount.",
        of="event_type = 'purchase'",
    )
    freshness(table)
    return table


def _fct_sessions() -> TableChecks:
    table = _table("fct_sessions", row_scope="new")
    table.has_columns(
        "session_key session_id user_id session_date started_at ended_at duration_seconds event_count"
        " view_count engagement_count purchase_count stream_count platform is_client_session is_cut"
        " first_event_id batch_id loaded_at"
    )
    table.not_null("session_key")
    table.no_rows(
        "times_in_order",
        "started_at is null or ended_at is null or ended_at < started_at",
        "A session ends when it starts or later.",
    )
    table.no_rows(
        "duration_consistent",
        "duration_seconds is null"
        " or abs(duration_seconds - date_diff('microsecond', started_at, ended_at) / 1e6) > 0.001",
        "The duration is the time from start to end.",
    )
    table.no_rows("at_most_three_days", "duration_seconds > 3 * 86400 + 0.001", "Sessions over three days are cut.")
    table.no_rows("event_count_positive", "coalesce(event_count, 0) < 1", "A session has an event.")
    table.no_rows(
        "counts_within_events",
        "view_count + engagement_count + purchase_count + stream_count > event_count",
        "Events by type are at most all events of the session.",
    )
    table.equal(
        "events_equal_fact",
        _sum("event_count", "fct_sessions"),
        f"{_EVENTS} where session_key is not null",
        "Sessions hold each event with a session once.",
    )
    return table


def _agg_events_hourly() -> TableChecks:
    table = _table("agg_events_hourly")
    table.has_columns(
        "hour_at event_date hour_of_day event_type event_count user_count session_count batch_id loaded_at"
    )
    table.equal(
        "events_equal_fact",
        _sum("event_count", "agg_events_hourly"),
        _EVENTS,
        "The hours hold each event once.",
    )
    _distinct_counts(table)
    table.no_rows("hour_of_day_in_range", "hour_of_day not between 0 and 23", "Hours of the day are 0 to 23.")
    return table


def _agg_events_daily() -> TableChecks:
    table = _table("agg_events_daily")
    table.has_columns("event_date event_type event_count user_count session_count late_event_count batch_id loaded_at")
    table.equal(
        "events_equal_fact",
        _sum("event_count", "agg_events_daily"),
        _EVENTS,
        "The days hold each event once.",
    )
    table.equal(
        "late_events_equal_fact",
        _sum("late_event_count", "agg_events_daily"),
        f"{_EVENTS} where is_late",
        "The days hold each late event once.",
    )
    table.query(
        "equals_hours",
        "select count(*) from (select event_date, event_type, sum(event_count) as n"
        " from social.agg_events_hourly group by all) h"
        " full join social.agg_events_daily d on d.event_date = h.event_date and d.event_type = h.event_type"
        " where d.event_count is distinct from h.n",
        "For each date and type, the hours add up to the day.",
    )
    _distinct_counts(table)
    table.no_rows("late_within_events", "late_event_count > event_count", "Late events are events.")
    return table


def _agg_activity_daily() -> TableChecks:
    table = _table("agg_activity_daily")
    table.has_columns("event_date event_count user_count session_count new_user_count batch_id loaded_at")
    table.equal(
        "events_equal_fact",
        _sum("event_count", "agg_activity_daily"),
        _EVENTS,
        "The days hold each event once.",
    )
    table.equal(
        "new_users_equal_dimension",
        _sum("new_user_count", "agg_activity_daily"),
        "select count(*) from social.dim_users",
        "Each user is new on one date.",
    )
    _distinct_counts(table)
    table.no_rows("new_users_within_users", "new_user_count > user_count", "New users are active users.")
    table.query(
        "users_within_types",
        "select count(*) from social.agg_activity_daily a join (select event_date, max(user_count) as most,"
        " sum(user_count) as total from social.agg_events_daily group by all) t"
        " on t.event_date = a.event_date where a.user_count not between t.most and t.total",
        "People of a day are at least those of its busiest event type and at most the sum over the types.",
    )
    day_over_day_drift(table, "event_date", "event_count")
    day_over_day_drift(table, "event_date", "user_count")
    return table


def _agg_events_period() -> TableChecks:
    table = _table("agg_events_period")
    table.has_columns(
        "timeframe event_type period_started_at period_date event_count user_count session_count batch_id loaded_at"
    )
    table.in_set("timeframe", ("hour", "day", "week", "month"))
    table.query(
        "events_equal_fact",
        "select count(*) from (values ('hour'), ('day'), ('week'), ('month')) v(timeframe)"
        " left join (select timeframe, sum(event_count) as n from social.agg_events_period group by all) p"
        f" on p.timeframe = v.timeframe where coalesce(p.n, 0) <> ({_EVENTS})",
        "Each timeframe holds each event once; observed: timeframes that do not.",
    )
    _distinct_counts(table)
    table.no_rows("week_starts_monday", "timeframe = 'week' and isodow(period_date) <> 1", "Weeks start on Monday.")
    table.no_rows("month_starts_first", "timeframe = 'month' and day(period_date) <> 1", "Months start on the first.")
    return table


def _agg_revenue_daily() -> TableChecks:
    purchases = "from social.fct_events where event_type = 'purchase'"
    table = _table("agg_revenue_daily")
    table.has_columns(
        "event_date currency purchase_count order_count item_count revenue_amount buyer_count"
        " average_order_amount batch_id loaded_at"
    )
    table.equal(
        "revenue_equals_fact",
        _sum("revenue_amount", "agg_revenue_daily"),
        f"select sum(amount) {purchases}",
        "Revenue over all dates and currencies is the sum of the purchases' amounts.",
    )
    table.equal(
        "purchases_equal_fact",
        _sum("purchase_count", "agg_revenue_daily"),
        f"select count(*) {purchases}",
        "Each purchase counts once.",
    )
    table.not_null("currency")
    table.no_rows(
        "people_and_orders_within_purchases",
        "greatest(order_count, buyer_count) > purchase_count",
        "Neither orders nor buyers are more than purchases.",
    )
    table.no_rows(
        "average_of_orders",
        "average_order_amount is not null and (order_count = 0 or revenue_amount is null)",
        "Only orders that name an amount have an average.",
    )
    day_over_day_drift(table, "event_date", "purchase_count", factor=6)
    return table


def _agg_content_daily() -> TableChecks:
    table = _table("agg_content_daily", row_scope="new")
    table.has_columns(
        "event_date content_type content_id view_count viewer_count dwell_seconds dwell_raw_seconds"
        " dwell_view_count engagement_count engaged_user_count engagement_per_view batch_id loaded_at"
    )
    table.equal(
        "views_equal_fact",
        _sum("view_count", "agg_content_daily"),
        f"{_EVENTS} where event_type = 'view' and content_type is not null and content_id is not null",
        "Each view of known content counts once.",
    )
    table.no_rows(
        "people_within_counts",
        "viewer_count > view_count or engaged_user_count > engagement_count",
        "Neither viewers nor engaged users are more than what they did.",
    )
    table.equal(
        "dwell_equals_fact",
        _sum("dwell_seconds", "agg_content_daily"),
        "select sum(dwell_seconds) from social.fct_events where content_type is not null and content_id is not null",
        "Each view's dwell counts once.",
        # Days are sums of microseconds, and events are not rounded.
        tolerance=1,
    )
    table.no_rows("dwell_from_views", "dwell_view_count > view_count", "Dwell is measured for views.")
    ratio_of_columns(table, "engagement_per_view", "engagement_count", "view_count")
    return table


def _dim_users() -> TableChecks:
    table = _table("dim_users")
    table.has_columns(
        "user_id first_seen_at last_seen_at first_platform event_count session_count purchase_count"
        " active_day_count batch_id loaded_at"
    )
    table.not_null("user_id")
    table.equal(
        "events_equal_fact",
        _sum("event_count", "dim_users"),
        f"{_EVENTS} where user_id is not null",
        "Each event of a known user counts for one user.",
    )
    table.no_rows("times_in_order", "first_seen_at > last_seen_at", "First seen is not after last seen.")
    table.no_rows(
        "counts_within_events",
        "greatest(session_count, purchase_count, active_day_count) > event_count or event_count < 1",
        "Sessions, purchases and active days of a user are at most the events.",
    )
    return table


def _dim_content() -> TableChecks:
    table = _table("dim_content")
    table.has_columns(
        "content_key content_type content_id first_seen_at last_seen_at view_count engagement_count batch_id loaded_at"
    )
    table.not_null("content_key")
    table.equal(
        "views_equal_days",
        _sum("view_count", "dim_content"),
        _sum("view_count", "agg_content_daily"),
        "Views of content add up to the views by day.",
    )
    table.equal(
        "engagement_equals_days",
        _sum("engagement_count", "dim_content"),
        _sum("engagement_count", "agg_content_daily"),
        "Engagement with content adds up to the engagement by day.",
    )
    table.no_rows("times_in_order", "first_seen_at > last_seen_at", "First seen is not after last seen.")
    return table


def _agg_schema_versions_daily() -> TableChecks:
    table = _table("agg_schema_versions_daily")
    table.has_columns("event_date schema_version event_count user_count event_share_ratio batch_id loaded_at")
    table.equal(
        "events_equal_fact",
        _sum("event_count", "agg_schema_versions_daily"),
        _EVENTS,
        "The schema versions hold each event once.",
    )
    table.no_rows("share_in_range", "event_share_ratio not between 0 and 1", "Shares are 0 to 1.")
    table.query(
        "shares_sum_to_one",
        "select count(*) from (select event_date from social.agg_schema_versions_daily group by 1"
        " having abs(sum(event_share_ratio) - 1) > 1e-6)",
        "The shares of a day add up to 1.",
    )
    return table


def _analytics_aggregations() -> TableChecks:
    table = _table("analytics_aggregations")
    table.has_columns("id timeframe event_type timestamp count metadata")
    table.equal(
        "counts_equal_periods",
        'select sum("count") from social.analytics_aggregations',
        _sum("event_count", "agg_events_period"),
        "The table of the tracking service holds the counts of agg_events_period.",
    )
    table.no_rows("metadata_is_json", "not json_valid(metadata::varchar)", "metadata is JSON.")
    return table


def _distinct_counts(table: TableChecks) -> None:
    table.no_rows(
        "distinct_within_events",
        "greatest(user_count, session_count) > event_count or event_count < 1",
        "Neither people nor sessions are more than the events.",
    )

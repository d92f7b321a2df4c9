"""Faults of the social marts."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, few, names, one


def cases() -> Iterator[Case]:
    """Faults that the suite social must see."""
    suite = "social"
    for table in (
        *("fct_events", "fct_sessions", "agg_events_hourly", "agg_events_daily", "agg_activity_daily"),
        *("agg_events_period", "agg_revenue_daily", "agg_content_daily", "dim_users", "dim_content"),
        "agg_schema_versions_daily",
    ):
        yield Case(suite, f"{table}_columns", f"alter table social.{table} rename column batch_id to other")
    events = "social.fct_events"
    everywhere = names(
        "agg_events_hourly_events_equal_fact agg_events_daily_events_equal_fact"
        " agg_activity_daily_events_equal_fact agg_events_period_events_equal_fact"
        " dim_users_events_equal_fact agg_schema_versions_daily_events_equal_fact fct_sessions_events_equal_fact"
    )
    purchases = names("agg_revenue_daily_revenue_equals_fact agg_revenue_daily_purchases_equal_fact")
    views = names("agg_content_daily_views_equal_fact agg_content_daily_dwell_equals_fact")
    yield Case(
        suite,
        "fct_events_volume",
        f"delete from {events}",
        everywhere | purchases | views | names("fct_events_raw_events_present agg_events_daily_late_events_equal_fact"),
    )
    yield Case(
        suite,
        "fct_events_raw_events_present",
        f"delete from {events} where event_id = (select min(event_id) from {events}"
        " where event_type = 'stream' and not is_late)",
        everywhere,
    )
    yield Case(
        suite,
        "fct_events_not_more_than_raw",
        f"insert into {events} select e.* replace ('new' || r.i as event_id, false as is_late)"
        f" from (select * from {events} where event_type = 'stream' limit 1) e, range(10) r(i)",
        everywhere,
    )
    yield Case(
        suite,
        "fct_events_event_id_not_null",
        one(events, "event_id = null"),
        names("fct_events_raw_events_present"),
    )
    yield Case(suite, "fct_events_event_type_not_null", one(events, "event_type = null", "event_type = 'stream'"))
    for column in ("occurred_at", "event_date", "event_hour_at", "loaded_at"):
        yield Case(suite, f"fct_events_{column}_not_null", one(events, f"{column} = null"))
    yield Case(
        suite,
        "fct_events_hour_contains_event",
        one(events, "event_hour_at = event_hour_at - interval 2 hour"),
    )
    yield Case(suite, "fct_events_date_near_event", one(events, "event_date = event_date + 2"))
    yield Case(
        suite,
        "fct_events_session_key_where_known",
        one(events, "session_key = null"),
        names("fct_sessions_events_equal_fact"),
    )
    yield Case(
        suite,
        "fct_events_dwell_within_duration",
        one(events, "view_duration_seconds = 12", "event_type = 'view'"),
    )
    yield Case(
        suite,
        "fct_events_view_duration_not_negative",
        one(events, "view_duration_seconds = -1, dwell_seconds = 0", "event_type = 'view'"),
        names("agg_content_daily_dwell_equals_fact"),
    )
    yield Case(suite, "fct_events_scroll_depth_in_range", one(events, "scroll_depth_ratio = 1.5"))
    yield Case(
        suite,
        "fct_events_amount_negative_share",
        few(events, "amount = -5", 0.51, "event_type = 'purchase'"),
        names("agg_revenue_daily_revenue_equals_fact"),
    )
    yield Case(
        suite, "fct_events_quantity_negative_share", few(events, "quantity = -1", 0.51, "event_type = 'purchase'")
    )
    yield Case(suite, "fct_events_currency_is_code", one(events, "currency = 'euro'", "event_type = 'purchase'"))
    yield Case(
        suite,
        "fct_events_future_share",
        few(
            events,
            "occurred_at = occurred_at + interval 9 day, event_date = event_date + 9,"
            " event_hour_at = event_hour_at + interval 9 day",
            0.01,
        ),
    )
    yield Case(
        suite,
        "fct_events_purchase_amount_null_share",
        few(events, "amount = null", 0.1, "event_type = 'purchase'"),
        names("agg_revenue_daily_revenue_equals_fact"),
    )
    yield Case(
        suite,
        "fct_events_freshness",
        f"update {events} set loaded_at = loaded_at - interval 4 day",
        names("fct_events_future_share"),
    )
    yield from _sessions()
    yield from _events_aggregates()
    yield from _money_and_content()
    yield from _dimensions()


def _sessions() -> Iterator[Case]:
    suite, sessions = "social", "social.fct_sessions"
    duration = "fct_sessions_duration_consistent"
    yield Case(suite, "fct_sessions_session_key_not_null", one(sessions, "session_key = null"))
    yield Case(
        suite,
        "fct_sessions_times_in_order",
        one(sessions, "ended_at = started_at - interval 1 second, duration_seconds = -1"),
    )
    yield Case(suite, duration, one(sessions, "duration_seconds = duration_seconds + 1"))
    yield Case(
        suite,
        "fct_sessions_at_most_three_days",
        one(sessions, "ended_at = started_at + interval 4 day, duration_seconds = 4 * 86400"),
    )
    yield Case(
        suite,
        "fct_sessions_event_count_positive",
        one(
            sessions,
            "event_count = 0, view_count = 0, engagement_count = 0, purchase_count = 0, stream_count = 0",
        ),
        names("fct_sessions_events_equal_fact"),
    )
    yield Case(suite, "fct_sessions_counts_within_events", one(sessions, "view_count = event_count + 1"))
    yield Case(suite, "fct_sessions_events_equal_fact", one(sessions, "event_count = event_count + 1"))


def _events_aggregates() -> Iterator[Case]:
    suite = "social"
    hourly, daily, activity, period, versions = (
        *("social.agg_events_hourly", "social.agg_events_daily", "social.agg_activity_daily"),
        *("social.agg_events_period", "social.agg_schema_versions_daily"),
    )
    more = "event_count = event_count + 1"
    hours = names("agg_events_daily_equals_hours")
    yield Case(suite, "agg_events_hourly_events_equal_fact", one(hourly, more), hours)
    yield Case(suite, "agg_events_hourly_distinct_within_events", one(hourly, "user_count = event_count + 1"))
    yield Case(suite, "agg_events_hourly_hour_of_day_in_range", one(hourly, "hour_of_day = 24"))
    yield Case(suite, "agg_events_daily_events_equal_fact", one(daily, more), hours)
    yield Case(
        suite,
        "agg_events_daily_late_events_equal_fact",
        one(daily, "late_event_count = late_event_count + 1", "late_event_count < event_count"),
    )
    yield Case(
        suite,
        "agg_events_daily_equals_hours",
        f"update {hourly} set event_date = event_date - 1"
        f" where rowid = (select min(rowid) from {hourly}"
        f" where event_date > (select min(event_date) from {hourly}))",
    )
    yield Case(
        suite,
        "agg_events_daily_distinct_within_events",
        one(daily, "session_count = event_count + 1"),
    )
    yield Case(
        suite,
        "agg_events_daily_late_within_events",
        f"update {daily} set late_event_count = late_event_count"
        " + (event_count + 1) * case event_type when 'view' then 1 else -1 end where event_type in ('view', 'stream')"
        f" and event_date = (select max(event_date) - 1 from {daily})",
    )
    yield Case(suite, "agg_activity_daily_events_equal_fact", one(activity, more))
    yield Case(
        suite,
        "agg_activity_daily_new_users_equal_dimension",
        one(activity, "new_user_count = new_user_count + 1", "new_user_count < user_count"),
    )
    yield Case(
        suite,
        "agg_activity_daily_distinct_within_events",
        one(activity, "session_count = event_count + 1"),
    )
    yield Case(
        suite,
        "agg_activity_daily_new_users_within_users",
        one(activity, "new_user_count = user_count + 1"),
        names("agg_activity_daily_new_users_equal_dimension"),
    )
    last_but_one = f"(select max(event_date) - 1 from {activity})"
    yield Case(
        suite,
        "agg_activity_daily_users_within_types",
        # A day that no drift is measured on, whatever the order of the rows.
        one(activity, "user_count = 1", f"new_user_count = 0 and event_date < {last_but_one}"),
    )
    yield Case(
        suite,
        "agg_activity_daily_event_count_drift",
        f"update {activity} set event_count = event_count * 9 where event_date = {last_but_one}",
        names("agg_activity_daily_events_equal_fact"),
    )
    yield Case(
        suite,
        "agg_activity_daily_user_count_drift",
        f"update {activity} set user_count = 1 where event_date = {last_but_one}",
        names("agg_activity_daily_users_within_types"),
    )
    yield Case(
        suite,
        "agg_events_period_timeframe_in_set",
        f"insert into {period} by name select * replace ('year' as timeframe) from {period} limit 1",
        names("analytics_aggregations_counts_equal_periods"),
    )
    yield Case(
        suite,
        "agg_events_period_events_equal_fact",
        one(period, more),
        names("analytics_aggregations_counts_equal_periods"),
    )
    yield Case(suite, "agg_events_period_distinct_within_events", one(period, "user_count = event_count + 1"))
    for name, frame in (("week_starts_monday", "week"), ("month_starts_first", "month")):
        yield Case(
            suite,
            f"agg_events_period_{name}",
            one(period, "period_date = period_date + 1", f"timeframe = '{frame}'"),
        )
    yield Case(suite, "agg_schema_versions_daily_events_equal_fact", one(versions, more))
    yield Case(
        suite,
        "agg_schema_versions_daily_share_in_range",
        one(versions, "event_share_ratio = 1.5"),
        names("agg_schema_versions_daily_shares_sum_to_one"),
    )
    yield Case(
        suite,
        "agg_schema_versions_daily_shares_sum_to_one",
        one(versions, "event_share_ratio = event_share_ratio / 2"),
    )
    seed = "social.analytics_aggregations"
    yield Case(suite, "analytics_aggregations_columns", f"alter table {seed} rename column id to other")
    yield Case(suite, "analytics_aggregations_counts_equal_periods", one(seed, '"count" = "count" + 1'))
    yield Case(suite, "analytics_aggregations_metadata_is_json", one(seed, "metadata = '{'"))


def _money_and_content() -> Iterator[Case]:
    suite, revenue, content = "social", "social.agg_revenue_daily", "social.agg_content_daily"
    average = "agg_revenue_daily_average_of_orders"
    yield Case(
        suite,
        "agg_revenue_daily_revenue_equals_fact",
        one(revenue, "revenue_amount = revenue_amount + 0.000001"),
    )
    yield Case(suite, "agg_revenue_daily_purchases_equal_fact", one(revenue, "purchase_count = purchase_count + 1"))
    yield Case(suite, "agg_revenue_daily_currency_not_null", one(revenue, "currency = null"))
    yield Case(
        suite,
        "agg_revenue_daily_people_and_orders_within_purchases",
        one(revenue, "buyer_count = purchase_count + 1"),
    )
    yield Case(suite, average, one(revenue, "order_count = 0"))
    day = f"(select max(event_date) - 1 from {revenue})"
    yield Case(
        suite,
        "agg_revenue_daily_purchase_count_drift",
        f"create or replace table {revenue} as select * replace (purchase_count * 3 as purchase_count)"
        f" from {revenue}; update {revenue} set purchase_count = purchase_count * 9 where event_date = {day}",
        names("agg_revenue_daily_purchases_equal_fact"),
    )
    yield Case(
        suite,
        "agg_content_daily_views_equal_fact",
        one(content, "view_count = view_count + 1", "view_count > 0")
        + "; update social.dim_content d set view_count = (select sum(view_count)"
        " from social.agg_content_daily c where c.content_id = d.content_id);"
        f" update {content} set engagement_per_view = engagement_count / nullif(view_count, 0)",
    )
    yield Case(
        suite,
        "agg_content_daily_people_within_counts",
        one(content, "viewer_count = view_count + 1"),
    )
    yield Case(
        suite,
        "agg_content_daily_dwell_equals_fact",
        one(content, "dwell_seconds = dwell_seconds + 2"),
    )
    yield Case(
        suite,
        "agg_content_daily_dwell_from_views",
        one(content, "dwell_view_count = view_count + 1"),
    )
    yield Case(
        suite,
        "agg_content_daily_engagement_per_view_consistent",
        one(content, "engagement_per_view = 9", "view_count > 0"),
    )


def _dimensions() -> Iterator[Case]:
    suite, users, content = "social", "social.dim_users", "social.dim_content"
    yield Case(suite, "dim_users_user_id_not_null", one(users, "user_id = null"))
    yield Case(suite, "dim_users_events_equal_fact", one(users, "event_count = event_count + 1"))
    yield Case(suite, "dim_users_times_in_order", one(users, "last_seen_at = first_seen_at - interval 1 day"))
    yield Case(suite, "dim_users_counts_within_events", one(users, "session_count = event_count + 1"))
    yield Case(suite, "dim_content_content_key_not_null", one(content, "content_key = null"))
    yield Case(suite, "dim_content_views_equal_days", one(content, "view_count = view_count + 1"))
    yield Case(suite, "dim_content_engagement_equals_days", one(content, "engagement_count = engagement_count + 1"))
    yield Case(suite, "dim_content_times_in_order", one(content, "last_seen_at = first_seen_at - interval 1 day"))

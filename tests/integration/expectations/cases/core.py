"""Faults of the calendar, of what happened anywhere, and of moments."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, names, one


def cases() -> Iterator[Case]:
    """Faults that the suite core must see."""
    suite, dates, hours = "core", "core.dim_dates", "core.dim_hours"
    middle = "(select min(date) + 5 from core.dim_dates)"
    yield Case(
        suite,
        "dim_dates_columns",
        f"alter table {dates} rename column hours_in_day to other",
        errors=names("dim_dates_length_possible dim_hours_equal_calendar"),
    )
    yield Case(
        suite,
        "dim_dates_date_not_null",
        f"update {dates} set date = null where date = (select max(date) from {dates})",
        names("dim_hours_equal_calendar"),
    )
    yield Case(
        suite,
        "dim_dates_no_gaps",
        f"delete from {dates} where date = {middle}",
        names("dim_dates_days_join dim_dates_covers_activity dim_hours_equal_calendar"),
    )
    yield Case(
        suite,
        "dim_dates_length_possible",
        f"update {dates} set ended_at = started_at + interval 30 hour where date = (select max(date) from {dates})",
    )
    yield Case(
        suite,
        "dim_dates_days_join",
        f"update {dates} set started_at = started_at + interval 30 minute where date = {middle}",
    )
    # Of one row, so that nothing else is wrong with the day.
    yield Case(
        suite,
        "dim_dates_covers_activity",
        one("core.agg_domains_daily", "activity_date = date '2090-01-01'"),
    )
    yield Case(suite, "dim_hours_columns", f"alter table {hours} rename column is_repeated_hour to other")
    yield Case(suite, "dim_hours_hour_at_not_null", one(hours, "hour_at = null"))
    yield Case(suite, "dim_hours_hour_of_day_in_range", one(hours, "hour_of_day = 24"))
    yield Case(suite, "dim_hours_equal_calendar", f"delete from {hours} where date = {middle} and hour_of_day = 3")
    yield from _activity()
    yield from _moments()


def _activity() -> Iterator[Case]:
    spine, daily = "core.fct_activity", "core.agg_domains_daily"
    yield Case("core", "fct_activity_columns", f"alter table {spine} rename column place to other")
    yield Case("core", "fct_activity_activity_id_not_null", one(spine, "activity_id = null"))
    yield Case("core", "fct_activity_dated", one(spine, "activity_date = activity_date + 3"))
    yield Case("core", "fct_activity_ends_after_begin", one(spine, "ended_at = started_at - interval 1 second"))
    yield Case("core", "fct_activity_value_has_unit", one(spine, "unit = null"))
    yield Case("core", "agg_domains_daily_columns", f"alter table {daily} rename column loaded_at to other")
    yield Case(
        "core",
        "agg_domains_daily_equal_activities",
        f"delete from {spine} where rowid = (select min(rowid) from {spine})",
    )
    yield Case(
        "core",
        "agg_domains_daily_one_row_a_day",
        f"insert into {daily} select * replace (1 as activity_count, 0 as person_count, 0 as account_count) from {daily}"
        " where domain = 'livestream' limit 1; "
        + one(daily, "activity_count = activity_count - 1", "domain = 'livestream' and activity_count > 1"),
    )
    yield Case(
        "core",
        "agg_domains_daily_counts_possible",
        one(daily, "person_count = activity_count + 1", "domain = 'social'"),
    )


def _moments() -> Iterator[Case]:
    table = "core.agg_stream_moments"
    yield Case("core", "agg_stream_moments_columns", f"alter table {table} rename column clip_count to other")
    yield Case(
        "core",
        "agg_stream_moments_moment_measure_in_set",
        one(table, "moment_measure = 'luck'", "cause_measure is null"),
        names("agg_stream_moments_score_is_of_its_measure"),
    )
    yield Case(
        "core",
        "agg_stream_moments_score_is_of_its_measure",
        one(table, "moment_score = moment_score + 1", "moment_rank = 1"),
    )
    yield Case("core", "agg_stream_moments_cause_comes_before", one(table, "lag_seconds = -60", "lag_seconds = 60"))
    yield Case(
        "core",
        "agg_stream_moments_ranked_by_score",
        f"update {table} set moment_rank = 3 - moment_rank where session_id = (select min(session_id) from {table})",
    )
    yield Case(
        "core",
        "agg_stream_moments_one_row_a_minute",
        f"insert into {table} select * replace (3 as moment_rank, 1 as moment_score, 1 as viewer_count_z) from {table}"
        " where moment_measure = 'viewer_count' limit 1",
    )
    yield Case("core", "agg_stream_moments_belong_to_streams", one(table, "account_id = 'other'"))

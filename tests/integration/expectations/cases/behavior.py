"""Faults of behaviour's marts."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, names, one

SUITE = "behavior"


def _case(check: str, sql: str, also: str = "", errors: str = "") -> Case:
    return Case(SUITE, check, sql, names(also), names(errors))


def cases() -> Iterator[Case]:
    """Faults that the suite behavior must see."""
    for table in (
        *("fct_funnel_attempts", "agg_funnels", "agg_retention", "agg_retention_periods", "agg_cohorts"),
        *("agg_lifecycle", "agg_stickiness", "agg_journeys", "agg_journey_paths", "agg_conversion_paths"),
        *("fct_dwell", "agg_dwell_content", "agg_people", "agg_people_topics"),
    ):
        yield _case(f"{table}_columns", f"alter table behavior.{table} rename column batch_id to other")
    yield from _funnels()
    yield from _retention()
    yield from _journeys_and_dwell()


def _funnels() -> Iterator[Case]:
    attempts, cells = "behavior.fct_funnel_attempts", "behavior.agg_funnels"
    yield _case(
        "fct_funnel_attempts_steps_after_start",
        one(attempts, "step_2_at = step_1_at - interval 1 second", "deepest_step = 2"),
    )
    yield _case("fct_funnel_attempts_deepest_step_reached", one(attempts, "deepest_step = 4"))
    yield _case("fct_funnel_attempts_freshness", f"update {attempts} set loaded_at = loaded_at - interval 30 day")
    yield _case(
        "agg_funnels_starts_equal_attempts",
        one(cells, "entered_count = entered_count + 1, dropped_count = dropped_count + 1", "step = 1"),
    )
    yield _case("agg_funnels_converted_within_entered", one(cells, "converted_count = entered_count + 1"))
    yield _case("agg_funnels_withheld_shows_nothing", one(cells, "is_withheld = true"))


def _retention() -> Iterator[Case]:
    cells, means, cohorts = "behavior.agg_retention", "behavior.agg_retention_periods", "behavior.agg_cohorts"
    yield _case("agg_retention_returned_within_cohort", one(cells, "returned_count = cohort_size + 1", "is_mature"))
    yield _case("agg_retention_unfinished_is_null", one(cells, "returned_count = 0", "not is_mature"))
    yield _case("agg_retention_size_same_in_all_periods", one(cells, "cohort_size = cohort_size + 1", "not is_mature"))
    yield _case("agg_retention_periods_people_equal_finished_cohorts", f"delete from {means} where period = 0")
    yield _case("agg_retention_periods_mean_is_weighted", one(means, "retention_ratio = 0.3"))
    yield _case("agg_cohorts_payers_within_cohort", one(cohorts, "payer_count = cohort_size + 1"))
    yield _case("agg_cohorts_value_consistent", one(cohorts, "value_per_person_amount = value_per_person_amount + 1"))
    yield _case("agg_lifecycle_state_in_set", one("behavior.agg_lifecycle", "state = 'asleep'"))
    yield _case("agg_lifecycle_unfinished_is_null", one("behavior.agg_lifecycle", "people_count = 0", "not is_mature"))
    yield _case("agg_stickiness_intervals_within_period", one("behavior.agg_stickiness", "active_interval_count = 32"))


def _journeys_and_dwell() -> Iterator[Case]:
    dwell, people = "behavior.fct_dwell", "behavior.agg_people"
    yield _case(
        "agg_journeys_starts_equal_sessions",
        one("behavior.agg_journeys", "session_count = session_count + 1", "timeframe = 'all_time'"),
    )
    yield _case(
        "agg_journey_paths_sessions_equal_facts", "delete from behavior.agg_journey_paths where timeframe = 'week'"
    )
    yield _case(
        "agg_conversion_paths_timeframes_hold_the_same_purchases",
        one("behavior.agg_conversion_paths", "purchase_count = purchase_count + 1", "timeframe = 'week'"),
    )
    yield _case("fct_dwell_views_equal_facts", one(dwell, "view_count = view_count + 1"))
    yield _case("fct_dwell_heartbeats_repeat_without_effect", one(dwell, "heartbeat_bucket_count = 1"))
    yield _case(
        "agg_dwell_content_visits_equal_facts", one("behavior.agg_dwell_content", "visit_count = visit_count + 1")
    )
    yield _case("agg_people_events_equal_facts", one(people, "event_count = event_count + 1"))
    yield _case("agg_people_hour_in_range", one(people, "most_active_hour = 24"))
    yield _case("agg_people_topics_scores_positive", one("behavior.agg_people_topics", "score = 0"))

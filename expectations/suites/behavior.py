"""Marts of the domain `behavior`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites.mart import freshness

SUITE = "behavior"
_STEP_TIMES = " ".join(f"step_{number}_at" for number in range(1, 11))
_HOURS = " ".join(f"hour_{hour:02d}_count" for hour in range(24))


def suite() -> Iterable[Check]:
    """Checks of funnels, retention, lifecycle, journeys and dwell; counts equal the attempts, sessions and events."""
    tables = (
        _fct_funnel_attempts(),
        _agg_funnels(),
        _agg_retention(),
        _agg_retention_periods(),
        _agg_cohorts(),
        _agg_lifecycle(),
        _agg_stickiness(),
        _agg_journeys(),
        _agg_journey_paths(),
        _agg_conversion_paths(),
        _fct_dwell(),
        _agg_dwell_content(),
        _agg_people(),
        _agg_people_topics(),
    )
    for table in tables:
        yield from table


def _table(name: str) -> TableChecks:
    return TableChecks(SUITE, f"{SUITE}.{name}")


def _sum(column: str, table: str, where: str = "true") -> str:
    return f"select sum({column}) from behavior.{table} where {where}"


def _fct_funnel_attempts() -> TableChecks:
    table = _table("fct_funnel_attempts")
    table.has_columns(
        "funnel_name unit unit_key person_id entry_date breakdown_value deepest_step is_converted"
        f" {_STEP_TIMES} definition_key batch_id loaded_at"
    )
    table.no_rows(
        "steps_after_start",
        " or ".join(f"step_{number}_at < step_1_at" for number in range(2, 11)),
        "No step comes before the start of its attempt.",
    )
    table.no_rows(
        "deepest_step_reached",
        "step_1_at is null or deepest_step <> "
        + "case "
        + " ".join(f"when step_{number}_at is not null then {number}" for number in range(10, 0, -1))
        + " end",
        "The deepest step is the last one with a time.",
    )
    freshness(table)
    return table


def _agg_funnels() -> TableChecks:
    table = _table("agg_funnels")
    table.has_columns(
        "funnel_name unit mode timeframe period_date breakdown_value step step_event is_optional entered_count"
        " converted_count dropped_count conversion_from_previous_ratio conversion_from_first_ratio"
        " median_seconds_from_previous p90_seconds_from_previous median_seconds_from_first p90_seconds_from_first"
        " is_mature is_withheld batch_id loaded_at"
    )
    table.equal(
        "starts_equal_attempts",
        _sum("entered_count", "agg_funnels", "timeframe = 'day' and breakdown_value = '(all)' and step = 1"),
        "select count(distinct (funnel_name, unit_key, person_id, entry_date)) from behavior.fct_funnel_attempts",
        "On each date, everyone with an attempt enters step 1 once.",
    )
    table.no_rows(
        "converted_within_entered",
        "converted_count > entered_count or dropped_count <> entered_count - converted_count",
        "Who converts has entered, and who has not converted has dropped off.",
    )
    table.no_rows(
        "withheld_shows_nothing",
        "is_withheld and coalesce(converted_count, dropped_count, conversion_from_previous_ratio,"
        " conversion_from_first_ratio, median_seconds_from_previous, p90_seconds_from_first) is not null",
        "Cells of few people show no figures.",
    )
    return table


def _agg_retention() -> TableChecks:
    table = _table("agg_retention")
    table.has_columns(
        "retention_name interval cohort_date breakdown_value period cohort_size returned_count retention_ratio"
        " is_mature is_withheld batch_id loaded_at"
    )
    table.no_rows("returned_within_cohort", "returned_count > cohort_size", "Who returns is of the cohort.")
    table.no_rows(
        "unfinished_is_null",
        "(not is_mature or is_withheld) and (returned_count is not null or retention_ratio is not null)",
        "Periods that have not ended and cohorts of few people show no figures, not 0.",
    )
    table.query(
        "size_same_in_all_periods",
        "select count(*) from (select 1 from behavior.agg_retention group by retention_name, cohort_date,"
        " breakdown_value having count(distinct cohort_size) > 1)",
        "A cohort has one size.",
    )
    return table


def _agg_retention_periods() -> TableChecks:
    table = _table("agg_retention_periods")
    table.has_columns(
        "retention_name interval breakdown_value period cohort_count people_count returned_count retention_ratio"
        " is_withheld batch_id loaded_at"
    )
    table.equal(
        "people_equal_finished_cohorts",
        _sum("people_count", "agg_retention_periods"),
        _sum("cohort_size", "agg_retention", "is_mature"),
        "A mean is over the people of all cohorts whose period has ended.",
    )
    table.no_rows(
        "mean_is_weighted",
        "abs(retention_ratio - returned_count / people_count) > 1e-9",
        "The mean is weighted by the cohorts' sizes.",
    )
    return table


def _agg_cohorts() -> TableChecks:
    table = _table("agg_cohorts")
    table.has_columns(
        "retention_name interval cohort_date period currency cohort_size is_mature is_withheld payer_count"
        " purchase_count revenue_amount cumulative_revenue_amount value_per_person_amount batch_id loaded_at"
    )
    table.no_rows("payers_within_cohort", "payer_count > cohort_size", "Who pays is of the cohort.")
    table.no_rows(
        "value_consistent",
        "abs(value_per_person_amount::double - cumulative_revenue_amount::double / cohort_size)"
        " > 1e-5 + 1e-9 * abs(cumulative_revenue_amount::double)",
        "The value per person is the revenue so far divided by the cohort's size.",
    )
    return table


def _agg_lifecycle() -> TableChecks:
    table = _table("agg_lifecycle")
    table.has_columns(
        "lifecycle_name interval interval_date state people_count is_mature is_withheld batch_id loaded_at"
    )
    table.in_set("state", ("new", "returning", "resurrecting", "dormant"))
    table.no_rows(
        "unfinished_is_null",
        "(not is_mature or is_withheld) and people_count is not null",
        "Intervals that have not ended show no figures, not 0.",
    )
    return table


def _agg_stickiness() -> TableChecks:
    table = _table("agg_stickiness")
    table.has_columns(
        "stickiness_name interval period period_date active_interval_count active_people_count people_count"
        " people_share_ratio is_mature is_withheld batch_id loaded_at"
    )
    table.no_rows(
        "intervals_within_period",
        "active_interval_count not between 1 and"
        " ceil(case period when 'week' then 7 when 'month' then 31 when 'quarter' then 92 else 366 end"
        " / case interval when 'day' then 1 when 'week' then 7 else 28 end)",
        "Nobody is active in more intervals than the period has.",
    )
    return table


def _agg_journeys() -> TableChecks:
    table = _table("agg_journeys")
    table.has_columns(
        "domain timeframe period_date from_kind to_kind people_count session_count transition_count"
        " transition_share_ratio mean_gap_seconds is_withheld batch_id loaded_at"
    )
    table.equal(
        "starts_equal_sessions",
        _sum("session_count", "agg_journeys", "domain = 'social' and timeframe = 'all_time' and from_kind = '(start)'"),
        "select count(*) from social.fct_sessions where user_id is not null",
        "Each session of a known person starts once.",
    )
    return table


def _agg_journey_paths() -> TableChecks:
    table = _table("agg_journey_paths")
    table.has_columns(
        "domain timeframe period_date path place session_count people_count session_share_ratio batch_id loaded_at"
    )
    table.query(
        "sessions_equal_facts",
        "select count(*) from (values ('week'), ('month'), ('all_time')) v(timeframe) left join (select timeframe,"
        " sum(session_count) as n from behavior.agg_journey_paths where domain = 'social' group by all) p"
        " on p.timeframe = v.timeframe"
        " where coalesce(p.n, 0) <> (select count(*) from social.fct_sessions where user_id is not null)",
        "Each timeframe holds the path of each known person's session once.",
    )
    return table


def _agg_conversion_paths() -> TableChecks:
    table = _table("agg_conversion_paths")
    table.has_columns(
        "timeframe period_date path_source path currency purchase_count people_count revenue_amount"
        " purchase_share_ratio is_withheld batch_id loaded_at"
    )
    table.query(
        "timeframes_hold_the_same_purchases",
        "select count(distinct n) - 1 from (select path_source, timeframe, sum(purchase_count) as n"
        " from behavior.agg_conversion_paths where path_source = 'observed' group by all)",
        "Weeks, months and all time hold the same purchases.",
    )
    return table


def _fct_dwell() -> TableChecks:
    table = _table("fct_dwell")
    table.has_columns(
        "session_key visitor_key person_id content_type content_id dwell_date first_event_at view_count"
        " view_dwell_seconds view_dwell_raw_seconds heartbeat_count heartbeat_bucket_count heartbeat_dwell_seconds"
        " dwell_seconds dwell_source definition_key batch_id loaded_at"
    )
    table.equal(
        "views_equal_facts",
        _sum("view_count", "fct_dwell"),
        "select count(*) from social.fct_events where event_type = 'view' and view_duration_seconds is not null"
        " and session_key is not null and content_type is not null and content_id is not null",
        "Each measured view of known content counts once.",
    )
    table.no_rows(
        "heartbeats_repeat_without_effect",
        "heartbeat_bucket_count > heartbeat_count or (heartbeat_dwell_seconds is null) <> (heartbeat_bucket_count = 0)",
        "Dwell from heartbeats counts intervals, at most one for each heartbeat.",
    )
    return table


def _agg_dwell_content() -> TableChecks:
    table = _table("agg_dwell_content")
    table.has_columns(
        "timeframe period_date content_type content_id visit_count people_count dwell_seconds mean_dwell_seconds"
        " median_dwell_seconds p90_dwell_seconds is_withheld batch_id loaded_at"
    )
    table.equal(
        "visits_equal_facts",
        _sum("visit_count", "agg_dwell_content", "timeframe = 'all_time'"),
        "select count(*) from behavior.fct_dwell",
        "Each visit counts once.",
    )
    return table


def _agg_people() -> TableChecks:
    table = _table("agg_people")
    table.has_columns(
        "domain person_id first_event_at last_event_at event_count session_count mean_session_seconds"
        f" median_session_seconds p90_session_seconds most_active_hour {_HOURS} batch_id loaded_at"
    )
    table.equal(
        "events_equal_facts",
        _sum("event_count", "agg_people", "domain = 'social'"),
        "select count(*) from social.fct_events where user_id is not null",
        "Each event of a known person counts once.",
    )
    table.no_rows("hour_in_range", "most_active_hour not between 0 and 23", "Hours of the day are 0 to 23.")
    return table


def _agg_people_topics() -> TableChecks:
    table = _table("agg_people_topics")
    table.has_columns("person_id place term term_count people_count score batch_id loaded_at")
    table.no_rows("scores_positive", "score <= 0", "A term that sets nobody apart is no topic.")
    return table

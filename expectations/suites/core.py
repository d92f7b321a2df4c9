"""What spans the domains: the calendar and its hours in the reporting time zone, all activities, moments of streams."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks

SUITE = "core"
# What a stream of fct_stream_sessions is known by, by domain.
_STREAMS = {"livestream": "session_id", "channels": "stream_id"}
_MEASURES = ("viewer_count", "super_chat_count", "clip_count", "interaction_count", "error_count")


def suite() -> Iterable[Check]:
    """The calendar has no gaps and covers all activity, the overview counts it, moments belong to streams."""
    for table in (_dim_dates(), _dim_hours(), _fct_activity(), _agg_domains_daily(), _agg_stream_moments()):
        yield from table


def _dim_dates() -> TableChecks:
    table = TableChecks(SUITE, "core.dim_dates")
    table.has_columns("date hours_in_day started_at ended_at")
    table.not_null("date")
    table.query(
        "no_gaps",
        "select count(*) from (select started_at, lag(ended_at) over (order by date) as ended_before,"
        " date - lag(date) over (order by date) as days from core.dim_dates)"
        " where days = 0 or (days > 1 and started_at is distinct from ended_before)",
        "Each date between the first and the last is there, but for one that clocks skipped, as in Samoa in 2011.",
    )
    table.no_rows(
        "length_possible",
        "date_diff('minute', started_at, ended_at) not between 21 * 60 and 27 * 60"
        " or abs(date_diff('minute', started_at, ended_at) - 60 * hours_in_day) >= 60",
        "A day lasts from its start to its end: 24 hours, or up to three more or less when clocks change.",
    )
    table.query(
        "days_join",
        "select count(*) from (select ended_at, lead(started_at) over (order by date) as next_started_at"
        " from core.dim_dates) where ended_at <> next_started_at",
        "Each day starts when the day before ends.",
    )
    table.query(
        "covers_activity",
        "select count(*) from (select distinct activity_date from core.agg_domains_daily) a"
        " anti join core.dim_dates d on d.date = a.activity_date where a.activity_date is not null",
        "Every date on which anything happened in any domain is in the calendar.",
    )
    return table


def _dim_hours() -> TableChecks:
    table = TableChecks(SUITE, "core.dim_hours")
    table.has_columns("hour_at date hour_of_day is_repeated_hour")
    table.not_null("hour_at")
    table.no_rows("hour_of_day_in_range", "hour_of_day not between 0 and 23", "Hours of the day are 0 to 23.")
    table.query(
        "equal_calendar",
        "select count(*) from (select date, count(*) as hours from core.dim_hours group by 1) h"
        " full join core.dim_dates d on d.date = h.date where h.hours is distinct from ceil(d.hours_in_day)",
        "Each date has as many hours as the calendar says: 24, or 23 and 25 when clocks change; a half one counts.",
    )
    return table


def _fct_activity() -> TableChecks:
    table = TableChecks(SUITE, "core.fct_activity")
    table.has_columns(
        "domain activity_id kind person_id account_id place entity_id session_id started_at ended_at activity_date unit"
        " value loaded_at"
    )
    table.not_null("activity_id")
    table.no_rows(
        "dated",
        "(started_at is null) <> (activity_date is null)"
        " or abs(date_diff('hour', activity_date::timestamp, started_at)) > 38",
        "An activity's date is that of its begin, in whatever zone dates are.",
    )
    table.no_rows("ends_after_begin", "ended_at < started_at", "Nothing ends before it begins.")
    table.no_rows("value_has_unit", "kind is null or unit is null", "It is known what happened and what value counts.")
    return table


def _agg_domains_daily() -> TableChecks:
    table = TableChecks(SUITE, "core.agg_domains_daily")
    table.has_columns("domain activity_date kind activity_count person_count account_count loaded_at")
    table.query(
        "equal_activities",
        "select count(*) from"
        " (select domain, kind, sum(activity_count) as n from core.agg_domains_daily group by all) d full join"
        " (select domain, kind, count(*) as n from core.fct_activity group by all) a"
        " on a.domain = d.domain and a.kind = d.kind where d.n is distinct from a.n",
        "Every activity is counted on one date, and nothing else is.",
    )
    table.query(
        "one_row_a_day",
        "select count(*) from (select 1 from core.agg_domains_daily group by domain, activity_date, kind"
        " having count(*) > 1)",
        "A kind of activity has one row a date.",
    )
    table.no_rows(
        "counts_possible",
        "activity_count < 1 or person_count not between 0 and activity_count"
        " or account_count not between 0 and activity_count",
        "As many people and accounts as activities, at most.",
    )
    return table


def _agg_stream_moments() -> TableChecks:
    table = TableChecks(SUITE, "core.agg_stream_moments")
    table.has_columns(
        "domain session_id minute_at account_id minute_of_session moment_rank moment_measure moment_score cause_measure"
        f" cause_score cause_at lag_seconds {' '.join(f'{one} {one}_z' for one in _MEASURES)} batch_id loaded_at"
    )
    table.in_set("moment_measure", _MEASURES)
    scores = " ".join(f"when '{one}' then {one}_z" for one in _MEASURES)
    table.no_rows(
        "score_is_of_its_measure",
        f"moment_score is distinct from case moment_measure {scores} end or coalesce(moment_score, 0) <= 0",
        "A moment's score is that of the measure it names, above the mean.",
    )
    table.no_rows(
        "cause_comes_before",
        "(cause_measure is null) <> (cause_at is null) or (cause_at is null) <> (lag_seconds is null)"
        " or cause_measure = moment_measure or lag_seconds < 0"
        " or lag_seconds <> date_diff('second', cause_at, minute_at)",
        "What brought a moment about is another measure, in the same minute or before it.",
    )
    table.query(
        "ranked_by_score",
        "select count(*) from (select moment_rank, rank() over (partition by domain, session_id"
        " order by moment_score desc) as place from core.agg_stream_moments) where moment_rank <> place",
        "Moments of a stream are ranked by their scores.",
    )
    table.query(
        "one_row_a_minute",
        "select count(*) from (select 1 from core.agg_stream_moments group by domain, session_id, minute_at"
        " having count(*) > 1)",
        "A minute of a stream is one moment at most.",
    )
    streams = " union all ".join(
        f"select '{domain}' as domain, {key} as session_id, account_id, started_at from {domain}.fct_stream_sessions"
        for domain, key in _STREAMS.items()
    )
    table.query(
        "belong_to_streams",
        f"select count(*) from core.agg_stream_moments m left join ({streams}) s on s.domain = m.domain"
        " and s.session_id = m.session_id and s.account_id = m.account_id"
        " where s.session_id is null or m.minute_at < date_trunc('minute', s.started_at)",
        "Each moment is of a stream of its domain and account, after the stream's begin.",
    )
    return table

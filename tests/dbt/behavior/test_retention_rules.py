"""Each rule of retention, lifecycle and stickiness on people made for it. Times are those of the clocks in Berlin."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.behavior_oracle.events import Event
from tests.behavior_oracle.periods import moment_of

from .conftest import ACTIVITY_MODELS

LATER = dt.datetime(2024, 6, 1)
Cell = tuple[int, int | None]


def marts_of(compiled: Any, people: dict[str, str], observed_until: dt.datetime = LATER) -> Any:
    """`people` look at things: 'ann': '03-01 ios, 03-02T10:30 web' (in 2024, at noon where no time is given)."""
    events = []
    for person, views in people.items():
        for view in views.split(", "):
            time, platform = view.split()
            clock = dt.datetime.fromisoformat(f"2024-{time}" if "T" in time else f"2024-{time}T12:00")
            events.append(Event(person, "social.view", moment_of(clock), None, {"platform": platform}))
    return compiled.build(events, ACTIVITY_MODELS, observed_until)


def cells(marts: Any, name: str, value: str = "(all)") -> dict[str, list[Cell]]:
    """Cohort -> size and returned by period."""
    found: dict[str, list[Cell]] = {}
    for date, size, returned in marts.rows(
        "select strftime(cohort_date, '%m-%d'), cohort_size, returned_count from behavior.agg_retention"
        f" where retention_name = '{name}' and breakdown_value = '{value}' order by cohort_date, period"
    ):
        found.setdefault(date, []).append((size, returned))
    return found


def test_the_first_event_ever_decides_on_the_cohort_or_the_first_that_matches(compiled: Any) -> None:
    marts = marts_of(compiled, {"ann": "03-01 web, 03-02 ios", "bob": "03-01 ios, 03-02 ios"})
    assert cells(marts, "rule_first_ever") == {"03-01": [(1, 1), (1, 1), (1, 0), (1, 0)]}
    assert cells(marts, "rule_first_matching") == {
        "03-01": [(1, 1), (1, 1), (1, 0), (1, 0)],
        "03-02": [(1, 1), (1, 0), (1, 0), (1, 0)],
    }
    assert cells(marts, "rule_recurring") == {
        "03-01": [(1, 1), (1, 1), (1, 0), (1, 0)],
        "03-02": [(2, 2), (2, 0), (2, 0), (2, 0)],
    }


def test_on_counts_the_period_and_on_or_after_all_later_ones(compiled: Any) -> None:
    marts = marts_of(compiled, {"ann": "03-01 ios, 03-03 web", "bob": "03-01 ios, 03-20 web"})
    assert cells(marts, "rule_first_ever") == {"03-01": [(2, 2), (2, 0), (2, 1), (2, 0)]}
    assert cells(marts, "rule_or_after") == {"03-01": [(2, 2), (2, 2), (2, 2), (2, 1)]}


def test_a_day_of_the_calendar_may_have_23_hours_and_a_rolling_one_never(compiled: Any) -> None:
    people = {
        "early": "03-30T23:30 ios, 03-31T23:45 web",  # 23 h 15 min later
        "exact": "03-30T23:30 ios, 04-01T00:30 web",  # 24 h later
        "before": "03-30T23:30 ios, 03-30T22:00 web",  # before the entry: of its first event ever, on the web
    }
    marts = marts_of(compiled, people)
    assert cells(marts, "rule_first_ever") == {"03-30": [(2, 2), (2, 1), (2, 1), (2, 0)]}
    assert cells(marts, "rule_rolling") == {"03-30": [(2, 2), (2, 1), (2, 0), (2, 0)]}
    autumn = marts_of(compiled, {"ann": "10-26T23:30 ios, 10-27T22:45 web"}, dt.datetime(2024, 12, 1))  # 24 h 15 min
    assert cells(autumn, "rule_first_ever")["10-26"][1] == cells(autumn, "rule_rolling")["10-26"][1] == (1, 1)


def test_months_have_their_own_lengths(compiled: Any) -> None:
    marts = marts_of(compiled, {"ann": "01-31 ios, 02-29 web, 03-31 web", "bob": "01-01 ios, 03-01 web"})
    assert cells(marts, "rule_months") == {"01-01": [(2, 2), (2, 1), (2, 2), (2, 0)]}


def test_a_period_that_has_not_ended_for_all_of_the_cohort_is_not_known(compiled: Any) -> None:
    # 2024-04-01 starts in Berlin at 22:00 UTC.
    end = dt.datetime(2024, 3, 31, 22)
    for observed_until, known in ((end, [1, 0]), (end - dt.timedelta.resolution, [1, None])):
        marts = marts_of(compiled, {"ann": "03-30 ios"}, observed_until)
        assert cells(marts, "rule_first_ever") == {"03-30": [(1, returned) for returned in [*known, None, None]]}
    # Whoever enters last, at midnight, has 24 hours until 23:00 UTC of the day on which clocks change.
    for observed_until, returned in ((end + dt.timedelta(hours=1), 1), (end, None)):
        marts = marts_of(compiled, {"ann": "03-30 ios"}, observed_until)
        assert cells(marts, "rule_rolling")["03-30"][0] == (1, returned)


def test_the_breakdown_is_frozen_at_entry(compiled: Any) -> None:
    marts = marts_of(compiled, {"ann": "03-01 ios, 03-02 web", "bob": "03-01 ios, 03-02 ios"})
    assert cells(marts, "rule_first_ever", "ios") == {"03-01": [(2, 2), (2, 2), (2, 0), (2, 0)]}
    assert cells(marts, "rule_first_ever", "web") == {}


def test_the_mean_is_weighted_by_people_and_leaves_out_what_has_not_ended(compiled: Any) -> None:
    people = {f"p{number}": "03-01 ios, 03-02 ios" for number in range(3)} | {"one": "03-02 ios", "new": "03-03 ios"}
    marts = marts_of(compiled, people, dt.datetime(2024, 3, 3, 23))
    assert marts.rows(
        "select period, cohort_count, people_count, returned_count, retention_ratio from behavior.agg_retention_periods"
        " where retention_name = 'rule_first_ever' and breakdown_value = '(all)' order by period"
    ) == [(0, 3, 5, 5, 1.0), (1, 2, 4, 3, 0.75), (2, 1, 3, 0, 0.0)]


def test_states_of_a_life_and_the_weeks_of_a_month(compiled: Any) -> None:
    marts = marts_of(compiled, {"ann": "03-01 ios, 03-02 ios, 03-04 web, 04-02 web"}, dt.datetime(2024, 3, 5, 23))
    states = marts.rows(
        "select strftime(interval_date, '%m-%d'), state, people_count from behavior.agg_lifecycle"
        " where lifecycle_name = 'all_day' and interval_date < '2024-04-01' order by interval_date"
    )
    assert states == [
        *(("03-01", "new", 1), ("03-02", "returning", 1), ("03-03", "dormant", 1)),
        *(("03-04", "resurrecting", 1), ("03-05", "dormant", 1)),
    ]
    # Friday, 1 March is of the week that starts in February; a week that starts on 25 March ends on 31 March.
    found = "select strftime(period_date, '%m-%d'), active_interval_count, people_count from behavior.agg_stickiness"
    weeks = f"{found} where stickiness_name = 'weeks_a_month' and period_date < '2024-04-01' order by period_date"
    assert marts.rows(weeks) == [("02-01", 1, 1), ("03-01", 1, None)]
    ended = marts_of(compiled, {"ann": "03-01 ios, 03-04 ios, 03-31 ios"}, dt.datetime(2024, 3, 31, 22))
    assert ended.rows(weeks) == [("02-01", 1, 1), ("03-01", 2, 1)]

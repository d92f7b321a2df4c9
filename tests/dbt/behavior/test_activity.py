"""Retention, cohorts, lifecycle and stickiness equal the oracle on random histories, in all modes."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.behavior_oracle.activity import lifecycle, stickiness
from tests.behavior_oracle.events import Event
from tests.behavior_oracle.periods import midnight
from tests.behavior_oracle.retention import means, retention, revenue

from .conftest import ACTIVITY_MODELS
from .definitions import BUY, LIFECYCLES, RETENTIONS, STICKINESS

# Saturdays, an hour or two before a Sunday: days, weeks, months and quarters end soon after. The second and third Sunday
# have 23 and 25 hours in the reporting zone.
STARTS = [dt.datetime(2024, 2, 24, 22), dt.datetime(2024, 3, 30, 22), dt.datetime(2024, 10, 26, 21)]
# Minutes on and around the borders of days of 23, 24 and 25 hours, of weeks and months.
GAPS = [0, 59, 60, 61, 720, 1379, 1380, 1381, 1439, 1440, 1441, 1500, 2880, 10079, 10080, 10081, 20160, 43200]
DRAWN_ONLY: dict[str, Any] = {"phases": [Phase.explicit, Phase.generate], "suppress_health_check": list(HealthCheck)}
PEOPLE = 1000


def histories(dice: random.Random, start: dt.datetime, people: int = PEOPLE) -> list[Event]:
    """Up to eight events a person; purchases may lack amount and currency."""
    events = []
    for number in range(people):
        at = start
        for _ in range(dice.randint(0, 8)):
            at += dt.timedelta(minutes=dice.choice(GAPS))
            kind = dice.choice(["view", "view", "purchase", "like"])
            platform = dice.choice([None, "ios", "web"])
            properties: dict[str, Any] = {"platform": platform, "action": platform}
            if kind == "purchase":
                properties |= {"amount": dice.choice([None, 1.25, 10.0]), "currency": dice.choice([None, "EUR"])}
            events.append(Event(f"p{number}", f"social.{kind}", at, None, properties))
    return events


def retention_cells(marts: Any, name: str) -> Any:
    rows = marts.rows(
        "select cohort_date, breakdown_value, period, cohort_size, returned_count, is_mature"
        f" from behavior.agg_retention where retention_name = '{name}'"
    )
    assert all(mature == (returned is not None) for *_, returned, mature in rows)
    return {(date, value, period): (size, returned) for date, value, period, size, returned, _ in rows}


def check(compiled: Any, seed: int) -> None:
    dice = random.Random(seed)
    start = dice.choice(STARTS)
    events = histories(dice, start)
    # At midnight, an hour beside it (where a day of 24 hours ends after a change of the clocks), or just before it.
    observed_until = midnight(start.date() + dt.timedelta(days=dice.randrange(15, 50))) + dice.choice(
        [dt.timedelta(0), dt.timedelta(hours=-1), dt.timedelta(hours=1), -dt.timedelta.resolution]
    )
    marts = compiled.build(events, ACTIVITY_MODELS, observed_until)
    for definition in RETENTIONS:
        name = definition["name"]
        expected = retention(definition, events, observed_until)
        found = retention_cells(marts, name)
        assert found == expected, definition
        if definition["criterion"] == "on_or_after":
            assert_never_increases(found)
        averaged = marts.rows(
            "select breakdown_value, period, cohort_count, people_count, returned_count"
            f" from behavior.agg_retention_periods where retention_name = '{name}'"
        )
        assert {(row[0], row[1]): row[2:] for row in averaged} == means(expected), definition
        if definition["cohort_mode"] != "recurring":
            sums = marts.rows(
                "select cohort_date, period, currency, revenue_amount from behavior.agg_cohorts"
                f" where retention_name = '{name}' and revenue_amount > 0"
            )
            ended = {(date, period) for (date, _, period), (_, returned) in expected.items() if returned is not None}
            found = {row[:3]: row[3] for row in sums}
            true = revenue(definition, events, BUY)
            assert found == {key: amount for key, amount in true.items() if key[:2] in ended}, definition
    for definition in LIFECYCLES:
        rows = marts.rows(
            "select interval_date, state, people_count from behavior.agg_lifecycle"
            f" where lifecycle_name = '{definition['name']}'"
        )
        assert {row[:2]: row[2] for row in rows} == lifecycle(definition, events, observed_until), definition
    for definition in STICKINESS:
        rows = marts.rows(
            "select period_date, active_interval_count, people_count from behavior.agg_stickiness"
            f" where stickiness_name = '{definition['name']}'"
        )
        assert {row[:2]: row[2] for row in rows} == stickiness(definition, events, observed_until), definition


def assert_never_increases(cells: Any) -> None:
    """Who came back in a period or later also came back in the one before it or later."""
    for (date, value, period), (_, returned) in cells.items():
        before = cells.get((date, value, period - 1))
        assert before is None or returned is None or before[1] >= returned


@given(st.integers(0, 10**9))
@settings(max_examples=2, **DRAWN_ONLY)
def test_activity_equals_the_oracle_on_random_histories(compiled: Any, seed: int) -> None:
    check(compiled, seed)


@pytest.mark.slow
@given(st.integers(0, 10**9))
@settings(max_examples=30, **DRAWN_ONLY)
def test_activity_equals_the_oracle_on_many_random_histories(compiled: Any, seed: int) -> None:
    check(compiled, seed)

"""Funnels equal the oracle on random histories, in all modes."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.behavior_oracle.events import Event
from tests.behavior_oracle.funnels import cells, funnel
from tests.behavior_oracle.periods import midnight

from .conftest import FUNNEL_MODELS
from .definitions import FUNNELS, HOSTILE

START = dt.datetime(2024, 3, 1, 23, 30)
WINDOWS = [("plain", "wide"), ("strict_plain", "strict_wide"), ("unordered_plain", "unordered_wide")]
# A failing example names the person; shrinking hundreds of people at once would take minutes.
MODELS = FUNNEL_MODELS[:2]
DRAWN_ONLY: dict[str, Any] = {"phases": [Phase.explicit, Phase.generate], "suppress_health_check": list(HealthCheck)}
PEOPLE = 1000
FIGURES = """timeframe, period_date, breakdown_value, step, entered_count, converted_count, dropped_count,
conversion_from_previous_ratio, conversion_from_first_ratio, median_seconds_from_previous, p90_seconds_from_previous,
median_seconds_from_first, p90_seconds_from_first, is_mature"""
NAMES = [
    *("social.view", "social.view", "social.like", "social.purchase", "social.purchase", "social.share"),
    *("social.stream", "livestream.interaction", f"social.{HOSTILE}"),
]
# Gaps in minutes on and around the borders of the windows; no gap makes ties.
GAPS = [0, 0, 0, 1, 10, 59, 60, 61, 120, 240, 241, 300, 301, 1440]


def histories(seed: int, people: int = PEOPLE) -> list[Event]:
    """Up to nine events a person, some at one instant, in two sessions or none."""
    dice = random.Random(seed)
    events = []
    for number in range(people):
        at = START
        for _ in range(dice.randint(0, 9)):
            at += dt.timedelta(minutes=dice.choice(GAPS))
            name = dice.choice(NAMES)
            platform = dice.choice([None, "ios", "web"])
            # Two people share a session, as the viewers of a stream do.
            session = dice.choice([f"{number // 2}s1", f"{number // 2}s2", None])
            properties: dict[str, Any] = {"platform": platform, "place": platform, "action": platform}
            if name == "social.purchase":
                properties["amount"] = dice.choice([None, 0.5, 1, 2, 4.25])
            elif HOSTILE in name:
                properties["action"] = dice.choice([HOSTILE, "like"])
            events.append(Event(f"p{number}", name, at, session, properties))
    return events


def check(compiled: Any, seed: int) -> None:
    events = histories(seed)
    marts = compiled.build(events, MODELS)
    for definition in FUNNELS:
        expected, found = funnel(definition, events), marts.funnel(definition["name"])
        for key in expected.keys() | found.keys():
            assert found.get(key) == expected.get(key), (definition, key, of_person(events, key[0].split()[0]))
    for narrow, wide in WINDOWS:
        assert_no_one_gets_less_far(deepest(marts.funnel(narrow)), deepest(marts.funnel(wide)))
    assert_unrelated_events_change_nothing(compiled, events, marts, random.Random(seed))


def of_person(events: list[Event], person: str) -> list[Event]:
    return [event for event in events if event.person == person]


def check_figures(compiled: Any, seed: int, people: int) -> None:
    """agg_funnels: its counts, drop-off, ratios and times, by period and breakdown value."""
    dice = random.Random(seed)
    events = histories(seed, people)
    observed_until = midnight(dice.choice(events).date) + dice.choice([0, 1, 2]) * dt.timedelta(hours=4)
    marts = compiled.build(events, FUNNEL_MODELS, observed_until)
    for definition in FUNNELS:
        expected = cells(definition, funnel(definition, events), observed_until)
        rows = marts.rows(f"select {FIGURES} from behavior.agg_funnels where funnel_name = '{definition['name']}'")
        found = {row[:4]: rounded(row[4:]) for row in rows}
        assert found.keys() == expected.keys(), definition
        for key, (entered, converted, times, is_mature) in expected.items():
            is_optional = definition["steps"][key[3] - 1].get("optional", False)
            started = expected[(*key[:3], 1)][0]
            shown: tuple[Any, ...] = (entered, converted, None if is_optional else entered - converted)
            shown += (converted / entered if entered else None, converted / started)
            shown += (*(times or [None] * 4), is_mature)
            assert found[key] == rounded(shown), (definition, key)


def rounded(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(round(value, 6) if isinstance(value, float) else value for value in values)


def deepest(found: Any) -> dict[str, int]:
    steps: dict[str, int] = {}
    for (unit, _, _), (step, _) in found.items():
        steps[unit] = max(step, steps.get(unit, 0))
    return steps


def assert_no_one_gets_less_far(narrow: dict[str, int], wide: dict[str, int]) -> None:
    """A wider window never lowers conversion."""
    assert narrow.keys() == wide.keys()
    assert [unit for unit, step in narrow.items() if wide[unit] < step] == []


def assert_unrelated_events_change_nothing(compiled: Any, events: list[Event], marts: Any, dice: random.Random) -> None:
    """An event that is neither step nor exclusion never changes an ordered funnel."""
    noise = [Event(e.person, "social.profile", e.at, e.session) for e in events if dice.random() < 0.5]
    noisy = compiled.build(events + noise, MODELS)
    for definition in FUNNELS:
        if definition.get("mode", "ordered") == "ordered":
            assert noisy.funnel(definition["name"]) == marts.funnel(definition["name"]), definition


@given(st.integers(0, 10**9))
@settings(max_examples=1, **DRAWN_ONLY)
def test_funnels_equal_the_oracle_on_random_histories(compiled: Any, seed: int) -> None:
    check(compiled, seed)


@given(st.integers(0, 10**9))
@settings(max_examples=1, **DRAWN_ONLY)
def test_figures_of_funnels_equal_the_oracle(compiled: Any, seed: int) -> None:
    check_figures(compiled, seed, people=200)


@pytest.mark.slow
@given(st.integers(0, 10**9))
@settings(max_examples=20, **DRAWN_ONLY)
def test_figures_of_funnels_equal_the_oracle_on_many_histories(compiled: Any, seed: int) -> None:
    check_figures(compiled, seed, people=500)


@pytest.mark.slow
@given(st.integers(0, 10**9))
@settings(max_examples=30, **DRAWN_ONLY)
def test_funnels_equal_the_oracle_on_many_random_histories(compiled: Any, seed: int) -> None:
    check(compiled, seed)

"""Each rule of a funnel on people made for it, and the case in which five public rules disagree on five people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tests.behavior_oracle.events import Event

from .conftest import FUNNEL_MODELS

START = dt.datetime(2024, 3, 1, 12)
WINDOW = 60
DAY = 24 * 60
LETTERS = {"a": "view", "b": "like", "c": "purchase", "x": "share", "o": "stream"}
# Minutes after START; a is step 1, b step 2, c step 3. The window of the funnel is an hour.
FIVE = {
    "slow": "a0 b50 c100",
    "again": "a0 a100 b120 c130",
    "out_of_order": "b0 a10 b20 c30",
    "at_once": "c0 b0 a0",
    "days_later": f"a0 b10 c{10 * DAY}",
}


def history(text: str) -> list[tuple[str, int]]:
    return [(event[0], int(event[1:])) for event in text.split()]


def events_of(people: dict[str, str]) -> list[Event]:
    return [
        Event(person, f"social.{LETTERS[letter]}", START + dt.timedelta(minutes=minute))
        for person, text in people.items()
        for letter, minute in history(text)
    ]


def converted(marts: Any, funnel: str) -> set[str]:
    return {
        row[0]
        for row in marts.rows(
            f"select unit_key from behavior.fct_funnel_attempts where funnel_name = '{funnel}' and is_converted"
        )
    }


def from_the_previous_step(own: list[tuple[str, int]]) -> bool:
    """The window runs anew from each step."""

    def chain(letters: str, after: int | None) -> bool:
        return not letters or any(
            chain(letters[1:], at)
            for letter, at in own
            if letter == letters[0] and (after is None or after <= at <= after + WINDOW)
        )

    return chain("abc", None)


def without_a_window(own: list[tuple[str, int]]) -> bool:
    return any(
        first <= second <= third for a, first in own for b, second in own for c, third in own if a + b + c == "abc"
    )


def minimum_time_per_step(own: list[tuple[str, int]]) -> bool:
    """The first event of each kind, whatever came before it."""
    times = [min(at for letter, at in own if letter == step) for step in "abc"]
    return times == sorted(times)


def first_entry_only(own: list[tuple[str, int]]) -> bool:
    """Only the first step-1 event starts an attempt."""
    start = min(at for letter, at in own if letter == "a")
    return any(start <= second <= third <= start + WINDOW for b, second in own for c, third in own if b + c == "bc")


OTHERS: dict[Callable[[list[tuple[str, int]]], bool], set[str]] = {
    from_the_previous_step: {"slow", "again", "out_of_order", "at_once"},
    without_a_window: {"slow", "again", "out_of_order", "at_once", "days_later"},
    minimum_time_per_step: {"slow", "again", "at_once", "days_later"},
    first_entry_only: {"out_of_order", "at_once"},
}


def test_five_public_rules_disagree_on_the_same_five_people(compiled: Any) -> None:
    marts = compiled.build(events_of(FIVE), FUNNEL_MODELS[:2])
    ours = {"again", "out_of_order", "at_once"}
    assert converted(marts, "hour") == ours
    for rule, people in OTHERS.items():
        assert {person for person, text in FIVE.items() if rule(history(text))} == people, rule.__doc__
    assert len({frozenset(people) for people in [ours, *OTHERS.values()]}) == 5


RULES = {
    "the window's end is inclusive": ("hour", {"at_the_end": "a0 b30 c60", "after_it": "a0 b30 c61"}, {"at_the_end"}),
    "each step-1 event starts an attempt": ("hour", {"second": "a0 b10 a50 b70 c80", "none": "a0 b10 a50 c80"}, {"second"}),
    "events at one instant convert in step order": ("hour", {"reversed": "c5 b5 a5", "half": "b5 a5 c5 c4"}, {"reversed", "half"}),
    "one event fills one step": ("thrice", {"three": "a0 a1 a2", "two": "a0 a1", "three_at_once": "a0 a0 a0"}, {"three", "three_at_once"}),
    "other events do not disturb an ordered funnel": ("hour", {"noisy": "a0 o1 b2 x3 o3 c4"}, {"noisy"}),
    "any other event resets a strict funnel": ("strict_plain", {"pure": "a0 b1 c2", "noisy": "a0 b1 o2 c3", "again": "a0 o1 a2 b3 c4"}, {"pure", "again"}),
    "a repeated step resets a strict funnel too": ("strict_plain", {"repeated": "a0 b1 b2 c3", "restarted": "a0 a1 b2 c3"}, {"restarted"}),
    "an exclusion between the steps removes the person": ("excluded", {"between": "a0 b1 x2 c3", "before": "x0 a1 b2 c3", "after": "a0 b1 c2 x3"}, {"before", "after"}),
    "an attempt that is free of it and comes as deep counts": ("excluded", {"later": "a0 x1 b2 c3 a10 b11 c12", "before": "a0 b1 c2 a10 x11", "among": "a0 x1 a2 b3 c4", "none": "a0 a1 x2 b3 c4"}, {"later", "before", "among"}),
    "an optional step may be left out": ("option", {"with": "a0 b1 c2", "without": "a0 c2"}, {"with", "without"}),
    "an unordered funnel takes the steps in any order": ("unordered_plain", {"reversed": "c0 b1 a2", "two": "c0 b1", "too_late": "c0 b1 a302"}, {"reversed"}),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_rule(compiled: Any, rule: str) -> None:
    funnel, people, expected = RULES[rule]
    assert converted(compiled.build(events_of(people), FUNNEL_MODELS[:2]), funnel) == expected


def test_removed_people_count_nowhere_and_optional_steps_are_told(compiled: Any) -> None:
    people = {
        "between": "a0 b1 x2 c3",
        "with": "a0 b1 c2",
        "without": "a0 c2 b3",
        "in_it": "a0 x240",
        "late": "a0 x241",
        "less_deep": "a0 x1 b2 a300",
    }
    marts = compiled.build(events_of(people), FUNNEL_MODELS[:2])
    assert {unit for unit, _, _ in marts.funnel("excluded")} == {"with", "without", "late"}
    reached = {unit: sorted(times) for (unit, _, _), (_, times) in marts.funnel("option").items()}
    assert reached == {
        "between": [1, 2, 3],
        "with": [1, 2, 3],
        "without": [1, 3],
        "in_it": [1],
        "late": [1],
        "less_deep": [1, 2],
    }


def test_an_attempt_that_an_exclusion_ends_leaves_the_dates_of_others(compiled: Any) -> None:
    people = {"ann": f"a0 b1 x2 a{DAY} b{DAY + 1} c{DAY + 2} a{2 * DAY} x{2 * DAY + 1} a{3 * DAY}"}
    marts = compiled.build(events_of(people), FUNNEL_MODELS[:2])
    days = {date.day: deepest for (_, date, _), (deepest, _) in marts.funnel("excluded").items()}
    assert days == {2: 3, 4: 1}


def test_figures_stay_open_while_a_later_attempt_may_still_become_the_deepest(compiled: Any) -> None:
    events = events_of({"ann": f"a0 b1 a{20 * DAY}"})
    for hours, is_mature in ((11, False), (20, True)):
        observed_until = START + dt.timedelta(days=20, hours=hours)
        marts = compiled.build(events, FUNNEL_MODELS, observed_until)
        found = marts.rows(
            "select distinct is_mature from behavior.agg_funnels where funnel_name = 'hour' and timeframe = 'all_time'"
        )
        assert found == [(is_mature,)]

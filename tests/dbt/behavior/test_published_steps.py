"""Published cases of single people: how far each comes in a funnel, when they return, what state of a life they are in.

Event names and properties of a case are its own, so that one build holds all of them. A token `b/ios,mail@30` is event b
with the action ios and the referrer mail, 30 minutes (or seconds) after the start of the case; `-` is no action.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest

from tests.behavior_oracle.events import Definition, Event
from tests.behavior_oracle.periods import after, moment_of

from .conftest import ACTIVITY_MODELS, FUNNEL_MODELS, Compiled, compile_models

FIXTURES = Path(__file__).parents[2] / "fixtures" / "behavior"
LATER = dt.datetime(2030, 1, 1)
FUNNEL_FILES = ("posthog_funnel_steps", "clickhouse_funnels", "doris_funnels")
ACTIVITY = json.loads((FIXTURES / "posthog_activity.json").read_text())


def funnel_cases() -> list[dict[str, Any]]:
    return [
        {**case, "name": f"{file.split('_')[0]}_{case['name']}"}
        for file in FUNNEL_FILES
        for case in json.loads((FIXTURES / f"{file}.json").read_text())
    ]


def step_of(case: dict[str, Any], step: str | Definition) -> Definition:
    """A step's token, or its definition where one property does not say it."""
    if not isinstance(step, str):
        return {**step, "event": f"social.{case['name']} {step['event']}"}
    letter, _, action = step.partition("/")
    filters = [{"property": "action", "value": action}] if action else []
    return {"event": f"social.{case['name']} {letter}", "filter": filters}


def definition_of(case: dict[str, Any]) -> Definition:
    fields = ("event", "from_step", "to_step")
    return {
        "name": case["name"],
        "steps": [step_of(case, step) for step in case["steps"]],
        "window": case["window"],
        "mode": case.get("mode", "ordered"),
        "exclusions": [
            {**dict(zip(fields, given, strict=False)), **step_of(case, given[0])}
            for given in case.get("exclusions", [])
        ],
    }


def funnel_events(case: dict[str, Any]) -> list[Event]:
    start = dt.datetime.fromisoformat(case.get("start", "2021-05-01"))
    found = []
    for person, text in case["people"].items():
        for token in text.split():
            event, _, offset = token.partition("@")
            letter, _, values = event.partition("/")
            action, _, referrer = values.partition(",")
            properties: dict[str, Any] = {
                "action": None if action in ("", "-") else action,
                "referrer": referrer or None,
                "value": float(action) if action.isdigit() else None,
            }
            at = start + dt.timedelta(**{case.get("unit", "minutes"): int(offset)})
            found.append(Event(f"{case['name']} {person}", f"social.{case['name']} {letter}", at, None, properties))
    return found


def activity(kind: str) -> list[dict[str, Any]]:
    return [{**case, "name": f"{kind}_{case['name']}"} for case in ACTIVITY[kind]]


def activity_definition(case: dict[str, Any]) -> Definition:
    if "mode" in case:
        event = {"event": f"social.{case['name']}"}
        filters = {key: [{"property": "action", "value": case[key]}] for key in ("cohort", "back") if key in case}
        return {
            "name": case["name"],
            "cohort_event": {**event, "filter": filters.get("cohort")},
            "return_event": {**event, "filter": filters.get("back")},
            "cohort_mode": case["mode"],
            "interval": case["interval"],
            "periods": 6,
        }
    filters = [{"property": "action", "value": case["only"]}] if "only" in case else []
    fields = {key: case[key] for key in ("interval", "period") if key in case}
    return {"name": case["name"], "event": f"social.{case['name']}", "filter": filters, **fields}


def activity_events(case: dict[str, Any]) -> list[Event]:
    return [
        Event(
            f"{case['name']} {person}",
            f"social.{case['name']}",
            moment_of(dt.datetime.fromisoformat(time if "T" in time else f"{time}T12:00")),
            None,
            {"action": value or person},
        )
        for person, tokens in case["people"].items()
        for time, _, value in (token.partition("/") for token in tokens)
    ]


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Any:
    block = {
        "minimum_people": 1,
        "funnels": [definition_of(case) for case in funnel_cases()],
        **{kind: [activity_definition(case) for case in activity(kind)] for kind in ACTIVITY},
    }
    built = Compiled(compile_models(tmp_path_factory.mktemp("published"), block))
    events = [event for case in funnel_cases() for event in funnel_events(case)]
    events += [event for kind in ACTIVITY for case in activity(kind) for event in activity_events(case)]
    return built.build(events, dict.fromkeys(FUNNEL_MODELS + ACTIVITY_MODELS), LATER)


@pytest.mark.parametrize("case", funnel_cases(), ids=lambda case: case["name"])
def test_people_come_as_far_as_published(marts: Any, case: dict[str, Any]) -> None:
    deepest = dict.fromkeys(case["people"], 0)
    for (unit, _, _), (step, _) in marts.funnel(case["name"]).items():
        person = unit.split(" ", 1)[1]
        deepest[person] = max(deepest[person], step)
    assert deepest == case["deepest"]
    # Where the definition is another one, the case says who differs and why.
    assert all(deepest[person] != step and case["why"] for person, step in case.get("theirs", {}).items())

    counts = [sum(step >= number for step in deepest.values()) for number in range(1, len(case["steps"]) + 1)]
    rows = marts.rows(
        "select converted_count, median_seconds_from_previous from behavior.agg_funnels"
        f" where funnel_name = '{case['name']}' and timeframe = 'all_time' order by step"
    )
    assert [row[0] for row in rows] == (counts if counts[0] else [])
    if "by_date" in case:
        days = marts.rows(
            "select min(converted_count), max(converted_count) from (select period_date, converted_count"
            f" from behavior.agg_funnels where funnel_name = '{case['name']}' and timeframe = 'day'"
            f" and step in (1, {len(case['steps'])})) group by period_date order by period_date"
        )
        assert [[started, converted] for converted, started in days] == case["by_date"]
    for step, seconds in enumerate(case.get("mean_seconds", []), start=1):
        best: dict[str, Any] = {}
        for (unit, *_), (found, times) in sorted(marts.funnel(case["name"]).items(), key=lambda item: item[0][1]):
            if unit not in best or found > best[unit][0]:
                best[unit] = (found, times)
        taken = [(t[step] - t[step - 1]).total_seconds() for _, t in best.values() if step > 1 and step in t]
        assert seconds is None or (mean(taken), median(taken)) == (seconds, rows[step - 1][1])


@pytest.mark.parametrize("case", activity("lifecycle"), ids=lambda case: case["name"])
def test_lives_go_as_published(marts: Any, case: dict[str, Any]) -> None:
    found = {
        row[:2]: row[2]
        for row in marts.rows(
            "select interval_date, state, people_count from behavior.agg_lifecycle"
            f" where lifecycle_name = '{case['name']}'"
        )
    }
    first = dt.date.fromisoformat(case["first"])
    for state, counts in case["expected"].items():
        dates = [after(first, case["interval"], number) for number in range(len(counts))]
        assert [found.get((date, state), 0) for date in dates] == counts, state


@pytest.mark.parametrize("case", activity("stickiness"), ids=lambda case: case["name"])
def test_people_are_active_as_often_as_published(marts: Any, case: dict[str, Any]) -> None:
    rows = marts.rows(
        "select active_interval_count, people_count, period_date from behavior.agg_stickiness"
        f" where stickiness_name = '{case['name']}'"
    )
    assert len({date for _, _, date in rows}) == 1
    assert {str(intervals): people for intervals, people, _ in rows} == case["expected"]


@pytest.mark.parametrize("case", activity("retentions"), ids=lambda case: case["name"])
def test_people_return_as_published(marts: Any, case: dict[str, Any]) -> None:
    found = {
        row[:2]: row[2:]
        for row in marts.rows(
            "select cohort_date, period, cohort_size, returned_count from behavior.agg_retention"
            f" where retention_name = '{case['name']}'"
        )
    }
    first = dt.date.fromisoformat(case["first"])
    for number, row in enumerate(case["expected"]):
        cohort = after(first, case["interval"], number)
        # The published first column is the size, whatever the return event is.
        assert found.get((cohort, 0), (0, 0))[0] == row[0]
        assert [found.get((cohort, period), (0, 0))[1] for period in range(1, len(row))] == row[1:]

"""A wrong definition stops dbt before anything runs, and its message names the definition and the field."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from .conftest import PROJECT, dbt

STEPS = [{"event": "social.view"}, {"event": "social.purchase"}]
FUNNEL = {"name": "f", "steps": STEPS, "window": "1 day"}
RETENTION = {
    "name": "r",
    "cohort_event": {"event": "social.view"},
    "return_event": {"event": "social.view"},
    "interval": "day",
    "periods": 3,
}
LIFECYCLE = {"name": "l", "event": "social.*", "interval": "day"}
STICKINESS = {"name": "s", "event": "social.*", "period": "week"}
GOOD = {"funnels": FUNNEL, "retentions": RETENTION, "lifecycle": LIFECYCLE, "stickiness": STICKINESS}


def filtered(**item: Any) -> list[dict[str, Any]]:
    return [{"event": "social.view", "filter": [item]}, STEPS[1]]


WRONG = [
    ("funnels", {"mode": "loose"}, "funnels 'f': mode: 'loose' is none of ordered, strict, unordered"),
    ("funnels", {"windw": "1 day"}, "funnels 'f': windw: unknown field; known are name, steps, mode"),
    ("funnels", {"window": "soon"}, "funnels 'f': window: 'soon' is not a length of time"),
    ("funnels", {"window": None}, "funnels 'f': window: is missing"),
    ("funnels", {"window": "0 days"}, "funnels 'f': window: '0 days' is not a length of time"),
    ("funnels", {"unit": "device"}, "funnels 'f': unit: 'device' is none of user, session"),
    ("funnels", {"steps": STEPS[:1]}, "funnels 'f': steps: a funnel has 2 to 10 steps, not 1"),
    ("funnels", {"steps": STEPS * 6}, "funnels 'f': steps: a funnel has 2 to 10 steps, not 12"),
    ("funnels", {"steps": [{}, STEPS[1]]}, "funnels 'f': step 1: event: is missing"),
    ("funnels", {"steps": [STEPS[0], {"event": "view"}]}, "funnels 'f': step 2: event: 'view' is not <domain>.<kind>"),
    ("funnels", {"steps": [STEPS[0], {"event": "shop.view"}]}, "funnels 'f': step 2: event: 'shop.view' is not"),
    ("funnels", {"steps": [{**STEPS[0], "optional": True}, STEPS[1]]}, "step 1: optional: the first step starts"),
    ("funnels", {"steps": [STEPS[0], {**STEPS[1], "optional": "yes"}]}, "step 2: optional: is neither true nor false"),
    (
        "funnels",
        {"mode": "strict", "steps": [STEPS[0], {**STEPS[1], "optional": True}]},
        "step 2: optional: only steps of an ordered funnel may be optional",
    ),
    (
        "funnels",
        {"steps": [STEPS[0], {**STEPS[0], "optional": True}]},
        "step 2: optional: an event may be both this step and step 1",
    ),
    ("funnels", {"steps": [STEPS[0]] * 5}, "funnels 'f': steps: at most 4 steps may share the event social.view"),
    ("funnels", {"breakdown": "browser"}, "funnels 'f': breakdown: 'browser' is none of place,"),
    ("funnels", {"breakdown": "amount"}, "funnels 'f': breakdown: 'amount' is none of place,"),
    ("funnels", {"exclusions": [STEPS[1]]}, "exclusion 1: event: an event may be both this exclusion and step 2"),
    (
        "funnels",
        {"exclusions": [{"event": "social.stream", "from_step": 2}]},
        "exclusion 1: from_step: '2' is not a whole number from 1 to 1",
    ),
    (
        "funnels",
        {"mode": "unordered", "exclusions": [{"event": "social.stream", "from_step": 1}]},
        "exclusion 1: from_step: steps of an unordered funnel have no order",
    ),
    ("funnels", {"steps": filtered(property="browser", value="x")}, "step 1: filter: property: 'browser' is none of"),
    ("funnels", {"steps": filtered(property="platform", operator="~", value="x")}, "filter: operator: '~' is none of"),
    ("funnels", {"steps": filtered(property="platform", operator=">", value="x")}, "operator: '>' needs a number"),
    (
        "funnels",
        {"steps": filtered(property="amount", value="1; drop table x")},
        "value: '1; drop table x' is not a number",
    ),
    ("funnels", {"steps": filtered(property="platform", value=7)}, "value: '7' is not text, as platform is"),
    ("funnels", {"steps": filtered(property="platform", operator="in", value="ios")}, "value: 'in' needs a list"),
    ("funnels", {"steps": filtered(property="platform", operator="is_set", value="x")}, "value: 'is_set' takes none"),
    ("funnels", {"steps": filtered(property="platform", values="x")}, "filter: values: unknown field"),
    ("funnels", {"name": "Two words"}, "funnels definition 1: name: 'Two words' is not lower-case letters"),
    ("funnels", {"name": None}, "funnels definition 1: name: is missing"),
    ("retentions", {"cohort_mode": "last"}, "retentions 'r': cohort_mode: 'last' is none of first_ever,"),
    ("retentions", {"cohort_event": None}, "retentions 'r': cohort_event: is missing"),
    ("retentions", {"return_event": {"event": ""}}, "retentions 'r': return_event: event: '' is not"),
    ("retentions", {"interval": "hour"}, "retentions 'r': interval: 'hour' is none of day, week, month"),
    ("retentions", {"interval": None}, "retentions 'r': interval: is missing"),
    ("retentions", {"periods": 0}, "retentions 'r': periods: '0' is not a whole number from 1 to 60"),
    ("retentions", {"periods": "ten"}, "retentions 'r': periods: 'ten' is not a whole number from 1 to 60"),
    ("retentions", {"criterion": "after"}, "retentions 'r': criterion: 'after' is none of on, on_or_after"),
    ("retentions", {"clock": "utc"}, "retentions 'r': clock: 'utc' is none of calendar, rolling_24h"),
    ("lifecycle", {"interval": "year"}, "lifecycle 'l': interval: 'year' is none of day, week, month"),
    ("lifecycle", {"event": "shop.*"}, "lifecycle 'l': event: 'shop' is none of"),
    ("stickiness", {"period": "day"}, "stickiness 's': period: 'day' is none of week, month"),
]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The checking macro on a block, in this process: the project is parsed once, not for each block."""
    folder = tmp_path_factory.mktemp("definitions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_DUCKDB_PATH", str(folder / "none.duckdb"))
        patch.setenv("DBT_TARGET_PATH", str(folder / "target"))
        patch.setenv("DBT_LOG_PATH", str(folder / "logs"))
        places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
        parsed = dbtRunner().invoke(["parse", *places])
        assert parsed.success, parsed.exception
        said: list[str] = []
        runner = dbtRunner(manifest=parsed.result, callbacks=[lambda event: said.append(event.info.msg)])

        def message(block: Any, what: str) -> str:
            said.clear()
            arguments = ["--args", f"{{list: {what}}}", "--vars", json.dumps({"behavior": block}), *places]
            result = runner.invoke(["run-operation", "behavior_definitions", *arguments])
            return "" if result.success else "\n".join(said)

        yield message


@pytest.mark.parametrize(("kind", "change", "expected"), WRONG, ids=[expected[:60] for _, _, expected in WRONG])
def test_a_wrong_field_is_named(check: Any, kind: str, change: dict[str, Any], expected: str) -> None:
    said = check({kind: [{**copy.deepcopy(GOOD[kind]), **change}]}, kind)
    assert expected in said
    assert f"behavior: {kind}" in said


@pytest.mark.parametrize("kind", GOOD)
def test_the_same_definition_without_the_fault_is_taken(check: Any, kind: str) -> None:
    assert check({kind: [GOOD[kind]]}, kind) == ""


def test_two_definitions_of_one_name_and_unknown_lists_are_named(check: Any) -> None:
    assert "funnels 'f': name: is used twice" in check({"funnels": [FUNNEL, FUNNEL]}, "funnels")
    assert "the block: funnel: unknown field" in check({"funnel": [FUNNEL]}, "funnels")
    assert "the block: funnels: is not a list" in check({"funnels": FUNNEL}, "funnels")


def test_the_command_stops_while_it_parses(tmp_path: Path) -> None:
    result = dbt(tmp_path, "parse", block={"funnels": [{**FUNNEL, "mode": "loose"}]})
    assert result.returncode != 0
    assert "behavior: funnels 'f': mode: 'loose' is none of ordered, strict, unordered" in result.stdout
    assert "fct_funnel_attempts" in result.stdout or "agg_funnels" in result.stdout

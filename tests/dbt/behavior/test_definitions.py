"""A wrong definition stops dbt before anything runs, and its message names the definition and the field."""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.adapters.factory import FACTORY
from dbt.cli.main import dbtRunner
from dbt_common.exceptions import DbtRuntimeError

from tests.dbt_command import from_its_folder, with_parsed

from .conftest import MODELS, PROJECT, Compiled, compile_models, dbt, environment

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
STREAM, SHARE = {"event": "social.stream"}, {"event": "social.share"}
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
    (
        "funnels",
        {"mode": "unordered", "exclusions": [{"event": "social.stream", "to_step": 2}]},
        "exclusion 1: to_step: steps of an unordered funnel have no order",
    ),
    ("funnels", {"exclusions": False}, "funnels 'f': exclusions: is not a list of at most 8 events"),
    ("funnels", {"steps": [{**STEPS[0], "filter": {}}, STEPS[1]]}, "step 1: filter: is not a list of"),
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
    ("funnels", {"steps": None}, "funnels 'f': steps: is not a list of events"),
    ("funnels", {"steps": {"event": "social.view"}}, "funnels 'f': steps: is not a list of events"),
    ("funnels", {"steps": ["social.view", STEPS[1]]}, "step 1: definition: is not a mapping of fields: social.view"),
    (
        "funnels",
        {"steps": [{**STEPS[0], "optinal": True}, STEPS[1]]},
        "step 1: optinal: unknown field; known are event",
    ),
    ("funnels", {"steps": [{"event": "social.*"}, STEPS[1]]}, "step 1: event: 'social.*': all events of a domain"),
    (
        "funnels",
        {"steps": [{"event": "social.view", "filter": {"property": "platform", "value": "x"}}, STEPS[1]]},
        "funnels 'f': step 1: filter: is not a list of {property, operator, value}",
    ),
    ("funnels", {"steps": filtered(value="x")}, "funnels 'f': step 1: filter: property: is missing"),
    ("funnels", {"steps": filtered(property="platform")}, "step 1: filter: value: 'None' is not text, as platform is"),
    ("funnels", {"steps": filtered(property="amount", value=True)}, "value: 'True' is not a number, as amount is"),
    ("funnels", {"steps": filtered(property="amount", value=1e16)}, "value: '1e+16' is not a number, as amount is"),
    ("funnels", {"steps": filtered(property="platform", value="a\x00")}, "filter: value: 'a\x00' is not text"),
    ("funnels", {"steps": filtered(property="platform", operator="not_in", value=[])}, "'not_in' needs a list"),
    ("funnels", {"window": 60}, "funnels 'f': window: '60' is not a length of time; write for example '30 minutes'"),
    ("funnels", {"window": "1 month"}, "funnels 'f': window: '1 month' is not a length of time"),
    ("funnels", {"exclusions": "social.stream"}, "funnels 'f': exclusions: is not a list of at most 8 events"),
    ("funnels", {"exclusions": [STREAM] * 9}, "funnels 'f': exclusions: is not a list of at most 8 events"),
    ("funnels", {"exclusions": [{**STREAM, "from": 1}]}, "funnels 'f': exclusion 1: from: unknown field"),
    (
        "funnels",
        {"exclusions": [{**STREAM, "to_step": 3}]},
        "exclusion 1: to_step: '3' is not a whole number from 2 to 2",
    ),
    (
        "funnels",
        {"steps": [STEPS[0], {**STREAM, "optional": True}, STEPS[1]], "exclusions": [{**SHARE, "from_step": 2}]},
        "exclusion 1: from_step: step 2 is optional",
    ),
    (
        "funnels",
        {"unit": "session", "steps": [STEPS[0], {"event": "clips.clip"}]},
        "funnels 'f': unit: a session has events of one domain, not of clips and social",
    ),
    ("funnels", {"name": "a" * 64}, "is not lower-case letters, digits and underscores, 63 at most"),
    ("funnels", {"name": "f'; drop table x"}, "funnels definition 1: name: 'f'; drop table x' is not lower-case"),
    ("funnels", {"name": "Two words"}, "funnels definition 1: name: 'Two words' is not lower-case letters"),
    ("funnels", {"name": "f\n"}, "funnels definition 1: name: 'f\n"),
    ("funnels", {"window": "999999 weeks"}, "funnels 'f': window: '999999 weeks' is not a length of time"),
    ("funnels", {"window": "1 day\n"}, "funnels 'f': window: '1 day\n"),
    ("funnels", {"name": None}, "funnels definition 1: name: is missing"),
    ("retentions", {"cohort_mode": "last"}, "retentions 'r': cohort_mode: 'last' is none of first_ever,"),
    ("retentions", {"cohort_event": None}, "retentions 'r': cohort_event: is missing"),
    ("retentions", {"return_event": {"event": ""}}, "retentions 'r': return_event: event: '' is not"),
    ("retentions", {"interval": "hour"}, "retentions 'r': interval: 'hour' is none of day, week, month"),
    ("retentions", {"interval": None}, "retentions 'r': interval: is missing"),
    ("retentions", {"periods": 0}, "retentions 'r': periods: '0' is not a whole number from 1 to 60"),
    ("retentions", {"periods": "ten"}, "retentions 'r': periods: 'ten' is not a whole number from 1 to 60"),
    ("retentions", {"periods": 61}, "retentions 'r': periods: '61' is not a whole number from 1 to 60"),
    ("retentions", {"periods": True}, "retentions 'r': periods: 'True' is not a whole number from 1 to 60"),
    ("retentions", {"return_event": "social.view"}, "retentions 'r': return_event: definition: is not a mapping"),
    ("retentions", {"breakdown": "value"}, "retentions 'r': breakdown: 'value' is none of place,"),
    ("retentions", {"window": "1 day"}, "retentions 'r': window: unknown field; known are name, cohort_event"),
    ("retentions", {"criterion": "after"}, "retentions 'r': criterion: 'after' is none of on, on_or_after"),
    ("retentions", {"clock": "utc"}, "retentions 'r': clock: 'utc' is none of calendar, rolling_24h"),
    ("lifecycle", {"interval": "year"}, "lifecycle 'l': interval: 'year' is none of day, week, month"),
    ("lifecycle", {"event": "shop.*"}, "lifecycle 'l': event: 'shop' is none of"),
    ("lifecycle", {"event": None}, "lifecycle 'l': event: is missing"),
    ("lifecycle", {"filter": "ios"}, "lifecycle 'l': filter: is not a list of {property, operator, value}"),
    ("stickiness", {"period": "day"}, "stickiness 's': period: 'day' is none of week, month"),
    ("stickiness", {"period": None}, "stickiness 's': period: is missing"),
    ("stickiness", {"interval": "week"}, "stickiness 's': period: 'week' is none of month, quarter, year"),
    ("stickiness", {"interval": "year"}, "stickiness 's': interval: 'year' is none of day, week, month"),
]


# The setting that is read, a block in which it is wrong, and what is said of it.
WRONG_SETTINGS: list[tuple[str, dict[str, Any], str]] = [
    ("minimum_people", {"minimum_people": 0}, "the block: minimum_people: '0' is not a whole number from 1 to"),
    ("minimum_people", {"minimum_people": "five"}, "the block: minimum_people: 'five' is not a whole number"),
    ("revenue", {"revenue": {"event": "social"}}, "revenue: event: 'social' is not <domain>.<kind>"),
    ("revenue", {"revenue": False}, "revenue: definition: is not a mapping of fields: False"),
    ("revenue", {"revenue": {"events": "social.purchase"}}, "revenue: events: unknown field"),
    ("heartbeat_event", {"dwell": {"heartbeat": "social.ping"}}, "dwell: heartbeat: unknown field; known are"),
    (
        "heartbeat_event",
        {"dwell": {"heartbeat_event": "clips.clip"}},
        "dwell: heartbeat_event: 'clips.clip' is no event",
    ),
    (
        "heartbeat_event",
        {"dwell": {"heartbeat_event": "ping"}},
        "dwell: heartbeat_event: event: 'ping' is not <domain>",
    ),
    ("heartbeat_seconds", {"dwell": {"heartbeat_seconds": 0}}, "dwell: heartbeat_seconds: '0' is not a whole number"),
    ("minimum_visit_seconds", {"dwell": {"minimum_visit_seconds": -1}}, "dwell: minimum_visit_seconds: '-1' is not a"),
]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a macro says of a block, "" if it takes it: the project is parsed once, and no command is run for a block."""
    folder = tmp_path_factory.mktemp("definitions")
    with pytest.MonkeyPatch.context() as patch:
        # Which this process takes up, with the same paths.
        assert dbt(folder, "parse").returncode == 0
        patch.chdir(folder)
        _, relative = from_its_folder(environment(folder))
        for name, value in with_parsed([], relative).items() - os.environ.items():
            patch.setenv(name, value)
        parsed = dbtRunner().invoke(["parse", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"])
        assert parsed.success, parsed.exception
        adapter = FACTORY.adapters["duckdb"]

        def message(block: Any, what: str) -> str:
            adapter.config.cli_vars = {"behavior": block}
            macro, argument = ("behavior_definitions", "list") if what in GOOD else ("behavior_setting", "name")
            try:
                adapter.execute_macro(macro, kwargs={argument: what})
            except DbtRuntimeError as error:
                return str(error)
            return ""

        yield message


@pytest.mark.parametrize(("kind", "change", "expected"), WRONG, ids=[expected[:60] for _, _, expected in WRONG])
def test_a_wrong_field_is_named(check: Any, kind: str, change: dict[str, Any], expected: str) -> None:
    said = check({kind: [{**copy.deepcopy(GOOD[kind]), **change}]}, kind)
    assert expected in said
    assert f"behavior: {kind}" in said


@pytest.mark.parametrize(("setting", "block", "expected"), WRONG_SETTINGS, ids=[row[2][:60] for row in WRONG_SETTINGS])
def test_a_wrong_setting_is_named(check: Any, setting: str, block: dict[str, Any], expected: str) -> None:
    assert f"behavior: {expected}" in check(block, setting)


@pytest.mark.parametrize("kind", GOOD)
def test_the_same_definition_without_the_fault_is_taken(check: Any, kind: str) -> None:
    assert check({kind: [GOOD[kind]]}, kind) == ""


def test_the_examples_of_the_documentation_are_taken(check: Any) -> None:
    text = (PROJECT.parent / "docs" / "behavior.md").read_text()
    examples = [yaml.safe_load(found) for found in re.findall("```yaml\n(.*?)```", text, re.DOTALL)]
    lists = [(kind, block) for block in examples if isinstance(block, dict) for kind in block if kind in GOOD]
    assert {kind for kind, _ in lists} == set(GOOD)
    for kind, block in lists:
        assert check(block, kind) == ""


def test_two_definitions_of_one_name_and_unknown_lists_are_named(check: Any) -> None:
    assert "funnels 'f': name: is used twice" in check({"funnels": [FUNNEL, FUNNEL]}, "funnels")
    assert "the block: funnel: unknown field" in check({"funnel": [FUNNEL]}, "funnels")
    assert "the block: funnels: is not a list" in check({"funnels": FUNNEL}, "funnels")
    assert "funnels definition 1: definition: is not a mapping" in check({"funnels": ["f"]}, "funnels")
    assert "the block: definition: is not a mapping" in check([FUNNEL], "funnels")
    # false and '' are not left out: whoever wrote them meant something
    assert "the block: funnels: is not a list" in check({"funnels": False}, "funnels")
    assert "the block: definition: is not a mapping" in check("", "funnels")


def test_the_command_stops_while_it_parses(tmp_path: Path) -> None:
    result = dbt(tmp_path, "parse", block={"funnels": [{**FUNNEL, "mode": "loose"}]})
    assert result.returncode != 0
    assert "behavior: funnels 'f': mode: 'loose' is none of ordered, strict, unordered" in result.stdout
    assert "fct_funnel_attempts" in result.stdout or "agg_funnels" in result.stdout


def test_a_funnel_alone_is_a_whole_block(tmp_path: Path) -> None:
    marts = Compiled(compile_models(tmp_path, {"funnels": [FUNNEL]})).build([], MODELS)
    assert marts.rows("select count(*) from behavior.agg_lifecycle") == [(0,)]

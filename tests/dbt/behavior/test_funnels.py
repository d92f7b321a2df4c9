"""Funnels equal the oracle on random histories, in all modes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.behavior_oracle.events import Event
from tests.behavior_oracle.funnels import funnel

START = dt.datetime(2024, 3, 1, 23, 30)
VIEW, LIKE, BUY, SHARE = ({"event": f"social.{kind}"} for kind in ("view", "like", "purchase", "share"))
ON_IOS = {"event": "social.view", "filter": [{"property": "platform", "value": "ios"}]}
ON_WEB = {"event": "social.view", "filter": [{"property": "platform", "operator": "in", "value": ["web"]}]}
UNFILTERED = [VIEW, LIKE, BUY]
FUNNELS: list[dict[str, Any]] = [
    {"name": "plain", "steps": UNFILTERED, "window": "4 hours"},
    {"name": "two", "steps": [VIEW, BUY], "window": "1 hour", "breakdown": "platform"},
    {"name": "split", "steps": [ON_IOS, ON_WEB, LIKE, BUY], "window": "1 day", "breakdown": "action"},
    {"name": "thrice", "steps": [VIEW, VIEW, VIEW], "window": "5 hours", "breakdown": "platform"},
    {"name": "overlap", "steps": [VIEW, ON_IOS, BUY, VIEW], "window": "1 day"},
    {"name": "option", "steps": [VIEW, {**LIKE, "optional": True}, BUY], "window": "4 hours"},
    {
        "name": "options",
        "steps": [VIEW, {**LIKE, "optional": True}, {**SHARE, "optional": True}, BUY, {**LIKE, "optional": True}],
        "window": "1 day",
    },
    {"name": "excluded", "steps": UNFILTERED, "window": "4 hours", "exclusions": [SHARE]},
    {
        "name": "excluded_late",
        "steps": UNFILTERED,
        "window": "1 day",
        "exclusions": [{**SHARE, "from_step": 2}, {"event": "social.stream", "to_step": 2}],
    },
    {
        "name": "excluded_overlap",
        "steps": [VIEW, ON_IOS, BUY],
        "window": "1 day",
        "exclusions": [{**SHARE, "from_step": 2}, LIKE],
    },
    {
        "name": "excluded_option",
        "steps": [VIEW, {**LIKE, "optional": True}, BUY, ON_WEB],
        "window": "1 day",
        "exclusions": [{**SHARE, "from_step": 3}],
    },
    {"name": "in_session", "steps": UNFILTERED, "window": "2 hours", "unit": "session", "breakdown": "platform"},
    *(
        {"name": f"{mode}_{name}", "mode": mode, "steps": steps, "window": "5 hours", **more}
        for mode in ("strict", "unordered")
        for name, steps, more in (
            ("plain", UNFILTERED, {}),
            ("split", [ON_IOS, ON_WEB, LIKE, BUY], {"breakdown": "platform"}),
            ("overlap", [VIEW, ON_IOS, BUY, VIEW], {}),
            ("thrice", [VIEW, VIEW, VIEW], {}),
            ("excluded", UNFILTERED, {"exclusions": [SHARE]}),
            ("in_session", [VIEW, LIKE], {"unit": "session"}),
        )
    ),
]
# An optional step that may be the same event as another is refused.
FUNNELS = [f for f in FUNNELS if f["name"] not in ("options", "excluded_option")] + [
    {
        "name": "options",
        "steps": [VIEW, {**LIKE, "optional": True}, {**SHARE, "optional": True}, BUY],
        "window": "1 day",
    },
    {
        "name": "last_optional",
        "steps": [ON_IOS, {**LIKE, "optional": True}, BUY, {**SHARE, "optional": True}, {**ON_WEB, "optional": True}],
        "window": "6 hours",
        "breakdown": "platform",
    },
    {
        "name": "excluded_option",
        "steps": [ON_IOS, {**LIKE, "optional": True}, BUY, ON_WEB],
        "window": "1 day",
        "exclusions": [{**SHARE, "from_step": 3}],
    },
]
# A failing example is reported for one person as it was drawn: shrinking all people at once takes minutes.
DRAWN_ONLY: dict[str, Any] = {"phases": [Phase.explicit, Phase.generate], "suppress_health_check": list(HealthCheck)}
# Gaps in minutes on and around the borders of the windows; no gap makes ties.
GAPS = [0, 0, 0, 1, 10, 59, 60, 61, 120, 240, 241, 300, 301, 1440]
one_event = st.tuples(
    st.sampled_from(["view", "view", "like", "purchase", "share", "stream"]),
    st.sampled_from(GAPS),
    st.sampled_from([None, "ios", "web"]),
    st.sampled_from(["s1", "s2", None]),
)
histories = st.lists(st.lists(one_event, max_size=9), min_size=1, max_size=12)


def people(drawn: list[list[tuple[str, int, str | None, str | None]]]) -> list[Event]:
    events = []
    for number, history in enumerate(drawn):
        at = START
        for kind, gap, platform, session in history:
            at += dt.timedelta(minutes=gap)
            properties = {"platform": platform, "action": platform}
            events.append(Event(f"p{number}", f"social.{kind}", at, session and f"{number}{session}", properties))
    return events


@pytest.fixture(scope="module")
def compiled(compile_models: Any) -> Any:
    return compile_models({"funnels": FUNNELS})


def assert_equal(compiled: Any, drawn: Any) -> None:
    events = people(drawn)
    marts = compiled.build(events)
    for definition in FUNNELS:
        expected = funnel(definition, events)
        found = marts.funnel(definition["name"])
        for key in expected.keys() | found.keys():
            own = [event for event in events if key[0] in (event.person, event.session)]
            assert found.get(key) == expected.get(key), (definition, key, own)


@given(histories)
@settings(max_examples=40, **DRAWN_ONLY)
def test_funnels_equal_the_oracle(compiled: Any, drawn: Any) -> None:
    assert_equal(compiled, drawn)

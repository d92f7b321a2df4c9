"""The definitions of all behaviour tests in one block, so that dbt compiles once for them."""

from __future__ import annotations

import itertools
from typing import Any

Definition = dict[str, Any]

VIEW, LIKE, BUY, SHARE = ({"event": f"social.{kind}"} for kind in ("view", "like", "purchase", "share"))
ON_IOS = {"event": "social.view", "filter": [{"property": "platform", "value": "ios"}]}
ON_WEB = {"event": "social.view", "filter": [{"property": "platform", "operator": "in", "value": ["web"]}]}
LIKED = {**LIKE, "optional": True}
PLAIN = [VIEW, LIKE, BUY]
# Text that would leave a literal, open a comment or be rendered again.
HOSTILE = """it's; drop table "x" -- /* {{ 7 * 7 }} \\' %s $$"""
ODD = {"event": f"social.{HOSTILE}", "filter": [{"property": "action", "value": HOSTILE}]}
OFF_IOS = {"event": "social.view", "filter": [{"property": "platform", "operator": "!=", "value": "ios"}]}
CHAT = {"event": "livestream.interaction"}


def priced(*tests: tuple[str, Any]) -> Definition:
    return {
        **BUY,
        "filter": [{"property": "amount", "operator": operator, "value": value} for operator, value in tests],
    }


FUNNELS: list[Definition] = [
    {"name": "plain", "steps": PLAIN, "window": "4 hours"},
    {"name": "wide", "steps": PLAIN, "window": "1 day"},
    {"name": "hour", "steps": PLAIN, "window": "1 hour"},
    {"name": "two", "steps": [VIEW, BUY], "window": "1 hour", "breakdown": "platform"},
    {"name": "split", "steps": [ON_IOS, ON_WEB, LIKE, BUY], "window": "1 day", "breakdown": "action"},
    {"name": "thrice", "steps": [VIEW, VIEW, VIEW], "window": "5 hours", "breakdown": "platform"},
    {"name": "overlap", "steps": [VIEW, ON_IOS, BUY, VIEW], "window": "1 day"},
    {"name": "option", "steps": [VIEW, LIKED, BUY], "window": "4 hours"},
    {"name": "options", "steps": [VIEW, LIKED, {**SHARE, "optional": True}, BUY], "window": "1 day"},
    {
        "name": "last_optional",
        "steps": [ON_IOS, LIKED, BUY, {**SHARE, "optional": True}, {**ON_WEB, "optional": True}],
        "window": "6 hours",
        "breakdown": "platform",
    },
    {"name": "excluded", "steps": PLAIN, "window": "4 hours", "exclusions": [SHARE]},
    {
        "name": "excluded_late",
        "steps": PLAIN,
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
        "steps": [ON_IOS, LIKED, BUY, ON_WEB],
        "window": "1 day",
        "exclusions": [{**SHARE, "from_step": 3}],
    },
    # Required steps that one event may be, with optional ones between and after them.
    {
        "name": "overlap_options",
        "steps": [VIEW, ON_IOS, LIKED, BUY, {"event": "social.stream", "optional": True}],
        "window": "1 day",
        "exclusions": [{**SHARE, "from_step": 2}],
        "breakdown": "platform",
    },
    {"name": "in_session", "steps": PLAIN, "window": "2 hours", "unit": "session", "breakdown": "platform"},
    {"name": "order", "steps": [VIEW, CHAT, BUY], "window": "1 day", "breakdown": "place"},
    {"name": "odd", "steps": [VIEW, ODD, BUY], "window": "1 day", "breakdown": "action"},
    {
        "name": "off_ios",
        "steps": [ON_IOS, {**OFF_IOS, "optional": True}, BUY],
        "window": "1 day",
        "exclusions": [{"event": "social.like", "filter": [{"property": "platform", "operator": "is_not_set"}]}],
    },
    {
        "name": "prices",
        "steps": [priced(("<=", 1)), priced((">", 1), ("<", 5)), priced(("not_in", [0.5, 2]), (">=", 1))],
        "window": "2 days",
    },
    {"name": "no_price", "steps": [VIEW, priced(("is_not_set", None)), priced(("is_set", None))], "window": "1 day"},
    *(
        {"name": f"{mode}_{name}", "mode": mode, "steps": steps, "window": "5 hours", **more}
        for mode in ("strict", "unordered")
        for name, steps, more in (
            ("plain", PLAIN, {}),
            ("wide", PLAIN, {"window": "1 day"}),
            ("split", [ON_IOS, ON_WEB, LIKE, BUY], {"breakdown": "platform"}),
            ("overlap", [VIEW, ON_IOS, BUY, VIEW], {}),
            ("thrice", [VIEW, VIEW, VIEW], {}),
            ("excluded", PLAIN, {"exclusions": [SHARE]}),
            ("in_session", [VIEW, LIKE], {"unit": "session"}),
            ("domains", [CHAT, VIEW, BUY], {"exclusions": [SHARE], "breakdown": "place"}),
            ("session_overlap", [VIEW, VIEW, ON_IOS], {"unit": "session", "breakdown": "platform"}),
        )
    ),
]

RETENTIONS: list[Definition] = [
    {
        "name": f"{mode}_{interval}_{criterion}_{clock}",
        "cohort_event": {**VIEW, "filter": ON_IOS["filter"] if mode != "recurring" else []},
        "cohort_mode": mode,
        "return_event": event,
        "interval": interval,
        "periods": 3,
        "criterion": criterion,
        "clock": clock,
        "breakdown": "platform" if mode == "recurring" else "action",
    }
    for (mode, interval, criterion, clock), event in zip(
        itertools.product(
            ["first_ever", "recurring", "first_matching"],
            ["day", "week", "month"],
            ["on", "on_or_after"],
            ["calendar", "rolling_24h"],
        ),
        itertools.cycle([VIEW, BUY, LIKE]),
        strict=False,
    )
]
RETENTIONS.append(
    {
        "name": "select",  # a word of SQL, and as many periods as fit
        "cohort_event": priced((">=", 1)),
        "cohort_mode": "first_matching",
        "return_event": {"event": "social.view", "filter": [{**OFF_IOS["filter"][0], "value": "it's"}]},
        "interval": "day",
        "periods": 60,
        "criterion": "on_or_after",
        "clock": "rolling_24h",
        "breakdown": "currency",
    }
)
# Each differs from the first in one field.
RULES_OF_RETENTION: list[Definition] = [
    {
        **{"name": name, "cohort_event": ON_IOS, "return_event": VIEW, "interval": "day", "periods": 3},
        **{"breakdown": "platform", **different},
    }
    for name, different in {
        "rule_first_ever": {},
        "rule_first_matching": {"cohort_mode": "first_matching"},
        "rule_recurring": {"cohort_mode": "recurring"},
        "rule_or_after": {"criterion": "on_or_after"},
        "rule_rolling": {"clock": "rolling_24h"},
        "rule_months": {"interval": "month"},
    }.items()
]
LIFECYCLES: list[Definition] = [
    {"name": f"all_{interval}", "event": "social.*", "interval": interval} for interval in ("day", "week", "month")
] + [{"name": "views_on_ios", **ON_IOS, "interval": "day"}, {"name": "purchase_days", **BUY, "interval": "day"}]
STICKINESS: list[Definition] = [
    {"name": "week", "event": "social.*", "period": "week"},
    {"name": "month", "event": "social.view", "period": "month"},
    {"name": "weeks_a_month", "event": "social.*", "interval": "week", "period": "month"},
    {"name": "weeks_a_quarter", **ON_IOS, "interval": "week", "period": "quarter"},
    {"name": "months_a_year", "event": "social.*", "interval": "month", "period": "year"},
]


def _event(name: str, **filtered: str) -> Definition:
    return {"event": f"social.{name}", "filter": [{"property": key, "value": value} for key, value in filtered.items()]}


# The published cases: PostHog's own event names, orders as events with their status, purchases with their amount.
# The breakdown tells the cases apart, so that one build holds all.
PUBLISHED_FUNNELS: list[Definition] = [
    {"name": "incomplete_tries", "steps": ["user signed up", "$pageview", "something else"], "window": "1 day"},
    {"name": "conversion_times", "steps": ["sign up", "play movie", "buy"], "window": "7 days"},
    {"name": "fourteen_days", "steps": ["user signed up", "pageview"], "window": "14 days"},
    {"name": "five_minutes", "steps": ["user signed up", "pageview"], "window": "5 minutes"},
    {"name": "three_steps", "steps": ["step one", "step two", "step three"], "window": "7 days"},
    {"name": "one_step_thrice", "steps": ["step one", "step one", "step one"], "window": "7 days"},
]
PUBLISHED_FUNNELS = [
    {**one, "breakdown": "platform", "steps": [_event(name) for name in one["steps"]]} for one in PUBLISHED_FUNNELS
] + [
    {
        "name": "orders",
        "steps": [_event("order", action=status) for status in ("placed", "completed", "returned")],
        "window": "365 days",
    }
]
PUBLISHED_RETENTIONS: list[Definition] = [
    {
        "name": name,
        "cohort_event": _event(cohort),
        "return_event": _event(back),
        "cohort_mode": mode,
        "interval": interval,
        "periods": periods,
        "breakdown": "platform",
    }
    for name, cohort, back, mode, interval, periods in (
        ("pageviews_day", "$pageview", "$pageview", "recurring", "day", 10),
        ("pageviews_week", "$pageview", "$pageview", "recurring", "week", 6),
        ("pageviews_month", "$pageview", "$pageview", "recurring", "month", 10),
        ("first_time", "$user_signed_up", "$pageview", "first_ever", "day", 6),
        ("sign_ups", "sign up", "$some_event", "recurring", "day", 6),
        ("two_events", "$some_event", "$pageview", "recurring", "day", 6),
        ("cdnow", "purchase", "purchase", "first_ever", "month", 17),
    )
] + [
    {
        "name": "completed_orders",
        "cohort_event": _event("order"),
        "return_event": _event("order", action="completed"),
        "interval": "day",
        "periods": 14,
        "criterion": "on_or_after",
    }
]
BLOCK: Definition = {
    "minimum_people": 1,
    "funnels": FUNNELS + PUBLISHED_FUNNELS,
    "retentions": RETENTIONS + RULES_OF_RETENTION + PUBLISHED_RETENTIONS,
    "lifecycle": LIFECYCLES,
    "stickiness": STICKINESS,
    "revenue": {"event": "social.purchase"},
}

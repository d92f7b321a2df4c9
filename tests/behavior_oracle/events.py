"""Events and definitions as the oracle reads them: the mappings of vars.behavior as they stand."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .periods import date_of

Definition = Mapping[str, Any]
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


@dataclass(frozen=True, eq=False)
class Event:
    """One event of a person; `at` is UTC, `properties` are columns of int_behavior__events. Equal ones stay two."""

    person: str
    name: str
    at: dt.datetime
    session: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def date(self) -> dt.date:
        """The date in the reporting zone."""
        return date_of(self.at)


def matches(event: Event, wanted: Definition) -> bool:
    """Whether `event` is the event of a definition: its name and all of its filters."""
    if wanted["event"].endswith(".*"):
        if event.name.split(".")[0] != wanted["event"][:-2]:
            return False
    elif event.name != wanted["event"]:
        return False
    return all(_passes(event.properties.get(item["property"]), item) for item in wanted.get("filter") or [])


def _passes(value: Any, item: Mapping[str, Any]) -> bool:
    operator, wanted = item.get("operator", "="), item.get("value")
    match operator:
        case "is_set":
            return value is not None
        case "is_not_set":
            return value is None
        case "!=":
            return bool(value != wanted)
        case "not_in":
            return value not in wanted
    if value is None:
        return False
    match operator:
        case "=":
            return bool(value == wanted)
        case "in":
            return value in wanted
        case ">":
            return bool(value > wanted)
        case ">=":
            return bool(value >= wanted)
        case "<":
            return bool(value < wanted)
        case "<=":
            return bool(value <= wanted)
    raise ValueError(operator)


def duration(text: str) -> dt.timedelta:
    found = re.fullmatch(r"(\d+) (\w+?)s?", text)
    assert found
    return dt.timedelta(seconds=int(found[1]) * SECONDS[found[2]])


def breakdown_value(event: Event, definition: Definition) -> str:
    name = definition.get("breakdown")
    if name is None:
        return "(all)"
    value = event.properties.get(name)
    return "(none)" if value is None else str(value)

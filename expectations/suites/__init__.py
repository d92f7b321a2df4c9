"""The suites: one module a source (raw_<source>) or mart domain (<domain>), found by itself.

A module of this folder with a function `suite` is a suite of the module's name; the others are helpers.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterable

from expectations.declaration import Check, DeclaredCheck, Stage

Suite = Callable[[], Iterable[Check]]


def _discover() -> dict[Stage, dict[str, Suite]]:
    found: dict[Stage, dict[str, Suite]] = {"raw": {}, "marts": {}}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        suite = getattr(importlib.import_module(f"{__name__}.{name}"), "suite", None)
        if suite is not None:
            found["raw" if name.startswith("raw_") else "marts"][name] = suite
    return found


STAGES = _discover()


def checks_of(
    stage: Stage | None = None, suites: Collection[str] | None = None, tables: Collection[str] | None = None
) -> list[Check]:
    """All checks of a stage or of both, or of some of the suites, or those that read one of some tables.

    Raises:
        ValueError: there is no suite of that name.
    """
    available = STAGES["raw"] | STAGES["marts"] if stage is None else STAGES[stage]
    if unknown := set(suites or ()) - set(available):
        raise ValueError(f"stage {stage or 'raw or marts'} has no suite {', '.join(sorted(unknown))}")
    return [
        check
        for name, suite in available.items()
        if suites is None or name in suites
        for check in suite()
        if tables is None or any(check.reads(table) for table in tables)
    ]


def list_checks(stage: Stage | None = None) -> list[DeclaredCheck]:
    """Every declared check of a stage, or of both, in the order in which they run."""
    return [
        DeclaredCheck(check.suite, check.check_name, check.table_name, check.severity, check.description)
        for check in checks_of(stage)
    ]

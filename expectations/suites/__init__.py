"""The suites: one module a source (raw tables) or mart domain, the only list of them here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from expectations.declaration import Check, DeclaredCheck, Stage
from expectations.suites import conversations, core, raw_conversations, raw_social, social

Suite = Callable[[], Iterable[Check]]

STAGES: dict[Stage, dict[str, Suite]] = {
    "raw": {"raw_social": raw_social.suite, "raw_conversations": raw_conversations.suite},
    "marts": {"core": core.suite, "social": social.suite, "conversations": conversations.suite},
}


def checks_of(stage: Stage, suites: Collection[str] | None = None) -> list[Check]:
    """All checks of a stage, or of some of its suites.

    Raises:
        ValueError: the stage has no suite of that name.
    """
    available = STAGES[stage]
    if unknown := set(suites or ()) - set(available):
        raise ValueError(f"stage {stage} has no suite {', '.join(sorted(unknown))}")
    return [check for name, suite in available.items() if suites is None or name in suites for check in suite()]


def list_checks(stage: Stage | None = None) -> list[DeclaredCheck]:
    """Every declared check of a stage, or of both, in the order in which they run."""
    stages = STAGES if stage is None else (stage,)
    return [
        DeclaredCheck(check.suite, check.check_name, check.table_name, check.severity, check.description)
        for name in stages
        for check in checks_of(name)
    ]

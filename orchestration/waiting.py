"""What a run does while a step of it has to wait: for the pool's slot, or for its next try.

Dagster's executor in one process asks for the slot again without a pause, which takes a whole core from the run that
has it, and it hears neither Ctrl-C nor a termination before one of its own steps begins.
"""

from __future__ import annotations

import time

from dagster._core.errors import raise_execution_interrupts
from dagster._core.execution.plan.active import ActiveExecution

_PAUSE_SECONDS = 0.5


def wait_calmly() -> None:
    """Have every run of this process sleep while nothing can be done, and end when it is told to."""
    # A function of the class: the executor makes its instances itself.
    setattr(ActiveExecution, "sleep_til_ready", _sleep)  # noqa: B010 - its type forbids the assignment


def _sleep(execution: ActiveExecution) -> None:
    with raise_execution_interrupts():
        interval: float = execution.sleep_interval()  # type: ignore[no-untyped-call]
        time.sleep(max(interval, _PAUSE_SECONDS))

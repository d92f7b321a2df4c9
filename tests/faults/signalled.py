"""Runs a module and sends its own process a signal before or after the n-th call of one function.

python -m tests.faults.signalled SIGNAL FUNCTION before|after NUMBER MODULE [ARGUMENT ...]
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys
import threading
from typing import Any

# For processes that are forked from one which has imported this: what a load takes longest for.
import dlt.destinations.impl.duckdb.duck
import dlt.pipeline.pipeline  # noqa: F401

import ingestion.pipeline
import ingestion.registry  # noqa: F401


def main() -> None:
    number_of_signal, target, when, number, module, *arguments = sys.argv[1:]
    path, _, dotted = target.partition(":")
    owner: Any = importlib.import_module(path)
    *classes, name = dotted.split(".")
    for part in classes:
        owner = getattr(owner, part)
    original, guard, calls = getattr(owner, name), threading.Lock(), 0

    def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        with guard:
            calls += 1
            if calls == int(number) and when == "before":
                os.kill(os.getpid(), int(number_of_signal))
            result = original(*args, **kwargs)
            if calls == int(number):
                os.kill(os.getpid(), int(number_of_signal))
        return result

    setattr(owner, name, deadly)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main()

"""One writer at a time: a sidecar file lock around every open of the build file.

DuckDB has one writing process and fails at once where another holds the file; dlt does not wait either.
Dagster's pools do not bind the command line, so the lock is the operating system's (flock): it is
released when its holder dies, however it dies.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ingestion.settings import Settings

_POLL_SECONDS = 0.1


class LockTimeoutError(RuntimeError):
    """Another process held the warehouse for longer than the timeout."""


class _Held:
    def __init__(self) -> None:
        self.guard = threading.RLock()
        self.depth = 0
        self.file: IO[str] | None = None


_held: dict[Path, _Held] = {}
_registry_guard = threading.Lock()


@contextmanager
def writer_lock(settings: Settings, timeout_seconds: float | None = None) -> Iterator[None]:
    """Hold the warehouse's lock; re-entrant in a thread, exclusive between threads and processes.

    Raises:
        LockTimeoutError: names the process that holds the lock.
    """
    timeout = settings.lock_timeout_seconds if timeout_seconds is None else timeout_seconds
    path = settings.lock_path
    with _registry_guard:
        held = _held.setdefault(path, _Held())
    if not held.guard.acquire(timeout=max(timeout, 0.001)):
        raise LockTimeoutError(_message(path, timeout))
    try:
        if held.depth == 0:
            held.file = _acquire(path, timeout)
        held.depth += 1
        try:
            yield
        finally:
            held.depth -= 1
            if held.depth == 0 and held.file is not None:
                file, held.file = held.file, None
                with file:
                    # Who takes the lock without noting its number must not pass for this process, or one with its id.
                    file.truncate(0)
    finally:
        held.guard.release()


def _acquire(path: Path, timeout: float) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise LockTimeoutError(_message(path, timeout)) from None
                time.sleep(_POLL_SECONDS)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
    except BaseException:
        # Open, it would keep the lock for as long as somebody looks at the error.
        with suppress(OSError):
            file.close()
        raise
    return file


def _message(path: Path, timeout: float) -> str:
    try:
        number = path.read_text().strip()
    except OSError:
        number = ""
    holder = f"process {number}" if number else "a program that notes no number, such as a backup"
    return (
        f"The warehouse is being written by {holder} (waited {timeout:g} s for {path}). "
        "Wait for it to end, or stop it and run again: nothing is lost. See docs/runbook.md, 'Lock held'."
    )

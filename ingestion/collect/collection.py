"""Collections as data: what was asked for whom, how it ended, and the items that came.

Items go to state/collected/<source>/<resource>/<run>.jsonl, states of collections to .../collections/. A file of
items has the suffix .part until it is complete; what a killed run left is cut at its last whole line and taken
in, and its open collections are closed as failed by the next run.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from ingestion.collect.clock import Clock
from ingestion.collect.counts import NAMES, Counts
from ingestion.files import InputRoot
from ingestion.settings import Settings

Status = Literal["running", "succeeded", "partial", "failed"]
COLLECTIONS = "collections"
# A part is completed at this size, so that a long run's rows can be loaded while it goes on.
PART_BYTES = 64 << 20
_RESOURCE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ERROR_CHARACTERS = 500


class CollectError(RuntimeError):
    """One collection failed; the others of the run go on. The message names no secret and no person."""


class CollectorError(RuntimeError):
    """The whole run of a source failed, or cannot start; the message says what to do next."""


@dataclass
class Collection:
    """One resource of one account (None: of all accounts together) in one run. Made by `Collector.collection`."""

    collection_id: str
    resource: str
    account_id: str | None
    started_at: datetime
    _collector: Collector
    requests: int = 0
    retries: int = 0
    points: int = 0
    rows: int = 0
    problem: str | None = field(default=None)

    def count(self, *, requests: int = 0, retries: int = 0, points: int = 0) -> None:
        """Add what an answer cost: requests sent, those of them that were repeats, and the platform's points."""
        self.requests += requests
        self.retries += retries
        self.points += points
        self._collector._note(self)

    def add(self, items: Iterable[Mapping[str, Any]], resource: str | None = None) -> int:
        """Keep items as the platform gave them; returns their number. All of one call have the same time.

        `resource` names another raw table of the source, for what an answer brings beside the collection's own rows.
        """
        added = self._collector._write(self, resource or self.resource, items)
        self.rows += added
        self._collector._note(self)
        return added

    def partial(self, problem: str) -> None:
        """Note that something is missing; what came is kept."""
        self.problem = problem


class Collector:
    """One run of one source, as a context manager: one process a source at a time.

    Attributes:
        run_id: name of the run's files.
        problems: a sentence for each collection that failed or is partial.

    Raises:
        CollectorError: another process collects the source.
    """

    def __init__(self, settings: Settings, source: str, clock: Clock) -> None:
        self.source = source
        self.clock = clock
        self.problems: list[str] = []
        self._folder = collected_dir(settings, source)
        self._opened = ExitStack()
        self._states: IO[bytes] | None = None
        self._counts: Counts | None = None
        self._parts: dict[str, IO[bytes]] = {}
        self._number = 0
        self.run_id = ""

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as opened:
            lock = opened.enter_context((self._folder / "lock").open("a+"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CollectorError(
                    f"{self.source} is being collected by another process. Wait for it to end, or stop it and run "
                    "again: what it collected is kept."
                ) from None
            self.run_id = f"{self.clock.now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
            states = self._folder / COLLECTIONS
            states.mkdir(exist_ok=True)
            died = list(_open_collections(states))
            for part in self._folder.glob("*/*.part"):
                _complete(part)
            self._states = opened.enter_context((states / f"{self.run_id}.jsonl").open("ab"))
            left = Counts.left(self._folder / "counts")
            for state in died:
                counted = left.get(state["collection_id"], {})
                self._record({**state, **counted, "status": "failed", "ended_at": None, "error": "the process died"})
            # Only now: had this run died before, the next one would still find them.
            self._counts = Counts(self._folder / "counts")
            opened.callback(self._counts.close)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Also where a part cannot be completed: the lock must not outlive the run, and the next one takes the part in.
        with self._opened:
            for resource in list(self._parts):
                self._close_part(resource)
            if self._states is not None:
                self._states.close()
                path = Path(self._states.name)
                if not path.stat().st_size:
                    path.unlink()

    @contextmanager
    def collection(self, resource: str, account_id: str | None = None) -> Iterator[Collection]:
        """Begin a collection and record how it ends. `CollectError` inside ends it as failed and goes no further."""
        if not _RESOURCE.fullmatch(resource):
            raise ValueError(f"not a resource: {resource!r}")
        now = self.clock.now()
        made = Collection(uuid.uuid4().hex, resource, account_id, now, self)
        self._end(made, "running")
        self._note(made)
        try:
            yield made
        except CollectError as error:
            self._fail(made, str(error))
        except CollectorError as error:
            self._fail(made, str(error))
            raise
        except BaseException as error:
            is_stopped = isinstance(error, KeyboardInterrupt | GeneratorExit)
            self._fail(made, "interrupted" if is_stopped else type(error).__name__)
            raise
        else:
            if made.problem is not None:
                self.problems.append(self._sentence(made, "is partial", made.problem))
            self._end(made, "succeeded" if made.problem is None else "partial", made.problem)

    def _fail(self, made: Collection, reason: str) -> None:
        self.problems.append(self._sentence(made, "failed", reason))
        self._end(made, "failed", reason)

    def _sentence(self, made: Collection, verb: str, reason: str) -> str:
        of = f" of {made.account_id}" if made.account_id else ""
        return f"{self.source}.{made.resource}{of} {verb}: {reason}"

    def _end(self, made: Collection, status: Status, error: str | None = None) -> None:
        self._record(
            {
                "collection_id": made.collection_id,
                "resource": made.resource,
                "account_id": made.account_id,
                "status": status,
                "started_at": _text(made.started_at),
                "ended_at": None if status == "running" else _text(self.clock.now()),
                **_counted(made),
                "error": error[:_ERROR_CHARACTERS] if error else None,
            }
        )
        if status != "running" and self._counts is not None:
            self._counts.forget(made.collection_id)

    def _note(self, made: Collection) -> None:
        if self._counts is not None:
            self._counts.note(made.collection_id, _counted(made))

    def _record(self, state: Mapping[str, Any]) -> None:
        if self._states is None:
            raise ValueError("the collector is not open")
        self._states.write(_line({**state, "recorded_at": _text(self.clock.now())}))
        # Whoever looks at a run under way, or comes after a kill, finds the state.
        self._states.flush()

    def _write(self, made: Collection, resource: str, items: Iterable[Mapping[str, Any]]) -> int:
        envelope = {
            "collection_id": made.collection_id,
            "account_id": made.account_id,
            "collected_at": _text(self.clock.now()),
        }
        part = self._part(resource)
        count = 0
        for item in items:
            part.write(_line({**envelope, "item": item}))
            count += 1
        part.flush()
        if part.tell() >= PART_BYTES:
            self._close_part(resource)
        return count

    def _part(self, resource: str) -> IO[bytes]:
        if resource not in self._parts:
            folder = self._folder / resource
            folder.mkdir(exist_ok=True)
            self._number += 1
            self._parts[resource] = (folder / f"{self.run_id}-{self._number:04d}.jsonl.part").open("ab")
        return self._parts[resource]

    def _close_part(self, resource: str) -> None:
        part = self._parts.pop(resource)
        part.close()
        _complete(Path(part.name))


def collected_dir(settings: Settings, source: str) -> Path:
    """Where a source's collected files lie until they are loaded."""
    return settings.state_dir / "collected" / source


def collected_root(source: str, resource: str) -> Callable[[Settings], list[InputRoot]]:
    """`ResourceSpec.roots` of a collected resource."""
    return lambda settings: [
        InputRoot(collected_dir(settings, source) / resource, f"collected/{resource}", ("jsonl",), "*.jsonl")
    ]


def remove_loaded(settings: Settings, source: str, loaded: Iterable[Path]) -> None:
    """Remove collected files that a committed load has taken in whole: they hold the rows once more.

    States of collections stay while one of them is open: the next run must find it if this one dies.
    """
    folder = collected_dir(settings, source)
    still_open = {state["collection_id"] for state in _open_collections(folder / COLLECTIONS)}
    # Oldest first: the state that closes a collection is younger than the one that opened it.
    for path in sorted(loaded):
        if folder not in path.parents:
            continue
        if path.parent.name != COLLECTIONS or still_open.isdisjoint(s["collection_id"] for s in _states(path)):
            path.unlink(missing_ok=True)


def _states(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            yield json.loads(line)
        except ValueError:
            continue  # cut off by a kill


def _open_collections(folder: Path) -> Iterator[dict[str, Any]]:
    """First states of collections that have not ended, in whatever order their files are named."""
    states = [state for path in sorted(folder.glob("*.jsonl")) for state in _states(path)]
    ended = {state["collection_id"] for state in states if state["status"] != "running"}
    yield from (state for state in states if state["collection_id"] not in ended)


def _counted(made: Collection) -> dict[str, int]:
    return {name: getattr(made, name) for name in NAMES}


def _complete(part: Path) -> None:
    """Give a part its final name, cut at its last whole line, on disk before the name."""
    with part.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        file.truncate(_end_of_last_line(file, size))
        file.flush()
        os.fsync(file.fileno())
        is_empty = file.seek(0, os.SEEK_END) == 0
    if is_empty:
        part.unlink()
    else:
        os.replace(part, part.with_suffix(""))


def _end_of_last_line(file: IO[bytes], size: int) -> int:
    block = 1 << 16
    end = size
    while end > 0:
        start = max(end - block, 0)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _line(value: Mapping[str, Any]) -> bytes:
    # In ASCII, so that what no UTF-8 can hold arrives as it was sent and is judged with the rest.
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"

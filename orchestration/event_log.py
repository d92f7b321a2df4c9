"""Dagster's event log in SQLite: connections that stay open, and runs that are forgotten.

Dagster opens and closes a connection for each event, and with the last one SQLite writes its log back and waits for the
disk. A night has thousands of events, most of them of checks: that took half of its time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from dagster import DagsterInstance
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

# The index, the run that goes on, and those that are read beside it. Each takes three of the files that a process may
# have open.
_KEPT_FILES = 8


class _KeptConnections:
    """One connection to each file in use of a storage, in the place of its own `_connect` and `has_table`."""

    def __init__(self, storage: SqliteEventLogStorage) -> None:
        self._storage = storage
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()

    @contextmanager
    def connect(self, shard: str) -> Iterator[Connection]:
        """A transaction on the file of a run, or on "index"."""
        # The storage's own lock: a connection serves one thread at a time.
        with self._storage._db_lock:
            engine = self._engine(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def has_table(self, name: str) -> bool:
        """Whether the index has a table; one that is there stays."""
        # By a connection of its own: it is asked in the middle of transactions.
        if name not in self._tables and SqliteEventLogStorage.has_table(self._storage, name):
            self._tables.add(name)
        return name in self._tables

    def install(self) -> None:
        """Take the place of the storage's own functions."""
        vars(self._storage).update(_connect=self.connect, has_table=self.has_table)

    def close(self) -> None:
        """Give the place back, and close the files."""
        for name in ("_connect", "has_table"):
            vars(self._storage).pop(name, None)
        with self._storage._db_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            if len(self._engines) == _KEPT_FILES:
                self._engines.pop(next(iter(self._engines))).dispose()
            engine = create_engine(
                self._storage.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            event.listen(engine, "connect", _do_not_wait_for_the_disk)
            if shard not in self._storage._initialized_dbs:
                self._storage._initdb(engine)
                self._storage._initialized_dbs.add(shard)
            self._engines[shard] = engine
        # The one that was not used for longest comes first.
        self._engines[shard] = self._engines.pop(shard)
        return self._engines[shard]


def _do_not_wait_for_the_disk(connection: sqlite3.Connection, _: Any) -> None:
    # With a write-ahead log a killed process loses nothing by it; a power failure may cost the newest events.
    connection.execute("pragma synchronous = normal")


def keep_connections(instance: DagsterInstance) -> AbstractContextManager[object]:
    """Has the instance's event log keep its connections, until the end of the context or of the process.

    Does nothing where the instance stores its events elsewhere, or already keeps them.
    """
    storage = instance.event_log_storage
    if type(storage) is not SqliteEventLogStorage or "_connect" in vars(storage):
        return nullcontext()
    kept = _KeptConnections(storage)
    kept.install()
    return closing(kept)


def forget_runs(instance: DagsterInstance, run_ids: Sequence[str]) -> None:
    """Delete runs with their events, results of checks, logs and files.

    Dagster's own deletion leaves the results of checks, what steps printed, and the file of each run at its full size.
    """
    storage = instance.event_log_storage
    if type(storage) is not SqliteEventLogStorage:
        for run_id in run_ids:
            instance.delete_run(run_id)
        return
    for run_id in run_ids:
        with storage.index_connection() as connection:
            storage.delete_events_for_run(connection, run_id)
            connection.execute(AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id))
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        for suffix in ("", "-wal", "-shm"):
            Path(f"{storage.path_for_shard(run_id)}{suffix}").unlink(missing_ok=True)
        # Last: a deletion that is interrupted is done again.
        instance.run_storage.delete_run(run_id)

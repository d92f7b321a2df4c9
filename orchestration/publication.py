"""The published database: a checked, read-only copy of the marts that is replaced in one step.

Readers open only this file. It is written beside the old one under a temporary name, verified, and moved
over it with os.replace: a reader sees the old publication or the new one, whole, and a reader that holds
the old file open keeps it. A process that dies in any step leaves the old publication as it was.

Nothing here imports Dagster.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingestion.engine import connect
from ingestion.lock import writer_lock
from ingestion.settings import Settings
from orchestration.records import Obstacle, Requirement, obstacles

INTERNAL_SCHEMAS = ("staging", "intermediate", "main", "information_schema", "pg_catalog")
# Bookkeeping of the incremental models: of no use to readers, and it changes when no figure does.
INTERNAL_COLUMNS = ("batch_id",)
_TEMPORARY = re.compile(r"\.publishing-\d+\.duckdb(\.wal)?")
_HISTORY = re.compile(r"analytics-\d{8}T\d{6}\d*Z\.duckdb")
_SPARE_BYTES = 32 * 2**20

Step = Callable[[str], None]


class PublicationRefused(RuntimeError):
    """Checks stand against publishing; the earlier publication stays as it is."""

    def __init__(self, reasons: Sequence[Obstacle]) -> None:
        listed = "\n".join(f"  - {reason}" for reason in reasons)
        super().__init__(
            f"Nothing was published, the earlier publication stays: {len(reasons)} critical results "
            f"stand against it.\n{listed}\nSee docs/runbook.md, 'Failed check'."
        )
        self.reasons = tuple(reasons)


class PublicationError(RuntimeError):
    """The copy could not be written or does not equal its source; the earlier publication stays."""


@dataclass(frozen=True)
class Publication:
    """What `publish` wrote: the file, its tables with their numbers of rows, bytes and seconds."""

    path: Path
    rows: dict[str, int]
    size_bytes: int
    seconds: float

    @property
    def row_count(self) -> int:
        return sum(self.rows.values())


def publish(
    settings: Settings,
    *,
    required: Sequence[Requirement] = (),
    keep: int = 3,
    on_step: Step = lambda step: None,
) -> Publication:
    """Copy the marts to a new file and put it in the place of the published one.

    Args:
        required: suites that must have been executed; a critical failure among the last
            results of any suite refuses the publication whether it is listed or not.
        keep: number of earlier publications to keep in published/history.
        on_step: called with the name of each step before it starts.

    Raises:
        PublicationRefused: checks stand against it.
        PublicationError: no space, or the copy failed.
        ingestion.lock.LockTimeoutError: another process holds the warehouse.
    """
    started = time.monotonic()
    folder = settings.published_path.parent
    with writer_lock(settings):
        folder.mkdir(parents=True, exist_ok=True)
        on_step("clean")
        _remove_left_overs(folder)
        if not settings.database_path.exists():
            raise PublicationError(f"There is no {settings.database_path}: run the job nightly first.")
        temporary = folder / f".publishing-{os.getpid()}.duckdb"
        try:
            on_step("gate")
            with connect(settings, settings.database_path, read_only=True) as connection:
                reasons = obstacles(connection, required)
                if reasons:
                    raise PublicationRefused(reasons)
            on_step("space")
            _require_space(settings)
            on_step("copy")
            rows = _copy(settings, temporary, on_step)
            on_step("verify")
            _verify(settings, temporary, rows)
            on_step("sync")
            _sync(temporary)
            on_step("history")
            _keep_current(settings.published_path, keep)
            on_step("replace")
            # A write-ahead log beside another file than its own makes every open fail.
            _wal(settings.published_path).unlink(missing_ok=True)
            os.replace(temporary, settings.published_path)
            on_step("sync folder")
            _sync(folder)
        except (duckdb.Error, OSError) as error:
            raise PublicationError(
                f"Nothing was published, the earlier publication stays: {error}. "
                f"Free space in {folder}: {shutil.disk_usage(folder).free / 2**20:.0f} MiB. "
                "See docs/runbook.md, 'Disk full'."
            ) from error
        finally:
            temporary.unlink(missing_ok=True)
            _wal(temporary).unlink(missing_ok=True)
        size = settings.published_path.stat().st_size
    return Publication(settings.published_path, rows, size, time.monotonic() - started)


def published_schemas(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Schemas of the build file that readers get: all but raw data, dbt's inner layers and dlt's own."""
    names = connection.execute(
        """
        select distinct schema_name from duckdb_tables() where database_name = current_database()
        union
        select distinct schema_name from duckdb_views()
        where database_name = current_database() and not internal
        order by 1
        """
    ).fetchall()
    return [
        name
        for (name,) in names
        if name not in INTERNAL_SCHEMAS and not name.startswith(("raw_", "_")) and "dbt_test" not in name
    ]


def _copy(settings: Settings, temporary: Path, on_step: Step) -> dict[str, int]:
    """Write all published tables to `temporary`; returns "schema.table" -> rows."""
    rows: dict[str, int] = {}
    with connect(settings, settings.database_path, read_only=True) as connection:
        # Views are read with the build file's own catalog name, under which dbt has compiled them.
        source = _quote(_scalar(connection, "select current_database()"))
        connection.execute(f"attach {_text(str(temporary))} as publication (read_write)")
        for schema in published_schemas(connection):
            connection.execute(f"create schema publication.{_quote(schema)}")
            for table, table_comment in _relations(connection, schema):
                on_step(f"copy {schema}.{table}")
                target = f"publication.{_quote(schema)}.{_quote(table)}"
                columns = _columns(connection, schema, table)
                listed = ", ".join(_quote(column) for column, _ in columns)
                counted = connection.execute(
                    f"create table {target} as select {listed} from {source}.{_quote(schema)}.{_quote(table)}"
                ).fetchone()
                rows[f"{schema}.{table}"] = int(counted[0]) if counted else 0
                if table_comment:
                    connection.execute(f"comment on table {target} is {_text(table_comment)}")
                for column, comment in columns:
                    if comment:
                        connection.execute(f"comment on column {target}.{_quote(column)} is {_text(comment)}")
        on_step("checkpoint")
        connection.execute("checkpoint publication")
    if not rows:
        raise PublicationError("The build file holds no marts: build the models first.")
    return rows


def _relations(connection: duckdb.DuckDBPyConnection, schema: str) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = connection.execute(
        """
        select table_name, comment from duckdb_tables()
        where database_name = current_database() and schema_name = $schema
        union all
        select view_name, comment from duckdb_views()
        where database_name = current_database() and schema_name = $schema
        order by 1
        """,
        {"schema": schema},
    ).fetchall()
    # dbt's own left-overs of a killed build are not marts.
    return [(name, comment) for name, comment in found if not name.endswith(("__dbt_tmp", "__dbt_backup"))]


def _columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = connection.execute(
        """
        select column_name, comment from duckdb_columns()
        where database_name = current_database() and schema_name = ? and table_name = ?
        order by column_index
        """,
        [schema, table],
    ).fetchall()
    return [(name, comment) for name, comment in found if name not in INTERNAL_COLUMNS]


def _verify(settings: Settings, temporary: Path, rows: dict[str, int]) -> None:
    """Open the copy as a reader does and count each table's rows again."""
    with connect(settings, temporary, read_only=True) as connection:
        for name, expected in rows.items():
            schema, table = name.split(".", 1)
            found = int(_scalar(connection, f"select count(*) from {_quote(schema)}.{_quote(table)}"))
            if found != expected:
                raise PublicationError(f"The copy of {name} has {found} rows and not {expected}.")


def _require_space(settings: Settings) -> None:
    """Refuse before writing where the new file cannot fit beside the old one."""
    folder = settings.published_path.parent
    if settings.published_path.exists():
        needed = int(settings.published_path.stat().st_size * 1.1)
    else:
        # Marts have been between a quarter and half of the build file.
        needed = settings.database_path.stat().st_size // 2
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE_BYTES:
        raise PublicationError(
            f"Not enough space to publish: about {(needed + _SPARE_BYTES) / 2**20:.0f} MiB are needed "
            f"in {folder} and {free / 2**20:.0f} MiB are free. The earlier publication stays. "
            "Free space, or lower PUBLISH_KEEP, and run the job publish again."
        )


def _keep_current(published: Path, keep: int) -> None:
    """Give the current publication a second name in history/, and drop names beyond the newest `keep`."""
    history = published.parent / "history"
    history.mkdir(exist_ok=True)
    if keep and published.exists():
        made = datetime.fromtimestamp(published.stat().st_mtime_ns / 1e9, UTC)
        name = history / f"analytics-{made:%Y%m%dT%H%M%S%f}Z.duckdb"
        if not name.exists():
            try:
                os.link(published, name)
            except OSError:
                # A file system without hard links: a copy costs space, and is as good.
                shutil.copy2(published, name.with_suffix(".copying"))
                os.replace(name.with_suffix(".copying"), name)
    kept = sorted(path for path in history.iterdir() if _HISTORY.fullmatch(path.name))
    for path in kept[: max(len(kept) - keep, 0)]:
        path.unlink()


def _remove_left_overs(folder: Path) -> None:
    """Remove temporary files of publications that were killed; the lock says that none is under way."""
    for path in folder.iterdir():
        if _TEMPORARY.fullmatch(path.name):
            path.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _scalar(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    row = connection.execute(query).fetchone()
    return "" if row is None else str(row[0])


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

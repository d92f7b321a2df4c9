"""A small warehouse for the model tests: raw tables made by SQL, dbt run by its command."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.registry import SOURCES
from ingestion.schema import FILES, REJECT_REPLAYS, REJECTS, ROW_ORIGIN
from tests.dbt_command import run_dbt

PROJECT = Path(__file__).parents[2] / "dbt_project"
ZONE = "Europe/Berlin"
SOCIAL = ["path:models/staging/social", "path:models/intermediate/social", "path:models/marts/social"]

LOADS = {
    "load_id": "VARCHAR",
    "schema_name": "VARCHAR",
    "status": "BIGINT",
    "inserted_at": "TIMESTAMPTZ",
    "schema_version_hash": "VARCHAR",
}
OPS_TABLES = """
create schema raw_ops;
create table raw_ops.check_results(
    run_id varchar, tool varchar, suite varchar, check_name varchar, table_name varchar, severity varchar,
    status varchar, observed varchar, expected varchar, checked_at timestamp);
create table raw_ops.runs(
    run_id varchar, job varchar, status varchar, started_at timestamp, ended_at timestamp, sources_loaded varchar,
    rows_loaded bigint, rows_rejected bigint, models_built bigint, checks_passed bigint, checks_warned bigint,
    checks_failed bigint);
"""


def raw_tables() -> str:
    """SQL that makes the raw tables of every source as ingestion does."""
    script = ""
    for name, source in SOURCES.items():
        script += f"create schema raw_{name};"
        tables = {resource.name: resource.columns | ROW_ORIGIN for resource in source.resources}
        tables |= {"_dlt_loads": LOADS, "rejects": REJECTS, "files": FILES, "reject_replays": REJECT_REPLAYS}
        for table, columns in tables.items():
            listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            script += f"create table raw_{name}.{table}({listed});"
    return script + OPS_TABLES


@dataclass(frozen=True)
class Event:
    """One raw event. `at` is UTC; `data` becomes JSON text."""

    event_id: str
    at: dt.datetime
    user_id: str | None = None
    session_id: str | None = None
    event_type: str = "view"
    data: dict[str, Any] = field(default_factory=dict)
    platform: str | None = None
    schema_version: str | None = None


@dataclass
class Warehouse:
    """A warehouse file with its raw tables, and the dbt command on it.

    Attributes:
        models: what `run` builds.
        domain: schema of the marts among them.
        table_count: tables, at least, that they make.
    """

    path: Path
    state: Path
    models: Sequence[str] = tuple(SOCIAL)
    domain: str = "social"
    table_count: int = 12
    loaded: list[tuple[dt.datetime, str, int, Event]] = field(default_factory=list)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(query).fetchall()

    def create_raw(self) -> None:
        self.sql(raw_tables())

    def add_load(self, load_id: str, loaded_at: dt.datetime, events: Iterable[Event], status: int = 0) -> None:
        rows = list(enumerate(events, start=1))
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(
                "insert into raw_social._dlt_loads values (?, 'social', ?, ?, 'h')",
                [load_id, status, loaded_at.replace(tzinfo=dt.UTC)],
            )
            connection.execute(
                "insert into raw_social.files(file_id, resource, file, lines_read, rows_loaded, rows_rejected,"
                " rows_blank, status, loaded_at, _dlt_load_id) values (?, 'events', ?, ?, ?, 0, 0, 'loaded', ?, ?)",
                [f"file-{load_id}", f"{load_id}.jsonl", len(rows), len(rows), loaded_at, load_id],
            )
            if rows:
                connection.executemany(
                    "insert into raw_social.events(event_id, has_event_id, event_type, user_id, session_id, timestamp,"
                    " schema_version, platform, data, file_id, line_number, _dlt_load_id)"
                    " values (?, true, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        [
                            e.event_id,
                            e.event_type,
                            e.user_id,
                            e.session_id,
                            e.at,
                            e.schema_version,
                            e.platform,
                            json.dumps(e.data),
                            f"file-{load_id}",
                            number,
                            load_id,
                        ]
                        for number, e in rows
                    ],
                )
        if status == 0:
            self.loaded += [(loaded_at, load_id, number, e) for number, e in rows]

    def dbt(self, *arguments: str, check: bool = True, has_manifest: bool = False) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "DBT_DUCKDB_PATH": str(self.path),
            "DUCKDB_TEMP_DIRECTORY": str(self.path.parent / "state" / "spill"),
            "DBT_TARGET_PATH": str(self.state / "target"),
            "DBT_LOG_PATH": str(self.state / "logs"),
            "REPORTING_TIMEZONE": ZONE,
            "DUCKDB_THREADS": "2",
            "DUCKDB_MEMORY_LIMIT": "1GB",
            "DO_NOT_TRACK": "1",
            # Writing it takes longer than many a model.
            "DBT_WRITE_JSON": str(has_manifest).lower(),
        }
        result = run_dbt([*arguments, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)], environment)
        assert not check or result.returncode == 0, result.stdout[-6000:]
        return result

    def run(self, *models: str, full_refresh: bool = False) -> None:
        self.dbt("run", *(["--full-refresh"] if full_refresh else []), "--select", *(models or self.models))

    def rebuilt(self) -> Warehouse:
        """A copy that was rebuilt from raw; of the same file name, which views hold and dbt parses anew for another."""
        folder = self.path.parent / "rebuilt"
        folder.mkdir(exist_ok=True)
        copy = replace(self, path=folder / self.path.name)
        shutil.copy(self.path, copy.path)
        copy.run(full_refresh=True)
        return copy


def differences(one: Warehouse, other: Warehouse) -> dict[str, int]:
    """Rows that only one of two warehouses holds, by table, leaving out batch_id and loaded_at."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one.path}' as one (read_only); attach '{other.path}' as other (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'one'"
            " and schema_name in ('staging', 'intermediate', ?)",
            [one.domain],
        ).fetchall()
        assert len(tables) >= one.table_count
        for schema, table in tables:
            columns = ", ".join(
                f'"{name}"'
                for (name,) in connection.execute(
                    "select column_name from duckdb_columns() where database_name = 'one' and schema_name = ?"
                    " and table_name = ? and column_name not in ('batch_id', 'event_batch_id', 'displaced_batch_id', 'loaded_at')",
                    [schema, table],
                ).fetchall()
            )
            a, b = (f"select {columns} from {db}.{schema}.{table}" for db in ("one", "other"))
            row = connection.execute(
                f"select count(*) from (({a} except all {b}) union all ({b} except all {a}))"
            ).fetchone()
            if row and row[0]:
                found[f"{schema}.{table}"] = row[0]
    return found


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def manifest(state: Path, incremental: Warehouse) -> dict[str, Any]:
    """The parsed project; `incremental` has parsed it already."""
    incremental.dbt("parse", has_manifest=True)
    loaded: dict[str, Any] = json.loads((state / "target" / "manifest.json").read_text())
    return loaded


@pytest.fixture(scope="session")
def incremental(state: Path) -> Iterator[Warehouse]:
    """The warehouse that the tests of test_incremental.py fill one load after another."""
    warehouse = Warehouse(state / "warehouse.duckdb", state)
    warehouse.create_raw()
    warehouse.run()
    yield warehouse

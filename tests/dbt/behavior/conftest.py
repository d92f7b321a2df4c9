"""Behaviour's models, compiled by dbt for a set of definitions and run on rows in memory: a build takes milliseconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.behavior_oracle.events import Event

PROJECT = Path(__file__).parents[3] / "dbt_project"
DATABASE = "memory_of_tests"
BLOCK = Mapping[str, Any]
# In the order in which they build on each other.
MODELS = ("int_behavior__people", "fct_funnel_attempts")
COLUMNS = {
    "domain": pa.string(),
    "person_id": pa.string(),
    "session_key": pa.string(),
    "event_key": pa.string(),
    "kind": pa.string(),
    "occurred_at": pa.timestamp("us"),
    "event_date": pa.date32(),
    "batch_id": pa.int64(),
    "loaded_at": pa.timestamp("us"),
}


def dbt(folder: Path, *arguments: str, block: BLOCK | None = None) -> subprocess.CompletedProcess[str]:
    """A dbt command on the project with vars.behavior replaced by `block`."""
    environment = os.environ | {
        "DBT_DUCKDB_PATH": str(folder / f"{DATABASE}.duckdb"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "REPORTING_TIMEZONE": "UTC",
        "DO_NOT_TRACK": "1",
    }
    variables = [] if block is None else ["--vars", json.dumps({"behavior": block})]
    places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    return subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *arguments, *variables, *places],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


class Compiled:
    """SQL of the models for one set of definitions. No dataclass: Hypothesis would print all of it."""

    def __init__(self, block: BLOCK, sql: Mapping[str, str], schemas: Mapping[str, str]) -> None:
        self.block = block
        self.sql = sql
        self.schemas = schemas

    def build(self, events: Iterable[Event], loaded_at: Any = None, models: Iterable[str] = MODELS) -> Marts:
        """Run the models on `events`, which arrived at `loaded_at` (default: at the newest event)."""
        connection = duckdb.connect(":memory:")
        connection.execute(f"set TimeZone = 'UTC'; set threads = 1; attach ':memory:' as {DATABASE}; use {DATABASE}")
        for schema in ("staging", "intermediate", "social", "behavior"):
            connection.execute(f"create schema if not exists {schema}")
        _insert(connection, list(events), loaded_at)
        for model in models:
            name = f"{self.schemas[model]}.{model}"
            connection.execute(f"create table {name} as {self.sql[model]}")
        return Marts(connection)


@dataclass(frozen=True)
class Marts:
    """The built tables."""

    connection: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def funnel(self, name: str) -> dict[tuple[str, Any, str], tuple[int, dict[int, Any]]]:
        """fct_funnel_attempts in the oracle's shape."""
        found = self.rows(
            "select unit_key, entry_date, breakdown_value, deepest_step, "
            + ", ".join(f"step_{number}_at" for number in range(1, 11))
            + f" from behavior.fct_funnel_attempts where funnel_name = '{name}'"
        )
        result = {
            (unit, date, value): (deepest, {n: at for n, at in enumerate(times, start=1) if at is not None})
            for unit, date, value, deepest, *times in found
        }
        assert len(result) == len(found)
        return result


def _insert(connection: duckdb.DuckDBPyConnection, events: list[Event], loaded_at: Any) -> None:
    newest = loaded_at or max((event.at for event in events), default=None)
    names = sorted({name for event in events for name in event.properties})
    rows = [
        {
            "domain": event.name.split(".")[0],
            "person_id": event.person,
            "session_key": event.session,
            "event_key": f"e{number}",
            "kind": event.name.split(".")[1],
            "occurred_at": event.at,
            "event_date": event.date,
            "batch_id": 1,
            "loaded_at": newest,
            **{name: event.properties.get(name) for name in names},
        }
        for number, event in enumerate(events)
    ]
    fields = [pa.field(name, kind) for name, kind in COLUMNS.items()]
    given = {name for name in names if any(isinstance(event.properties.get(name), str) for event in events)}
    for name in PROPERTIES:
        is_text = PROPERTIES[name] == "text"
        assert name not in given or is_text
        fields.append(pa.field(name, pa.string() if is_text else pa.float64()))
    events_table = pa.Table.from_pylist(rows, schema=pa.schema(fields))  # noqa: F841 (DuckDB reads it by its name)
    connection.execute(
        """create table intermediate.int_behavior__events as
        select * replace (cast(amount as decimal(38, 6)) as amount) from events_table"""
    )
    connection.execute(
        """create table staging.stg_social__events as select 1::bigint as batch_id, null::bigint as displaced_batch_id;
        create table social.fct_events as select 1::bigint as batch_id"""
    )


PROPERTIES = {
    name: "text"
    for name in (
        "place account_id entity_type entity_id unit currency platform schema_version action referrer product_id"
        " payment_method"
    ).split()
} | {name: "number" for name in ("amount", "value", "quantity", "dwell_seconds", "scroll_depth_ratio")}


@pytest.fixture(scope="session")
def compile_models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[BLOCK], Compiled]:
    """dbt compile of the behaviour models for a block of definitions; one parse of the project for each block."""
    folder = tmp_path_factory.mktemp("behavior")
    kept: dict[str, Compiled] = {}

    def compiled(block: BLOCK) -> Compiled:
        key = json.dumps(block, sort_keys=True)
        if key not in kept:
            result = dbt(folder, "compile", "--select", *MODELS, "--indirect-selection", "empty", block=block)
            assert result.returncode == 0, result.stdout[-4000:]
            manifest = json.loads((folder / "target" / "manifest.json").read_text())
            nodes = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
            kept[key] = Compiled(
                block,
                {name: nodes[name]["compiled_code"] for name in MODELS},
                {name: nodes[name]["schema"] for name in MODELS},
            )
        return kept[key]

    return compiled

"""Behaviour's models, compiled by dbt for a set of definitions and run on rows in memory: a build takes milliseconds."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.behavior_oracle.events import Event
from tests.behavior_oracle.periods import ZONE
from tests.dbt_command import run_dbt
from tests.shared import made_once

from .definitions import BLOCK, Definition

PROJECT = Path(__file__).parents[3] / "dbt_project"
DATABASE = "warehouse"
# In the order in which they build on each other.
FUNNEL_MODELS = ("int_behavior__people", "fct_funnel_attempts", "agg_funnels")
ACTIVITY_MODELS = (
    "int_behavior__people",
    "int_behavior__retention_people",
    "int_behavior__retention_cells",
    "int_behavior__cohort_revenue",
    "agg_retention",
    "agg_retention_periods",
    "agg_cohorts",
    "int_behavior__lifecycle_people",
    "agg_lifecycle",
    "int_behavior__stickiness_people",
    "agg_stickiness",
)
MODELS = tuple(dict.fromkeys(FUNNEL_MODELS + ACTIVITY_MODELS))
TEXTS = (
    "place account_id entity_type entity_id unit currency platform schema_version action referrer product_id"
    " payment_method conversion_path"
)
NUMBERS = "amount value quantity dwell_seconds scroll_depth_ratio"
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


def environment(folder: Path) -> dict[str, str]:
    """What dbt reads for a database in `folder`."""
    return os.environ | {
        "DBT_DUCKDB_PATH": str(folder / f"{DATABASE}.duckdb"),
        "DUCKDB_TEMP_DIRECTORY": str(folder / "state" / "spill"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "REPORTING_TIMEZONE": ZONE.key,
        "DO_NOT_TRACK": "1",
    }


def dbt(folder: Path, *arguments: str, block: Definition | None = None) -> subprocess.CompletedProcess[str]:
    """A dbt command on the project, with vars.behavior replaced by `block`."""
    variables = [] if block is None else ["--vars", json.dumps({"behavior": block})]
    places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    return run_dbt([*arguments, *variables, *places], environment(folder))


class Compiled:
    """SQL of the models. No dataclass: Hypothesis would print all of it."""

    def __init__(self, models: Mapping[str, Mapping[str, str]]) -> None:
        self.models = models

    def build(self, events: Iterable[Event], models: Iterable[str], loaded_at: dt.datetime | None = None) -> Marts:
        """Run the models on `events`, which arrived at `loaded_at` (default: at the newest event)."""
        connection = duckdb.connect(":memory:")
        connection.execute(f"set TimeZone = 'UTC'; set threads = 1; attach ':memory:' as {DATABASE}; use {DATABASE}")
        for schema in ("staging", "intermediate", "social", "behavior"):
            connection.execute(f"create schema if not exists {schema}")
        _insert(connection, list(events), loaded_at)
        for model in models:
            name = f"{self.models[model]['schema']}.{model}"
            connection.execute(f"create table {name} as {self.models[model]['sql']}")
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
            "select case unit when 'session' then person_id || ' ' || unit_key else unit_key end, entry_date,"
            " breakdown_value, deepest_step, "
            + ", ".join(f"step_{number}_at" for number in range(1, 11))
            + f" from behavior.fct_funnel_attempts where funnel_name = '{name}'"
        )
        result = {
            (unit, date, value): (deepest, {n: at for n, at in enumerate(times, start=1) if at is not None})
            for unit, date, value, deepest, *times in found
        }
        assert len(result) == len(found)
        return result


def _insert(connection: duckdb.DuckDBPyConnection, events: list[Event], loaded_at: dt.datetime | None) -> None:
    newest = loaded_at or max((event.at for event in events), default=None)
    rows = [
        {
            **event.properties,
            "domain": event.name.split(".")[0],
            "person_id": event.person,
            "session_key": event.session,
            "event_key": f"e{number}",
            "kind": event.name.split(".", 1)[1],
            "occurred_at": event.at,
            "event_date": event.date,
            "batch_id": 1,
            "loaded_at": newest,
        }
        for number, event in enumerate(events)
    ]
    columns = COLUMNS | dict.fromkeys(TEXTS.split(), pa.string()) | dict.fromkeys(NUMBERS.split(), pa.float64())
    fields = [pa.field(name, kind) for name, kind in columns.items()]
    events_table = pa.Table.from_pylist(rows, schema=pa.schema(fields))  # noqa: F841 (DuckDB reads it by its name)
    connection.execute(
        """create table intermediate.int_behavior__events as
        select * replace (cast(amount as decimal(38, 6)) as amount) from events_table"""
    )
    connection.execute(
        """create table staging.stg_social__events as select 1::bigint as batch_id, null::bigint as displaced_batch_id;
        create table social.fct_events as select 1::bigint as batch_id"""
    )


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """dbt compile of the models for BLOCK: a parse of the project, once for all processes that run tests."""

    def make(folder: Path) -> None:
        (folder / "compiled.json").write_text(json.dumps(compile_models(folder, BLOCK)))

    return Compiled(json.loads((made_once(tmp_path_factory, "behavior", make) / "compiled.json").read_text()))


def compile_models(folder: Path, block: Definition) -> dict[str, dict[str, str]]:
    """Name of a model -> its schema and SQL for the definitions of `block`."""
    result = dbt(folder, "compile", "--select", *MODELS, "--indirect-selection", "empty", block=block)
    assert result.returncode == 0, result.stdout[-4000:]
    nodes = json.loads((folder / "target" / "manifest.json").read_text())["nodes"].values()
    return {
        node["name"]: {"schema": node["schema"], "sql": node["compiled_code"]}
        for node in nodes
        if node["resource_type"] == "model" and node["name"] in MODELS
    }

"""What a build leaves out, and everything that makes it build all: without dbt, on a warehouse of two sources."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.settings import Settings, all_variables
from orchestration import build, dbt, dbt_inputs, records
from orchestration.records import CheckRow


def node(kind: str, schema: str, name: str, *parents: str, **more: Any) -> dict[str, Any]:
    return {
        "resource_type": kind,
        "schema": schema,
        "name": name,
        "depends_on": {"nodes": list(parents)},
        **more,
    }


def source(schema: str, name: str) -> dict[str, Any]:
    return {"source_name": schema, "schema": schema, "name": name}


MANIFEST = {
    "sources": {
        f"source.{schema}.{name}": source(schema, name)
        for schema, names in {
            "raw_a": ["events", "_dlt_loads"],
            "raw_b": ["events", "_dlt_loads"],
            "raw_ops": ["runs"],
        }.items()
        for name in names
    },
    "nodes": {
        "seed.prices": node("seed", "staging", "prices"),
        "model.stg_a": node("model", "staging", "stg_a", "source.raw_a.events", "source.raw_a._dlt_loads"),
        "model.stg_b": node("model", "staging", "stg_b", "source.raw_b.events", "source.raw_b._dlt_loads"),
        "model.a": node("model", "marts", "a", "model.stg_a", "seed.prices"),
        "model.b": node("model", "marts", "b", "model.stg_b"),
        "model.both": node("model", "marts", "both", "model.a", "model.b"),
        "model.runs": node("model", "ops", "runs", "source.raw_ops.runs"),
        "model.sizes": node("model", "ops", "sizes"),
        "model.of_sizes": node("model", "ops", "of_sizes", "model.sizes", "model.b"),
        "test.a": node("test", "tests", "key_a", "model.a", attached_node="model.a"),
        "test.b": node("test", "tests", "key_b", "model.b", attached_node="model.b"),
        "test.a_b": node("test", "tests", "a_has_b", "model.a", "model.b", attached_node="model.a"),
    },
}
OF_B = {"seed.prices", "model.stg_b", "model.b", "test.b"}
OF_BOTH = OF_B | {"model.stg_a", "model.a", "model.both", "test.a", "test.a_b"}
RESULTS = [CheckRow("key_a", "marts.a", "critical", "passed"), CheckRow("key_b", "marts.b", "critical", "passed"),
           CheckRow("a_has_b", "marts.a", "critical", "passed")]  # fmt: skip


@dataclass
class Warehouse:
    settings: Settings

    def execute(self, *statements: str) -> None:
        with duckdb.connect(str(self.settings.database_path)) as connection:
            for statement in statements:
                connection.execute(statement)

    def plan(self) -> dbt_inputs.Plan:
        with duckdb.connect(str(self.settings.database_path)) as connection:
            return dbt_inputs.plan(connection, self.settings, MANIFEST)

    def states(self) -> dict[str, str | None]:
        with duckdb.connect(str(self.settings.database_path)) as connection:
            return dbt_inputs.states(connection, self.settings, MANIFEST)

    def build(self, rows: list[CheckRow] = RESULTS) -> dbt_inputs.Plan:
        """A build that succeeds, as `orchestration.build` records it."""
        with duckdb.connect(str(self.settings.database_path)) as connection:
            plan = dbt_inputs.plan(connection, self.settings, MANIFEST)
            dbt_inputs.forget(connection)
            records.begin(connection, "run", "dbt", dbt.STEP)
            records.finish(connection, "run", "dbt", dbt.STEP, rows)
            dbt_inputs.remember(connection, self.settings, MANIFEST, plan)
        return plan


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """After a build of everything."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.sql").write_text("select {{ env_var('CURRENCY_OF_A', '') }}")
    (project / "dbt_project.yml").write_text(
        "vars: {session_cut_seconds: 3600, clips_ages_hours: [1, 6], behavior: {minimum_people: 5}}"
    )
    monkeypatch.setattr(dbt, "PROJECT_DIR", project)
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / "warehouse")})
    settings.warehouse_dir.mkdir()
    made = Warehouse(settings)
    for schema in ("raw_a", "raw_b"):
        made.execute(
            f"create schema {schema}",
            f"create table {schema}.events as select 1 as event_id",
            f"create table {schema}._dlt_loads as select '1' as load_id, 0 as status, timestamp '2026-01-01' as inserted_at",
        )
    made.execute("create schema raw_ops", "create table raw_ops.runs as select 1 as run_id")
    for schema, *names in (("staging", "stg_a", "stg_b", "prices"), ("marts", "a", "b"), ("ops", "runs", "sizes")):
        made.execute(f"create schema {schema}", *(f"create table {schema}.{name} as select 1 as n" for name in names))
    made.execute("create view marts.both as select 1 as n", "create view ops.of_sizes as select 1 as n")
    with duckdb.connect(str(settings.database_path)) as connection:
        records.create_tables(connection)
    assert made.build().left_out == frozenset()
    return made


def test_what_no_changed_source_is_above_is_left_out(warehouse: Warehouse) -> None:
    assert warehouse.plan().left_out == OF_BOTH
    warehouse.execute("insert into raw_a.events values (2)", "insert into raw_a._dlt_loads values ('2', 0, now())")
    plan = warehouse.plan()
    # A model that reads what dbt does not know of, records of runs, and what stands on them are built each time.
    assert plan.left_out == OF_B
    assert [(row.check_name, row.status) for row in plan.results] == [("key_b", "passed")]
    # Its results are those of the build that left it out.
    warehouse.build([RESULTS[0], RESULTS[2], *plan.results])
    assert warehouse.plan().left_out == OF_BOTH


@pytest.mark.parametrize(
    "change",
    [
        "insert into raw_b._dlt_loads values ('2', 0, now())",
        "update raw_b._dlt_loads set status = 1",
        "insert into raw_b.events values (2)",
        "delete from raw_b.events",
        "drop table raw_b.events",
    ],
)
def test_a_source_that_changed_in_any_way_leaves_nothing_below_it_out(warehouse: Warehouse, change: str) -> None:
    warehouse.execute(change)
    assert warehouse.plan().left_out == OF_BOTH - OF_B - {"model.both", "test.a_b"} | {"seed.prices"}


def edit_project(warehouse: Warehouse) -> None:
    path = dbt.PROJECT_DIR / "a.sql"
    status = path.stat()
    path.write_text(path.read_text().replace("select", "SELECT"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def add_file(warehouse: Warehouse) -> None:
    (dbt.PROJECT_DIR / "prices.csv").write_text("a,b\n")


def set_variable(warehouse: Warehouse) -> None:
    os.environ["CURRENCY_OF_A"] = "EUR"


def change_setting(warehouse: Warehouse) -> None:
    folder = str(warehouse.settings.warehouse_dir)
    warehouse.settings = Settings.from_env({"WAREHOUSE_DIR": folder, "REPORTING_TIMEZONE": "Europe/Berlin"})


def fail_a_test(warehouse: Warehouse) -> None:
    warehouse.build([*RESULTS[:2], CheckRow("a_has_b", "marts.a", "warning", "failed")])


def die_in_a_build(warehouse: Warehouse) -> None:
    with duckdb.connect(str(warehouse.settings.database_path)) as connection:
        dbt_inputs.forget(connection)
        records.begin(connection, "died", "dbt", dbt.STEP)


def lack_a_result(warehouse: Warehouse) -> None:
    warehouse.build(RESULTS[:2])


def build_anew(warehouse: Warehouse) -> None:
    warehouse.execute("insert into raw_ops.rebuilds values ('marts.b', now())")


def change_rows_by_hand(warehouse: Warehouse) -> None:
    warehouse.execute("insert into marts.b values (2)")


def drop_a_view(warehouse: Warehouse) -> None:
    warehouse.execute("drop view marts.both")


def replace_the_database(warehouse: Warehouse) -> None:
    path = warehouse.settings.database_path
    shutil.copy(path, path.with_suffix(".copy"))
    os.replace(path.with_suffix(".copy"), path)


def restore_an_older_state(warehouse: Warehouse) -> None:
    path = warehouse.settings.database_path
    older = path.read_bytes()
    warehouse.build()
    path.write_bytes(older)


def lose_the_state(warehouse: Warehouse) -> None:
    shutil.rmtree(warehouse.settings.state_dir)


@pytest.mark.parametrize(
    "spoil",
    [
        edit_project, add_file, set_variable, change_setting, fail_a_test, die_in_a_build, lack_a_result, build_anew,
        change_rows_by_hand, drop_a_view, replace_the_database, restore_an_older_state, lose_the_state,
    ],
)  # fmt: skip
def test_in_doubt_everything_is_built(
    warehouse: Warehouse, spoil: Callable[[Warehouse], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warehouse.plan().left_out == OF_BOTH
    monkeypatch.setenv("CURRENCY_OF_A", "USD")
    warehouse.build()
    spoil(warehouse)
    plan = warehouse.plan()
    assert plan.left_out == frozenset() and plan.results == () and plan.reason
    # A build of everything that succeeds is the end of it.
    warehouse.build()
    assert warehouse.plan().left_out == OF_BOTH


def test_everything_is_built_once_a_week(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    now = records.utc_now()
    for days, is_whole in ((6.9, False), (7.1, True), (-1, True)):
        monkeypatch.setattr(records, "utc_now", lambda days=days: now + timedelta(days=days))
        assert (warehouse.plan().left_out == frozenset()) is is_whole
    monkeypatch.setattr(records, "utc_now", lambda: now + timedelta(days=6))
    # A build that leaves something out does not put it off.
    assert warehouse.build([*RESULTS]).left_out == OF_BOTH
    monkeypatch.setattr(records, "utc_now", lambda: now + timedelta(days=8))
    assert warehouse.build().left_out == frozenset()
    assert warehouse.plan().left_out == OF_BOTH


def test_states_tell_of_every_relation_whether_it_may_have_changed(warehouse: Warehouse) -> None:
    before = warehouse.states()
    # Nothing tells whether records of runs changed.
    assert {name for name, state in before.items() if state is None} >= {"raw_ops.runs", "raw_ops.check_results"}
    assert all(before[name] for name in ("raw_a.events", "raw_b._dlt_loads", "marts.a", "marts.both", "staging.prices"))
    assert warehouse.states() == before
    warehouse.execute("insert into raw_a._dlt_loads values ('2', 0, now())")
    warehouse.build()
    after = warehouse.states()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        *("raw_a.events", "raw_a._dlt_loads", "staging.stg_a", "marts.a", "marts.both"),
        *("ops.runs", "ops.sizes", "ops.of_sizes"),
    }
    warehouse.execute("delete from marts.b")
    assert set(warehouse.states().values()) == {None}


@pytest.fixture
def with_places(monkeypatch: pytest.MonkeyPatch) -> None:
    for node in MANIFEST["nodes"].values():
        monkeypatch.setitem(node, "fqn", [node["schema"], node["name"]])
        monkeypatch.setitem(node, "original_file_path", f"models/marts/a/{node['name']}.sql")


def begin(warehouse: Warehouse, *, ends: bool = False) -> bool:
    """Whether a build that begins now builds everything anew."""
    begun = build.prepare(warehouse.settings, MANIFEST, "run")
    if ends:
        build.complete(warehouse.settings, MANIFEST, begun, [], has_succeeded=True)
    return "--full-refresh" in begun.arguments


def test_a_change_of_a_setting_that_rows_depend_on_builds_everything_anew(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, with_places: None
) -> None:
    # A first build that does not come to its end leaves rows too.
    assert not begin(warehouse)
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    assert begin(warehouse)
    # What died leaves models of both values, whichever comes next.
    monkeypatch.delenv("REPORTING_CURRENCY")
    assert begin(warehouse)
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    assert begin(warehouse, ends=True)
    assert not begin(warehouse, ends=True)
    for name, value in (("LIVESTREAM_ACCOUNT_ID", "studio"), ("LIVESTREAM_ACCOUNT_ID", "")):
        monkeypatch.setenv(name, value)
        with pytest.raises(build.BuildError, match=name):
            build.prepare(warehouse.settings, MANIFEST, "run", is_full=False)
        assert begin(warehouse)
        assert begin(warehouse, ends=True)
    monkeypatch.setenv("REPORTING_CURRENCY", "EUR")
    assert begin(warehouse, ends=True)
    monkeypatch.delenv("REPORTING_CURRENCY")
    assert not begin(warehouse, ends=True)


@pytest.mark.parametrize(
    ("variables", "is_anew"),
    [
        ("{session_cut_seconds: 60, clips_ages_hours: [1, 6]}", True),
        ("{session_cut_seconds: 3600, clips_ages_hours: [1]}", True),
        # One that an update brings.
        ("{session_cut_seconds: 3600, clips_ages_hours: [1, 6], rules_version: 1}", True),
        # What needs none: see _SHAPES_NO_OLD_ROWS.
        ("{session_cut_seconds: 3600, clips_ages_hours: [1, 6], behavior: {minimum_people: 9}}", False),
    ],
)
def test_a_change_of_a_variable_of_the_project_builds_everything_anew(
    warehouse: Warehouse, with_places: None, variables: str, is_anew: bool
) -> None:
    begin(warehouse, ends=True)
    (dbt.PROJECT_DIR / "dbt_project.yml").write_text(f"vars: {variables}")
    assert begin(warehouse, ends=True) == is_anew
    assert not begin(warehouse, ends=True)


def test_each_setting_that_models_read_shapes_rows_or_is_known_not_to() -> None:
    declared = all_variables()
    read = {one.name for one in declared} & dbt.project_state()[1]
    # Of the engine; and how far looks at streams lie apart from now on, which changes nothing about those of before.
    read -= {"DUCKDB_MEMORY_LIMIT", "DUCKDB_THREADS", "TWITCH_STREAM_POLL_SECONDS"}
    assert read == {one.name for one in declared if one.shapes}


def test_a_manifest_that_was_cut_off_is_written_again(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def parse(command: list[str], *, env: dict[str, str], **_: Any) -> subprocess.CompletedProcess[str]:
        parsed.append(command)
        (Path(env["DBT_TARGET_PATH"]) / "manifest.json").write_text('{"nodes": {}}')
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(dbt.subprocess, "run", parse)
    path = dbt.ensure_manifest(warehouse.settings)
    assert dbt.ensure_manifest(warehouse.settings) == path and len(parsed) == 1
    path.write_text('{"nodes"')
    assert dbt.load_manifest(dbt.ensure_manifest(warehouse.settings)) == {"nodes": {}}
    path.unlink()
    assert dbt.ensure_manifest(warehouse.settings).exists() and len(parsed) == 3

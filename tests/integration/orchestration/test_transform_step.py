"""One step of dbt against a project of three models: results, full refresh, backfill, crashes, the gate."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

import duckdb
import pytest
from dagster import DagsterInstance, DagsterRunStatus, Definitions, ExecuteInProcessResult, define_asset_job

from ingestion.settings import Settings
from orchestration import dbt, dbt_command
from orchestration.assets.publish import build_publication
from orchestration.assets.transform import build_transform_assets, project_at
from orchestration.instance import process_tag
from orchestration.keys import DATES_TAG, UNCHANGED, model_key
from orchestration.records import Requirement
from orchestration.resources import TransformOptions, WarehouseResource
from orchestration.run_log import summarize
from tests.dbt_command import served_dbt

REAL_MACROS = dbt.PROJECT_DIR / "macros"
REAL_DBT = dbt.dbt_executable
FILES = {
    "dbt_project.yml": """
        name: small
        version: "1.0"
        config-version: 2
        profile: small
        flags: {send_anonymous_usage_stats: false}
        on-run-start: ["{{ forget_build() }}"]
        models:
          +on_schema_change: fail
          small:
            staging: {+schema: staging, +materialized: incremental}
            marts: {+schema: social, +materialized: incremental}
    """,
    "profiles.yml": """
        small:
          target: duckdb
          outputs: {duckdb: {type: duckdb, path: "{{ env_var('DBT_DUCKDB_PATH') }}", schema: main}}
    """,
    "macros/names.sql": "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}",
    "models/staging/social/stg_social__events.sql": """
        {{ config(unique_key="event_id") }}
        {% set newest = "(select max(batch_id) from " ~ this ~ ")" if is_incremental() else "0" %}
        select event_id, occurred_at, cast({{ newest }} + 1 as bigint) as batch_id
        from {{ source("raw_social", "events") }}
        {% if is_incremental() %} where event_id not in (select event_id from {{ this }}) {% endif %}
    """,
    "models/marts/social/fct_events.sql": """
        {{ config(unique_key="event_id") }}
        select
            event_id, batch_id, '{{ env_var("REPORTING_TIMEZONE") }}{{ env_var("REPORTING_CURRENCY", "") }}' as zone,
            now() as built_at
        from {{ ref("stg_social__events") }}
        {% if is_incremental() %} where batch_id > (select max(batch_id) from {{ this }}) {% endif %}
    """,
    "models/marts/social/slow.sql": """
        {{ config(materialized="table") }}
        -- depends_on: {{ ref("fct_events") }}
        {% if env_var("SCARCE_MEMORY", "") and env_var("DUCKDB_THREADS") != "1" %}
            select error('Out of Memory Error: could not allocate block') as n union all
        {% endif %}
        select count(*) as n from range({{ env_var("SLOW_ROWS", "1") }}) as a(i), range(100000) as b(j)
        where hash(i, j) = 0
    """,
    "models/staging/fx/stg_fx__rates.sql": """
        {{ config(materialized="table") }}
        select r.*, now() as built_at from {{ source("raw_fx", "rates") }} as r
        semi join {{ source("raw_fx", "_dlt_loads") }} as l on l.load_id = r._dlt_load_id
    """,
    "models/marts/fx/fct_rates.sql": """
        {{ config(materialized="view") }}
        select * from {{ ref("stg_fx__rates") }}
    """,
    # With this one there is more to leave out than to build.
    "models/marts/currencies/dim_currencies.sql": """
        {{ config(materialized="view") }}
        select distinct rate from {{ ref("fct_rates") }}
    """,
    "models/all.yml": """
        version: 2
        sources:
          - {name: raw_social, schema: raw_social, tables: [{name: events}]}
          - {name: raw_fx, schema: raw_fx, tables: [{name: rates}, {name: _dlt_loads}]}
        models:
          - name: fct_events
            columns: [{name: event_id, data_tests: [not_null]}]
          - name: fct_rates
            columns: [{name: rate, data_tests: [not_null]}]
    """,
    "macros/forget_build.sql": indent((REAL_MACROS / "incremental" / "forget_build.sql").read_text(), 8 * " "),
}
# Models of social, whose ledger the small project does not know, are built each time; those of fx are left out.
TESTS = {("not_null_fct_events_event_id", "passed"), ("not_null_fct_rates_rate", "passed"), ("completed", "passed")}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("small")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line[8:] for line in text.strip("\n").splitlines()) if "\n" in text else text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt, "PROJECT_DIR", folder)
        patch.setattr(dbt, "dbt_environment", _environment(dbt.dbt_environment))
        with served_dbt(tmp_path_factory.mktemp("dbt")) as command:
            patch.setattr(dbt, "dbt_executable", lambda: command)
            yield folder


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Path:
    """Folder of the parsed project, which is the same for each warehouse."""
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path_factory.mktemp("parsed"))})
    return dbt.ensure_manifest(settings).parent


class Warehouse:
    """A warehouse with the small project, and runs of it."""

    def __init__(self, folder: Path, project: Path, parsed: Path, instance: DagsterInstance) -> None:
        self.folder, self.instance, self.project = folder, instance, project
        self.settings = Settings.from_env({"WAREHOUSE_DIR": str(folder)})
        folder.mkdir()
        self.query(
            "create schema raw_social",
            "create table raw_social.events (event_id int, occurred_at timestamp)",
            "create schema raw_fx",
            "create table raw_fx.rates as select 1.5 as rate, '1' as _dlt_load_id",
            "create table raw_fx._dlt_loads as select '1' as load_id, 0 as status, timestamp '2026-01-01' as inserted_at",
        )
        self.add(1, "2026-01-01")
        self.add(2, "2026-01-02")
        definitions = self.settings.state_dir / "dbt" / "definitions"
        shutil.copytree(parsed, definitions)
        models = build_transform_assets(project_at(project, definitions / "manifest.json"))
        required = [Requirement("dbt", dbt.STEP)]
        self.definitions = Definitions(
            assets=[models, build_publication([model_key("marts", "social", "fct_events")], required, {})],
            jobs=[
                define_asset_job("all"),
                define_asset_job("part", ["staging/social/stg_social__events"]),
                define_asset_job("dates", tags={DATES_TAG: "true"}),
            ],
        )

    def add(self, event: int | None, date: str) -> None:
        self.query(f"insert into raw_social.events values ({'null' if event is None else event}, '{date} 12:00:00')")

    def query(self, *statements: str) -> list[Any]:
        with duckdb.connect(str(self.settings.database_path)) as connection:
            return [connection.execute(statement).fetchall() for statement in statements][-1]

    def dbt(self, *arguments: str) -> None:
        variables = {**os.environ, **dbt.dbt_environment(self.settings)}
        subprocess.run([dbt.dbt_executable(), *arguments], cwd=self.project, env=variables, check=True)

    def run(self, job: str = "all", **options: Any) -> ExecuteInProcessResult:
        resources = {
            "warehouse": WarehouseResource(),
            "dbt": dbt_command.build_dbt_resource(),
            "transform_options": TransformOptions(**options),
        }
        definitions = Definitions.merge(self.definitions, Definitions(resources=resources))
        return definitions.resolve_job_def(job).execute_in_process(instance=self.instance, raise_on_error=False)

    def rates_built_at(self) -> Any:
        return self.query("select max(built_at) from social.fct_rates")

    def results(self) -> set[tuple[str, str]]:
        return set(
            self.query(
                "select check_name, status from raw_ops.check_results "
                "where run_id = (select max_by(run_id, checked_at) from raw_ops.check_results)"
            )
        )


@pytest.fixture
def warehouse(tmp_path: Path, project: Path, parsed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "wh"))
    with DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as instance:
        yield Warehouse(tmp_path / "wh", project, parsed, instance)


def _environment(real: Any) -> Any:
    return lambda settings: {**real(settings), "DBT_PROFILES_DIR": str(dbt.PROJECT_DIR)}


def test_results_counts_full_refresh_and_backfill(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    first = warehouse.run()
    assert first.success
    assert warehouse.results() == TESTS
    counts = {
        event.asset_key.to_user_string(): event.step_materialization_data.materialization.metadata[
            "dagster/row_count"
        ].value
        for event in first.get_asset_materialization_events()
        if event.asset_key and event.asset_key.path[:2] == ["marts", "social"]
    }
    assert counts == {"marts/social/fct_events": 2, "marts/social/slow": 1}
    assert [check.passed for check in first.get_asset_check_evaluations()] == [True, True]

    assert not warehouse.run("dates").success
    assert not warehouse.run("dates", start_date="2026-01-02").success
    assert not warehouse.run("dates", start_date="2026-01-32", end_date="2026-02-01").success
    assert not warehouse.run("dates", start_date="2062-01-02", end_date="2062-01-02").success
    # Nothing was begun, and nothing stands against publishing.
    assert warehouse.results() == TESTS

    built = dict(warehouse.query("select event_id, built_at from social.fct_events"))
    warehouse.add(3, "2026-01-03")
    assert warehouse.run("dates", start_date="2026-01-02", end_date="2026-01-02").success
    after = dict(warehouse.query("select event_id, built_at from social.fct_events"))
    # Of the two old rows only the one in the range was computed again.
    assert set(after) == {1, 2, 3} and after[1] == built[1] and after[2] > built[2]

    rates_built_at = warehouse.rates_built_at()
    monkeypatch.setenv("REPORTING_TIMEZONE", "Europe/Berlin")
    part = warehouse.run("part")
    assert not part.success
    assert warehouse.run().success
    assert warehouse.rates_built_at() > rates_built_at
    assert warehouse.query("select distinct zone from social.fct_events") == [("Europe/Berlin",)]

    # As does any other setting that the models read: rows of old loads would keep what it was.
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    assert not warehouse.run("part").success
    assert warehouse.run().success
    assert warehouse.query("select distinct zone from social.fct_events") == [("Europe/BerlinUSD",)]
    built_at = warehouse.query("select max(built_at) from social.fct_events")
    assert warehouse.run().success
    assert warehouse.query("select max(built_at) from social.fct_events") == built_at
    assert warehouse.query("select count(*), max(batch_id) from staging.stg_social__events") == [(3, 1)]


def test_a_night_leaves_out_what_has_nothing_new_and_publishes(warehouse: Warehouse) -> None:
    assert warehouse.run().success
    built_at, published = warehouse.rates_built_at(), warehouse.settings.published_path.stat().st_mtime_ns
    warehouse.add(3, "2026-01-03")
    night = warehouse.run()
    assert night.success
    assert warehouse.rates_built_at() == built_at
    assert warehouse.query("select count(*) from social.fct_events") == [(3,)]
    # The last result of a test that was left out stands, and what comes after the models is done.
    assert warehouse.results() == TESTS
    assert warehouse.settings.published_path.stat().st_mtime_ns > published
    unchanged = {
        event.asset_key.path[-1]
        for event in night.get_asset_materialization_events()
        if event.asset_key and UNCHANGED in event.step_materialization_data.materialization.metadata
    }
    assert unchanged == {"stg_fx__rates", "fct_rates", "dim_currencies"}
    summary = summarize(warehouse.instance, night.run_id)
    assert (summary.models_built, summary.models_unchanged, summary.is_published) == (3, 3, True)

    # A part of the models, and models that are built by hand, leave no record of a complete build.
    for build in (lambda: warehouse.run("part"), lambda: warehouse.dbt("run", "--select", "stg_social__events")):
        build()
        assert warehouse.rates_built_at() == built_at
        assert warehouse.run().success
        assert warehouse.rates_built_at() > built_at
        built_at = warehouse.rates_built_at()


def test_a_failed_dbt_test_stops_publishing_and_the_old_publication_stays(warehouse: Warehouse) -> None:
    assert warehouse.run().success
    published = warehouse.settings.published_path.read_bytes()
    warehouse.query("insert into staging.stg_social__events values (null, null, 2)")
    failed = warehouse.run()
    assert not failed.success
    assert ("not_null_fct_events_event_id", "failed") in warehouse.results()
    assert warehouse.settings.published_path.read_bytes() == published
    # A job that only publishes asks for the last results as well.
    definitions = Definitions.merge(
        warehouse.definitions,
        Definitions(
            jobs=[define_asset_job("publish", ["publish/analytics"])],
            resources={
                "warehouse": WarehouseResource(),
                "dbt": dbt_command.build_dbt_resource(),
                "transform_options": TransformOptions(),
            },
        ),
    )
    beside = warehouse.instance.create_run_for_job(
        definitions.resolve_job_def("all"), tags={}, status=DagsterRunStatus.STARTED
    )
    warehouse.instance.add_run_tags(beside.run_id, process_tag(beside.run_id))
    alone = definitions.resolve_job_def("publish").execute_in_process(instance=warehouse.instance, raise_on_error=False)
    assert not alone.success
    (said,) = summarize(warehouse.instance, alone.run_id).failed_steps.values()
    assert "2 critical results stand" in said and f"Run {beside.run_id} (all) goes on beside this one" in said
    warehouse.instance.report_run_canceled(beside)
    assert warehouse.settings.published_path.read_bytes() == published
    # Until it passes everything is built, and the newest rows are not the only ones that are tested.
    built_at = warehouse.rates_built_at()
    warehouse.query("update staging.stg_social__events set batch_id = 0 where event_id is null")
    assert not warehouse.run().success
    assert warehouse.rates_built_at() > built_at


def test_what_ran_out_of_memory_is_built_again_with_one_thread(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCARCE_MEMORY", "1")
    first = warehouse.run()
    assert first.success and warehouse.results() == TESTS
    assert warehouse.query("select n from social.slow") == [(1,)]
    runs = warehouse.settings.state_dir / "dbt" / "runs"
    attempts = sorted(runs.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    built = [
        {row["unique_id"].split(".")[2] for row in json.loads((path / "run_results.json").read_text())["results"]}
        for path in attempts
    ]
    assert len(built) == 2 and "fct_events" in built[0] and built[1] & {"fct_events", "slow"} == {"slow"}
    # Where something else failed as well, less memory for it would not help.
    warehouse.query("insert into staging.stg_social__events values (null, null, 2)")
    assert not warehouse.run().success
    assert len(list(runs.iterdir())) == 3


def test_a_dbt_that_is_aborted_after_its_work_was_done_has_not_failed(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "dbt"
    command.write_text(f'#!/bin/sh\n{dbt.dbt_executable()} "$@"\nkill -ABRT $$\n')
    command.chmod(0o700)
    monkeypatch.setattr(dbt, "dbt_executable", lambda: str(command))
    assert warehouse.run().success
    assert warehouse.results() == TESTS
    warehouse.query("insert into staging.stg_social__events values (null, null, 2)")
    assert not warehouse.run().success
    assert ("not_null_fct_events_event_id", "failed") in warehouse.results()


def test_dbt_killed_in_the_middle_counts_as_failed_until_it_was_built_again(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that can be killed.
    monkeypatch.setattr(dbt, "dbt_executable", REAL_DBT)
    monkeypatch.setenv("SLOW_ROWS", "10000000")
    killer = threading.Thread(target=_kill_dbt, args=(warehouse.settings.state_dir / "dbt" / "runs",), daemon=True)
    killer.start()
    assert not warehouse.run().success
    killer.join(timeout=30)
    assert warehouse.results() == {("completed", "errored")}
    assert not warehouse.settings.published_path.exists()
    monkeypatch.setenv("SLOW_ROWS", "1")
    assert warehouse.run().success
    assert warehouse.settings.published_path.exists()


def _kill_dbt(runs: Path) -> None:
    """Kill the dbt command of this process when its log says that the slow model has started."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if any("slow" in log.read_text() and "START" in log.read_text() for log in runs.glob("*/dbt.log")):
            for child in _children(os.getpid()):
                os.kill(child, signal.SIGKILL)
            return
        time.sleep(0.1)


def _children(parent: int) -> list[int]:
    """Processes of the dbt command that `parent` has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and b"dbt" in command and b"build" in command:
            found.append(int(stat.parent.name))
    return found

"""Dagster's event log with connections that stay open: what it stores is what Dagster's own way stores."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    MaterializeResult,
    asset,
    in_process_executor,
)
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ingestion.settings import Settings
from orchestration import event_log, run_log
from orchestration.event_log import keep_connections
from orchestration.instance import dagster_home, open_instance
from orchestration.resources import WarehouseResource

CHECKS = 20


@asset(check_specs=[AssetCheckSpec(f"check_{number}", asset="table") for number in range(CHECKS)])
def table():  # type: ignore[no-untyped-def]
    return MaterializeResult(
        metadata={"rows": 3},
        check_results=[AssetCheckResult(check_name=f"check_{number}", passed=True) for number in range(CHECKS)],
    )


@asset
def other(warehouse: WarehouseResource) -> None:
    """A step as those of the project: it asks for the warehouse."""


NEEDING = Definitions(
    assets=[other], executor=in_process_executor, resources={"warehouse": WarehouseResource()}
).resolve_implicit_global_asset_job_def()
JOB = Definitions(assets=[table], executor=in_process_executor).resolve_implicit_global_asset_job_def()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # A path that means something else in YAML when it is not quoted.
    return Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / 'a: "warehouse"')})


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The connections to files of the event log that are opened while a test runs."""
    found: list[str] = []

    def note(connection: object, record: object) -> None:
        found.extend(row[2] for row in connection.execute("pragma database_list") if "/history/runs/" in row[2])  # type: ignore[attr-defined]

    event.listen(Engine, "connect", note)
    yield found
    event.remove(Engine, "connect", note)


def run(instance: DagsterInstance) -> list[tuple[str, str | None]]:
    """Run the job; (type, step) of its events as the instance gives them."""
    result = JOB.execute_in_process(instance=instance)
    assert result.success
    return stored(instance, result.run_id)


def stored(instance: DagsterInstance, run_id: str) -> list[tuple[str, str | None]]:
    return [
        (entry.dagster_event.event_type_value, entry.step_key)
        for entry in instance.all_logs(run_id)
        if entry.dagster_event is not None
    ]


def test_the_same_events_are_stored_with_few_connections(settings: Settings, opened: list[str]) -> None:
    home = str(dagster_home(settings))
    with DagsterInstance.from_config(home) as instance:
        usual = run(instance)
    many = len(opened)
    opened.clear()
    with open_instance(settings) as instance:
        kept = run(instance)
        few = len(opened)
        [run_id, _] = [record.run_id for record in instance.get_runs()]
    assert kept == usual
    assert sum(kind == "ASSET_CHECK_EVALUATION" for kind, _ in kept) == CHECKS
    # The run's file and the index, and not one for each event.
    assert few <= 4 and many > 4 * CHECKS
    # Others read it, in their own way.
    with DagsterInstance.from_config(home) as instance:
        assert stored(instance, run_id) == kept
        record = instance.get_latest_materialization_event(table.key)
        assert record is not None and record.run_id == run_id


def test_two_instances_write_in_turns_and_the_files_are_closed(settings: Settings) -> None:
    with open_instance(settings) as ours, DagsterInstance.from_config(str(dagster_home(settings))) as theirs:
        first, second, third = run(ours), run(theirs), run(ours)
        assert first == second == third
        assert len(ours.get_runs()) == len(theirs.get_runs()) == 3
        with keep_connections(ours):
            # They are kept already, and stay so.
            pass
        assert "_connect" in vars(ours.event_log_storage)
    assert "_connect" not in vars(ours.event_log_storage)
    files = [path.name for path in settings.state_dir.rglob("history/runs/*")]
    assert len(files) == 4 and not [name for name in files if not name.endswith(".db")]


def test_a_run_that_the_web_interface_starts_keeps_them_too(settings: Settings) -> None:
    with DagsterInstance.from_config(str(dagster_home(settings))) as instance:
        assert JOB.execute_in_process(instance=instance).success
        # No step asked for the warehouse.
        assert "_connect" not in vars(instance.event_log_storage)
        assert NEEDING.execute_in_process(instance=instance).success
        assert "_connect" in vars(instance.event_log_storage)


def test_an_instance_that_stores_elsewhere_is_left_as_it_is() -> None:
    with DagsterInstance.ephemeral() as instance:
        before = dict(vars(instance.event_log_storage))
        with keep_connections(instance):
            run(instance)
            assert before.keys() == vars(instance.event_log_storage).keys()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs a list of open files")
def test_reading_many_runs_leaves_few_files_open(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "_KEPT_FILES", 2)
    with open_instance(settings) as instance, duckdb.connect() as connection:
        started = [instance.create_run_for_job(JOB, status=DagsterRunStatus.STARTED).run_id for _ in range(5)]
        assert run_log.save_runs(connection, instance) == len(started)
        links = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
        assert len({link for link in links if "history/runs" in str(link) and link.suffix == ".db"}) <= 2


def test_old_runs_are_forgotten_with_all_that_is_kept_of_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_instance(settings) as instance, duckdb.connect() as connection:
        run(instance)
        going_on = instance.create_run_for_job(JOB, status=DagsterRunStatus.STARTED).run_id
        assert run_log.save_runs(connection, instance) == 2
        # They are young, and one goes on.
        assert len(instance.get_runs()) == 2
        monkeypatch.setattr(run_log, "KEPT", timedelta(0))
        run(instance)
        assert run_log.save_runs(connection, instance) == 2
        assert [one.run_id for one in instance.get_runs()] == [going_on]
        with instance.event_log_storage.index_connection() as index:  # type: ignore[attr-defined]
            for table in ("event_logs", "asset_check_executions"):
                assert index.exec_driver_sql(f"select distinct run_id from {table}").fetchall() == [(going_on,)]
        assert connection.execute("select count(*) from raw_ops.runs").fetchall() == [(3,)]
        left = {path.name for path in settings.state_dir.rglob("history/runs/*.db")}
        assert left <= {"index.db", f"{going_on}.db"}
        assert not [path for path in settings.state_dir.rglob("dagster/logs/**/*") if path.is_file()]
        # What is left is taken up as ever.
        assert run(instance)

"""The parts that need neither dbt nor a warehouse: settings, domains, backfill, freshness, sensors, runs."""

from __future__ import annotations

import os
import subprocess
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest
from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    build_asset_context,
    build_schedule_context,
    build_sensor_context,
    job,
    op,
)
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin

from ingestion.registry import SourceSpec
from ingestion.settings import Settings, SettingsError
from orchestration import dbt
from orchestration import instance as instances
from orchestration.assets import reports
from orchestration.backfill import BackfillError, date_range, mark_dates
from orchestration.checks.freshness import judge
from orchestration.dbt import ManifestError, place_of
from orchestration.jobs import INGEST_JOBS, JOBS
from orchestration.keys import BUILDS_TAG, PROCESS_TAG, WAREHOUSE_POOL
from orchestration.resources import WarehouseResource
from orchestration.schedules import SCHEDULES
from orchestration.sensors import fingerprint, killed_runs
from orchestration.settings import publish_keep
from reports.render import SiteResult


@pytest.mark.parametrize(("value", "expected"), [("", 3), ("0", 0), (" 12 ", 12)])
def test_publish_keep(value: str, expected: int) -> None:
    assert publish_keep({"PUBLISH_KEEP": value}) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [("{behavior: {minimum_people: 12}}", 12), ("{behavior: {minimum_people: }}", 5), ("{behavior: }", 5), ("{}", 5)],
)
def test_the_site_withholds_figures_of_as_few_people_as_the_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: str, expected: int
) -> None:
    (tmp_path / "dbt_project.yml").write_text(f"vars: {variables}")
    monkeypatch.setattr(dbt, "PROJECT_DIR", tmp_path)
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    asked: dict[str, Any] = {}

    def build(*paths: Path, **named: Any) -> SiteResult:
        asked.update(named)
        return SiteResult((), 0)

    monkeypatch.setattr(reports, "build_site", build)
    list(cast(Any, reports.site)(build_asset_context(), warehouse=WarehouseResource()))
    assert asked["minimum_people"] == expected


@pytest.mark.parametrize("value", ["-1", "many", "1001", "1.5"])
def test_a_wrong_publish_keep_names_variable_value_and_expectation(value: str) -> None:
    with pytest.raises(SettingsError, match=f"PUBLISH_KEEP='{value}' cannot be used: expected a whole number"):
        publish_keep({"PUBLISH_KEEP": value})


def model(path: str, *parents: str) -> dict[str, Any]:
    name = Path(path).stem
    kind = "seed" if path.startswith("seeds") else "model"
    return {
        "unique_id": name,
        "name": name,
        "resource_type": kind,
        "original_file_path": path,
        "schema": "staging",
        "depends_on": {"nodes": list(parents)},
        "config": {},
    }


def data_test(name: str, *parents: str) -> dict[str, Any]:
    return {
        "unique_id": name,
        "resource_type": "test",
        "original_file_path": f"tests/{name}.sql",
        "fqn": ["project", "tests", name],
        "depends_on": {"nodes": list(parents)},
    }


def manifest(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": {node["unique_id"]: node for node in nodes}}


PROJECT = manifest(
    model("models/staging/social/stg_social__events.sql", "source.raw_social.events"),
    model("models/marts/social/fct_events.sql", "stg_social__events"),
    model("models/staging/chats/stg_chats__events.sql"),
    model("seeds/chats/prices.csv"),
    model("models/marts/core/dim_dates.sql", "fct_events", "stg_chats__events"),
    model("models/staging/ops/stg_ops__loads.sql"),
    data_test("one_domain", "fct_events"),
    data_test("two_domains", "fct_events", "dim_dates"),
)


def test_a_model_outside_of_the_folders_is_an_error() -> None:
    with pytest.raises(ManifestError, match=r"models/strange\.sql is not in models/<layer>/<domain>/"):
        place_of(model("models/strange.sql"))


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (None, "2026-01-01", "both are needed"),
        ("2026-13-01", "2026-01-01", "YYYY-MM-DD"),
        ("2026-01-02", "2026-01-01", "before"),
    ],
)
def test_a_backfill_without_a_range_of_dates_is_an_error(start: str | None, end: str | None, message: str) -> None:
    with pytest.raises(BackfillError, match=message):
        date_range(start, end)


def test_a_backfill_marks_the_rows_of_its_dates_in_the_reporting_zone(tmp_path: Path) -> None:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path), "REPORTING_TIMEZONE": "Europe/Berlin"})
    with duckdb.connect() as connection:
        # 2026-03-29 has 23 hours in Berlin: 2026-03-28 23:00 to 2026-03-29 22:00 UTC.
        connection.execute(
            """
            create schema staging;
            create table staging.stg_social__events as
                select moment as occurred_at, 7::bigint as batch_id, timestamp '2026-04-01' as loaded_at
                from (values (timestamp '2026-03-28 22:59:59'), ('2026-03-28 23:00:00'), ('2026-03-29 21:59:59.999'),
                    ('2026-03-29 22:00:00'), (null)) as times(moment);
            create view staging.stg_chats__events as select 1 as batch_id, timestamp '2026-03-29' as at;
            """
        )
        marked = mark_dates(connection, settings, PROJECT, "2026-03-29", "2026-03-29")
        batches = connection.execute(
            "select batch_id from staging.stg_social__events order by occurred_at nulls last"
        ).fetchall()
        # From the first to the last date that can be written: all rows with a time.
        everything = mark_dates(connection, settings, PROJECT, "0001-01-01", "9999-12-31")
        with pytest.raises(BackfillError, match=r"start_date=2026-03-31 to end_date=2026-04-01 \(Europe/Berlin\)"):
            mark_dates(connection, settings, PROJECT, "2026-03-31", "2026-04-01")
    assert marked == {"staging.stg_social__events": 2}
    assert batches == [(7,), (8,), (8,), (7,), (7,)]
    assert everything == {"staging.stg_social__events": 4}


SPEC = SourceSpec("social", [], freshness_hours=36)
NOW = datetime(2026, 1, 10, 12)


@pytest.mark.parametrize(
    ("age", "severity", "status"),
    [
        (timedelta(hours=1), "warning", "passed"),
        (timedelta(hours=37), "warning", "failed"),
        (-timedelta(minutes=5), "warning", "passed"),
        (-timedelta(days=365), "critical", "failed"),
    ],
)
def test_a_stale_source_warns_and_an_impossible_load_time_is_critical(
    age: timedelta, severity: str, status: str
) -> None:
    row = judge(NOW - age, NOW, SPEC)
    assert (row.severity, row.status) == (severity, status)


def test_a_source_without_data_is_not_stale() -> None:
    assert judge(None, NOW, SPEC).status == "passed"


def test_the_fingerprint_changes_with_names_sizes_and_times_and_follows_no_links(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    empty = fingerprint([tmp_path, tmp_path / "missing"])
    assert empty[1] == 0
    file = tmp_path / "a" / "x.jsonl"
    file.write_text("1")
    os.utime(file, ns=(1, 1))
    first = fingerprint([tmp_path])
    assert first[1] == 1 and first == fingerprint([tmp_path])
    (tmp_path / "a" / ".x.jsonl.part").touch()
    assert first == fingerprint([tmp_path])
    seen = {first}
    os.utime(file, ns=(1, 2))
    seen.add(fingerprint([tmp_path]))
    file.write_text("22")
    os.utime(file, ns=(1, 1))
    seen.add(fingerprint([tmp_path]))
    file.write_text("1")
    os.utime(file, ns=(1, 1))
    file.rename(tmp_path / "a" / "y.jsonl")
    seen.add(fingerprint([tmp_path]))
    assert len(seen) == 4


def test_the_fingerprint_leaves_out_what_goes_while_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jsonl").write_text("1")
    first = fingerprint([tmp_path])
    (tmp_path / "gone.part").write_text("1")
    scandir = os.scandir

    def list_and_delete(folder: Path) -> nullcontext[list[os.DirEntry[str]]]:
        entries = list(scandir(folder))
        (tmp_path / "gone.part").unlink()
        return nullcontext(entries)

    monkeypatch.setattr(os, "scandir", list_and_delete)
    assert fingerprint([tmp_path]) == first


@op(pool=WAREHOUSE_POOL)
def nothing() -> None: ...


@job
def small() -> None:
    nothing()


def test_a_killed_run_is_closed_and_its_slot_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "wh"))
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / "wh")})
    gone = subprocess.Popen(["true"])
    gone.wait()
    with instances.open_instance(settings) as instance:
        dead, alive, again = (
            instance.create_run_for_job(small, tags={}, status=DagsterRunStatus.STARTED) for _ in range(3)
        )
        of_dead = {PROCESS_TAG: f"{dead.run_id}:{gone.pid}@1"}
        instance.add_run_tags(dead.run_id, of_dead)
        instance.add_run_tags(alive.run_id, instances.process_tag(alive.run_id))
        # A run that executes another again has its tags until its own process says otherwise.
        instance.add_run_tags(again.run_id, of_dead)
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default(WAREHOUSE_POOL)
        assert storage.claim_concurrency_slot(WAREHOUSE_POOL, dead.run_id, "nothing").is_claimed
        with build_sensor_context(instance=instance) as context:
            found = [killed_runs(context), killed_runs(context)]
        assert [reason.skip_message for reason in found] == [f"Closed {dead.run_id}.", "No run was killed."]
        assert status_of(instance, dead.run_id) == DagsterRunStatus.FAILURE
        assert {status_of(instance, run.run_id) for run in (alive, again)} == {DagsterRunStatus.STARTED}
        assert small.execute_in_process(instance=instance).success


def test_of_the_jobs_that_build_or_publish_one_at_a_time_leaves_the_queue(tmp_path: Path) -> None:
    tagged = {job.name for job in JOBS if BUILDS_TAG in (job.tags or {})}
    assert tagged == {job.name for job in JOBS} - {job.name for job in INGEST_JOBS.values()} and len(tagged) == 6
    with instances.open_instance(Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})) as instance:
        limits = instance.get_concurrency_config().run_queue_config
        assert limits is not None and limits.tag_concurrency_limits == [{"key": BUILDS_TAG, "limit": 1}]


@op
def on_the_warehouse(warehouse: WarehouseResource) -> None: ...


@job(resource_defs={"warehouse": WarehouseResource()})
def any_job() -> None:
    on_the_warehouse()


def test_a_run_notes_its_process_whoever_started_it(tmp_path: Path) -> None:
    with DagsterInstance.local_temp(str(tmp_path)) as instance:
        done = any_job.execute_in_process(instance=instance)
        run = instance.get_run_by_id(done.run_id)
        assert run and run.tags.items() >= instances.process_tag(done.run_id).items()


def status_of(instance: DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


def test_storage_logs_and_limits_of_dagster_lie_in_the_warehouse(tmp_path: Path) -> None:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / "wh")})
    with instances.open_instance(settings) as instance:
        home = str(settings.state_dir / "dagster")
        assert instance.root_directory == home
        assert instance.run_monitoring_settings["free_slots_after_run_end_seconds"] == 60
        assert instance.run_monitoring_max_runtime_seconds == 14400
        assert not instance.telemetry_enabled
        config = instance.get_concurrency_config()
        assert config.pool_config.default_pool_limit == 1
        assert str(config.pool_config.pool_granularity).lower().endswith("op")
    assert "var/state" not in (settings.state_dir / "dagster" / "dagster.yaml").read_text().split("storage:", 1)[1]


def test_a_source_runs_by_itself_only_where_it_is_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (schedule,) = (one for one in SCHEDULES if one.name == "ingest_twitch")
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "wh"))
    with DagsterInstance.local_temp(str(tmp_path)) as instance, build_schedule_context(instance=instance) as context:
        assert schedule.evaluate_tick(context).run_requests == []
        for name, value in {"CLIENT_ID": "id", "CLIENT_SECRET": "s" * 20, "CHANNELS": "12345"}.items():
            monkeypatch.setenv(f"TWITCH_{name}", value)
        assert len(schedule.evaluate_tick(context).run_requests) == 1
        monkeypatch.setenv("TWITCH_CHANNELS", "not a channel")
        assert schedule.evaluate_tick(context).run_requests == []


# A run that waits in the queue says where its job is.
ORIGIN = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("here"), "repository").get_job_origin("full_refresh")


@job(name="full_refresh")
def long_run() -> None:
    nothing()


@pytest.mark.parametrize("status", [DagsterRunStatus.QUEUED, DagsterRunStatus.STARTED])
def test_hours_of_a_long_run_do_not_pile_up(tmp_path: Path, status: DagsterRunStatus) -> None:
    due = {one.name: one for one in SCHEDULES if one.name in ("nightly", "hourly")}
    with DagsterInstance.local_temp(str(tmp_path)) as instance, build_schedule_context(instance=instance) as context:
        assert len(due["hourly"].evaluate_tick(context).run_requests or ()) == 1
        run = instance.run_storage.add_run(DagsterRun(long_run.name, status=status, remote_job_origin=ORIGIN))
        assert [len(due[name].evaluate_tick(context).run_requests or ()) for name in ("hourly", "nightly")] == [0, 1]
        instance.report_run_failed(run)
        assert len(due["hourly"].evaluate_tick(context).run_requests or ()) == 1

"""The definitions load with nothing set, and hold everything that they should."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
Facts = dict[str, Any]


def test_loading_leaves_dbt_s_manifest_and_nothing_else(described: Facts) -> None:
    folder = Path(described["folder"])
    assert [path.name for path in folder.iterdir()] == ["var"]
    assert [path.name for path in (folder / "var").iterdir()] == ["state"]
    assert [path.name for path in (folder / "var" / "state").iterdir()] == ["dbt"]


def test_definitions_are_short() -> None:
    assert len((ROOT / "orchestration" / "definitions.py").read_text().splitlines()) < 60


def test_every_source_has_its_assets_job_sensor_and_checks(described: Facts) -> None:
    for source, tables in described["sources"].items():
        expected = {f"raw/{source}/{table}" for table in [*tables, "files", "rejects", "reject_replays", "loads"]}
        assert expected == {key for key in described["assets"] if key.startswith(f"raw/{source}/")}
        assert {described["assets"][key]["group"] for key in expected} == {f"raw_{source}"}
        assert set(described["jobs"][f"ingest_{source}"]["assets"]) == expected
        assert described["sensors"][f"landing_files_to_ingest_{source}"] == f"ingest_{source}"
        assert f"raw/{source}/files:is_fresh" in described["checks"]
        for table in tables:
            assert described["checks"][f"raw/{source}/{table}:load_succeeded"] is False
    ingested = {name.removeprefix("ingest_") for name in described["jobs"] if name.startswith("ingest_")}
    assert ingested == set(described["sources"])


def test_every_dbt_source_is_a_raw_asset(described: Facts) -> None:
    for source in described["dbt_sources"]:
        schema, table = source.split(".")
        assert f"raw/{schema.removeprefix('raw_')}/{table.removeprefix('_dlt_')}" in described["assets"]


def test_only_the_records_of_the_orchestration_come_from_outside_the_graph(described: Facts) -> None:
    outside = {key for key, asset in described["assets"].items() if asset["external"]}
    assert outside == {"raw/ops/check_results", "raw/ops/runs"}


def test_every_model_is_an_asset_in_the_group_of_its_layer_and_domain(described: Facts) -> None:
    built = {key for key in described["assets"] if key.split("/")[0] in ("seeds", "staging", "intermediate", "marts")}
    assert len(built) == len(described["models"])
    for key in built:
        layer, domain, _ = key.split("/")
        assert described["assets"][key]["group"] == f"{layer}_{domain}"


def test_the_graph_runs_from_raw_tables_through_marts_to_the_reports(described: Facts) -> None:
    assets = described["assets"]
    assert assets["publish/analytics"]["parents"] == described["marts"]
    assert assets["exports/marts"]["parents"] == ["publish/analytics"]
    reports = [key for key in assets if key.startswith("reports/")]
    assert "reports/overview" in reports
    assert all(assets[key]["parents"] == ["publish/analytics"] for key in reports)
    assert assets["publish/run_outcome"]["parents"] == sorted([*reports, "exports/marts"])
    # Drawn by group, the end is one way as well: nothing leads from reports back to publish.
    assert {assets[key]["group"] for key in (*reports, "exports/marts", "publish/run_outcome")} == {"reports"}
    raw = {parent for key in assets if key.startswith("staging/") for parent in assets[key]["parents"]}
    assert {"raw/social/events", "raw/conversations/events"} <= raw


def test_every_asset_and_every_check_says_what_it_is(described: Facts) -> None:
    assert described["undescribed"] == []


def test_every_check_of_great_expectations_is_about_a_raw_table_or_a_model(described: Facts) -> None:
    from expectations import list_checks

    declared = list_checks()
    assert declared
    for check in declared:
        schema, table = check.table_name.split(".")
        if schema.startswith("raw_"):
            key = f"raw/{schema.removeprefix('raw_')}/{table.removeprefix('_dlt_')}"
            assert described["checks"][f"{key}:gx_{check.check_name}"] is False
        else:
            found = [key for key in described["checks"] if key.endswith(f"/{table}:gx_{check.check_name}")]
            assert found and found[0].split(":")[0] in described["assets"], check.table_name
            assert described["checks"][found[0]] is (check.severity == "critical")


def test_every_test_of_dbt_is_a_check_of_an_asset(described: Facts) -> None:
    # One of several models must name the one that it is a check of (meta), or it is a line in a log.
    checks = {name.split(":")[1] for name in described["checks"]}
    assert described["dbt_tests"] and set(described["dbt_tests"]) <= checks


JOBS = {
    "transform": {"load": False, "publish": False},
    "publish": {"load": False, "publish": True},
    "nightly": {"load": True, "publish": True},
    "hourly": {"load": True, "publish": True},
    "full_refresh": {"load": True, "publish": True},
    "backfill": {"load": False, "publish": True},
}


def test_the_jobs_are_these(described: Facts) -> None:
    assert set(described["jobs"]) == {*JOBS, *(f"ingest_{source}" for source in described["sources"])}


@pytest.mark.parametrize("job", JOBS)
def test_jobs_do_what_their_names_say(described: Facts, job: str) -> None:
    steps = described["jobs"][job]["ops"]
    audits = {"great_expectations", *(step for step in described["pools"] if step.startswith("freshness_"))}
    loads = {f"load_{source}" for source in described["sources"]}
    assert (loads <= set(steps)) is JOBS[job]["load"]
    assert ("publish__analytics" in steps) is JOBS[job]["publish"]
    assert ({"dbt_models", *audits} <= set(steps)) is (job != "publish")
    assert ("publish__run_outcome" in steps) is JOBS[job]["load"]
    assert described["jobs"][job]["executor"] == "in_process"
    goes_on = described["jobs"][job]["tags"].get("audience-warehouse/continue_without_source")
    assert (goes_on == "true") is JOBS[job]["load"]
    assert ("audience-warehouse/needs_dates" in described["jobs"][job]["tags"]) is (job == "backfill")


def test_a_job_for_one_source_stops_when_the_source_fails(described: Facts) -> None:
    for source in described["sources"]:
        job = described["jobs"][f"ingest_{source}"]
        assert job["ops"] == [f"load_{source}"]
        assert "audience-warehouse/continue_without_source" not in job["tags"]


def test_nightly_holds_every_asset(described: Facts) -> None:
    inside = {key for key, asset in described["assets"].items() if not asset["external"]}
    assert set(described["jobs"]["nightly"]["assets"]) == inside
    assert set(described["jobs"]["hourly"]["assets"]) == inside - {"exports/marts"}


def test_killed_runs_are_looked_for_without_being_turned_on(described: Facts) -> None:
    from dagster import DefaultSensorStatus

    from orchestration.sensors import killed_runs

    assert "killed_runs" in described["sensors"]
    assert killed_runs.default_status == DefaultSensorStatus.RUNNING


def test_the_schedules_are_nightly_and_hourly_in_utc(described: Facts) -> None:
    assert described["schedules"] == {
        "nightly": ["0 2 * * *", "UTC", "nightly"],
        "hourly": ["0 0,1,3-23 * * *", "UTC", "hourly"],
        "ingest_twitch": ["*/10 * * * *", "UTC", "ingest_twitch"],
    }


def test_every_step_that_opens_the_build_file_takes_the_one_slot(described: Facts) -> None:
    elsewhere = {"reports", "exports__marts", "publish__accounts", "publish__run_outcome"}
    assert {step for step, pool in described["pools"].items() if pool != "warehouse"} == elsewhere

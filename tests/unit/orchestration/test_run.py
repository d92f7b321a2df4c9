import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import dagster
import duckdb
import pytest
from dagster import DagsterInstance, DagsterRunStatus, materialize

from ingestion import cli
from ingestion.output import lasting_output
from ingestion.settings import Settings
from orchestration import instance as instances
from orchestration import run
from orchestration.assets import reports
from orchestration.keys import PROCESS_TAG, SOURCE_TAG
from orchestration.resources import WarehouseResource
from orchestration.run_log import summarize

ROOT = Path(run.__file__).resolve().parents[1]


def test_a_reader_that_leaves_early_does_not_end_a_run() -> None:
    read, write = os.pipe()
    out = lasting_output(write)
    print("first", file=out)
    assert os.read(read, 100) == b"first\n"
    os.close(read)
    print("second", file=out)
    print("third", file=out)
    out.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_log_on_a_full_disk_does_not_end_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    out = lasting_output(os.open("/dev/full", os.O_WRONLY))
    print("first", file=out)
    print("second", file=out)
    out.close()
    assert capsys.readouterr().err == "The output cannot be written (No space left on device); the work goes on.\n"


def test_a_path_beyond_the_encoding_of_the_terminal_is_escaped() -> None:
    read, write = os.pipe()
    out = lasting_output(write)
    print("/data/\udcff", file=out)
    out.close()
    assert os.read(read, 100) == b"/data/\\udcff\n"
    os.close(read)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody may write")
def test_a_warehouse_that_cannot_be_written_is_an_error_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAREHOUSE_DIR", "/proc/warehouse")
    monkeypatch.setenv("LANDING_DIR", "")
    for code, command in ((2, lambda: run.main([])), (1, lambda: cli.main("social", []))):
        assert command() == code
        found = capsys.readouterr().err
        assert "WAREHOUSE_DIR='/proc/warehouse' cannot be used: expected a folder that this user may write" in found


def test_a_command_without_standard_streams_works(tmp_path: Path) -> None:
    env = {**os.environ, "WAREHOUSE_DIR": str(tmp_path / "warehouse"), "LANDING_DIR": str(tmp_path)}
    command = f"exec '{sys.executable}' -m ingestion.fx >&- 2>&-"
    assert subprocess.run(["bash", "-c", command], env=env, cwd=ROOT).returncode == 0


def test_a_damaged_record_of_runs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path))
    # Only looked at once there is a record of runs.
    monkeypatch.setitem(sys.modules, "orchestration.definitions", SimpleNamespace(defs=None))
    record = tmp_path / "state" / "dagster" / "history" / "runs.db"
    record.parent.mkdir(parents=True)
    record.write_bytes(b"noise" * 1000)
    assert run.main([]) == 1
    assert f"{tmp_path / 'state' / 'dagster'} cannot be used: file is not a database" in capsys.readouterr().err


def test_a_full_disk_in_the_reports_says_what_stays_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path))
    no_space = OSError(28, "No space left on device")
    monkeypatch.setattr(reports, "build_site", Mock(side_effect=no_space))
    no_space_for = duckdb.IOException('Could not write file "a.csv": No space left on device')
    monkeypatch.setattr(reports, "export_marts", Mock(side_effect=no_space_for))
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})
    for path in (settings.reports_dir / "index.html", settings.exports_dir / "manifest.json"):
        path.parent.mkdir()
        path.touch()
    for step, what in ((reports.site, "reports"), (reports.exports, "exports")):
        with DagsterInstance.ephemeral() as instance:
            resources = {"warehouse": WarehouseResource()}
            done = materialize([step], instance=instance, resources=resources, raise_on_error=False)
            summary = summarize(instance, done.run_id)
        ((_, said),) = summary.failed_steps.items()
        assert said.startswith(f"The {what} were not written, the earlier ones stay: ") and "'Disk full'" in said
        run._print_summary(summary, settings, done.run_id, 0.0, sys.stdout)
        assert capsys.readouterr().out.count("(from an earlier run)") == 2


@dagster.job(name="hourly")
def hourly() -> None:
    """A run needs a job."""


def test_a_run_waits_for_another_that_builds_and_not_for_loads_and_the_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path))
    monkeypatch.setenv("LOCK_TIMEOUT_SECONDS", "0.1")
    monkeypatch.setattr(instances, "_POLL_SECONDS", 0.1)
    monkeypatch.setitem(sys.modules, "orchestration.definitions", SimpleNamespace(defs=None))
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})
    with instances.open_instance(settings) as instance:
        works, loads, dead = (
            instance.create_run_for_job(hourly, tags={}, status=DagsterRunStatus.STARTED) for _ in range(3)
        )
        for found in (works, loads):
            instance.add_run_tags(found.run_id, instances.process_tag(found.run_id))
        instance.add_run_tags(loads.run_id, {SOURCE_TAG: "social"})
        instance.add_run_tags(dead.run_id, {PROCESS_TAG: f"{dead.run_id}:{1 << 22}@1"})
        assert run.main([]) == 1
        said = capfd.readouterr()
        assert said.out.count("Waiting") == 1 and f"Waiting    for run {works.run_id} (hourly)" in said.out
        assert f"Run {works.run_id} (hourly) goes on (waited 0.1 s)" in said.err
        assert [found.run_id for found in instances.living_runs(instance, but=loads.run_id)] == [works.run_id]
        assert instances.living_runs(instance, but=works.run_id) == []


def test_dates_for_another_job_than_the_backfill_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(["--start-date", "2026-03-01", "--end-date", "2026-03-07"])
    assert "are for the job backfill, and the job is nightly" in capsys.readouterr().err


def test_a_damaged_build_file_costs_the_run_no_summary(tmp_path: Path) -> None:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})
    settings.database_path.write_bytes(b"noise" * 10_000)
    with DagsterInstance.ephemeral() as instance:
        run._save_runs(settings, instance)
    assert settings.database_path.read_bytes() == b"noise" * 10_000


_INTERRUPTED_AT_THE_END = """
import argparse, os, signal, sys
from unittest.mock import MagicMock
from orchestration import run, run_log
run_log.summarize = lambda *_: os.kill(os.getpid(), signal.SIGINT)
run._execute(MagicMock(), argparse.Namespace(job="nightly", start_date=None, end_date=None), MagicMock(), "r", sys.stdout)
"""


def test_ctrl_c_when_the_job_is_over_ends_the_process_without_a_traceback() -> None:
    ended = subprocess.run([sys.executable, "-c", _INTERRUPTED_AT_THE_END], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (130, f"{run._INTERRUPTED}\n"), ended.stderr
    assert "Traceback" not in ended.stderr

"""kill -9 at any point of a load: the next run finishes it without being told, and no line is lost or twice."""

from __future__ import annotations

import shutil
import signal

import pytest

from tests.faults.support import Faulty, lines

COPY = "dlt.destinations.impl.duckdb.duck:DuckDbCopyJob.run"
COMPLETE = "dlt.destinations.impl.duckdb.duck:DuckDbClient.complete_load"
POINTS = {
    "before the first line is converted": ("ingestion.judge:Judge.take", "before", 1),
    "after conversion, before dlt has the files": ("ingestion.convert:Converter.files", "after", 1),
    "after extract": ("dlt.pipeline.pipeline:Pipeline.extract", "after", 1),
    "after normalize, before load": ("dlt.pipeline.pipeline:Pipeline.load", "before", 1),
    "before the first rows are copied": (COPY, "before", 1),
    "after one table is copied": (COPY, "after", 1),
    "after three tables are copied": (COPY, "after", 3),
    "after all rows, before the load's status": (COMPLETE, "before", 1),
    "after the load's status": (COMPLETE, "after", 1),
    "before loaded packages are removed": ("ingestion.pipeline:_clean_loaded", "before", 1),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_load_killed_anywhere_is_finished_by_the_next_run(grown: Faulty, point: str) -> None:
    grown.die(*POINTS[point])
    grown.load()
    grown.assert_holds_the_input()
    grown.assert_nothing_is_pending()
    assert grown.load().status == "unchanged"


@pytest.mark.parametrize("number", [1, 5, 9, 17])
def test_a_note_of_dlt_that_was_not_renamed_yet_does_not_stay(grown: Faulty, number: int) -> None:
    grown.die("dlt.common.storages.file_storage:os.replace", "before", number)
    grown.load()
    grown.assert_holds_the_input()
    grown.assert_nothing_is_pending()


@pytest.mark.parametrize("point", ["after extract", "after one table is copied", "after the load's status"])
def test_the_first_load_of_all_killed_is_finished_by_the_next_run(fresh: Faulty, point: str) -> None:
    fresh.die(*POINTS[point])
    fresh.load()
    fresh.assert_holds_the_input()
    fresh.assert_nothing_is_pending()


@pytest.mark.parametrize(
    "point", ["before the first line is converted", "after extract", "after three tables are copied"]
)
def test_a_load_that_is_interrupted_is_finished_by_the_next_run(grown: Faulty, point: str) -> None:
    done = grown.stop(signal.SIGINT, *POINTS[point])
    # dlt finishes the jobs that run when the signal comes in its last step.
    assert done.returncode == 130 or (done.returncode == 0 and "copied" in point), done.stderr
    assert "Traceback" not in done.stderr
    # An interrupt while that is finished is no poison either.
    again = grown.stop(signal.SIGINT, COPY, "before", 1)
    assert "Traceback" not in again.stderr
    grown.load()
    grown.assert_holds_the_input()
    grown.assert_nothing_is_pending()
    assert not (grown.settings.state_dir / "set_aside").exists()


def test_a_load_killed_again_and_again_while_input_comes_in(fresh: Faulty) -> None:
    points = ["after one table is copied", "before the first line is converted", "after extract"]
    for number, point in enumerate([*points, "after all rows, before the load's status"]):
        fresh.write("growing.jsonl", lines(100 + 5 * number, 105 + 5 * number) + "broken\n")
        fresh.die(*POINTS[point])
    fresh.load()
    fresh.assert_holds_the_input()


def test_local_state_that_is_gone_between_runs_costs_nothing(grown: Faulty) -> None:
    shutil.rmtree(grown.settings.state_dir / "dlt")
    grown.load()
    grown.assert_holds_the_input()
    assert grown.load().status == "unchanged"


def test_local_state_that_is_gone_after_a_kill_costs_nothing(grown: Faulty) -> None:
    grown.die(*POINTS["after three tables are copied"])
    shutil.rmtree(grown.settings.state_dir / "dlt")
    grown.load()
    grown.assert_holds_the_input()


def test_an_older_warehouse_with_newer_local_state_reads_its_files_again(grown: Faulty) -> None:
    older = grown.settings.database_path.read_bytes()
    grown.load()
    grown.settings.database_path.write_bytes(older)
    grown.load()
    grown.assert_holds_the_input()


def test_a_deleted_warehouse_with_local_state_is_loaded_anew(grown: Faulty) -> None:
    grown.settings.database_path.unlink()
    grown.load()
    grown.assert_holds_the_input()


def test_an_older_warehouse_with_a_pending_package_of_a_newer_one(grown: Faulty) -> None:
    """Schema and state on disk are ahead of the file, and a package waits on top of that."""
    older = grown.settings.database_path.read_bytes()
    grown.load()
    grown.write("d.jsonl", lines(90, 99))
    grown.die(*POINTS["after extract"])
    grown.settings.database_path.write_bytes(older)
    grown.load()
    grown.assert_holds_the_input()


@pytest.mark.parametrize("part", ["new_jobs", "package"])
def test_a_package_that_cannot_be_loaded_is_set_aside_and_its_files_are_read_again(grown: Faulty, part: str) -> None:
    grown.die(*POINTS["after normalize, before load"])
    package = next((grown.settings.state_dir / "dlt" / "ingest_social" / "load" / "normalized").iterdir())
    if part == "new_jobs":
        for path in (package / "new_jobs").glob("events.*.parquet"):
            path.write_bytes(path.read_bytes()[:200] + b"PAR1")
    else:
        (package / "schema.json").write_text("{")
    done = grown.command()
    assert done.returncode == 0, done.stderr
    folders = list((grown.settings.state_dir / "set_aside").iterdir())
    assert len(folders) == 1
    assert str(folders[0]) in done.stdout + done.stderr
    grown.assert_holds_the_input()
    grown.assert_nothing_is_pending()
    assert grown.load().status == "unchanged"


@pytest.mark.parametrize("limit", ["1MB", "20MB", "60MB"])
def test_a_memory_limit_that_is_too_low_is_a_clear_error_or_works(grown: Faulty, limit: str) -> None:
    done = grown.command(DUCKDB_MEMORY_LIMIT=limit)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert "social:" in done.stderr and "runbook" in done.stderr
    grown.load()
    grown.assert_holds_the_input()

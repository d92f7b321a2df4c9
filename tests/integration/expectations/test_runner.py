"""What the runner promises whatever the checks are."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

import expectations

CANARY = "canary-7f3a"


def _changed(source: Path, target: Path, sql: str) -> Path:
    shutil.copyfile(source, target)
    with duckdb.connect(str(target)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(sql)
    return target


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    calls: list[object] = []

    def refuse(*arguments: object, **_: object) -> None:
        calls.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return calls


def test_listing_checks_imports_neither_great_expectations_nor_sqlalchemy() -> None:
    code = (
        "import sys, expectations; assert len(expectations.list_checks()) > 100;"
        "sys.exit(any(name in sys.modules for name in ('great_expectations', 'sqlalchemy', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_names_are_stable_identifiers_unique_in_their_suite_and_described() -> None:
    declared = expectations.list_checks()
    assert len({(check.suite, check.check_name) for check in declared}) == len(declared)
    for check in declared:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", check.check_name), check
        assert check.description.endswith("."), check
        assert check.severity in ("critical", "warning")


def test_a_missing_table_makes_all_of_its_checks_errored_and_no_others(sound_warehouse: Path, tmp_path: Path) -> None:
    database = _changed(sound_warehouse, tmp_path / "w.duckdb", "drop table social.dim_content")
    results = expectations.run_suites(database, stage="marts", suites=["social"])
    errored = {result.check_name for result in results if result.status == "errored"}
    assert errored == {
        check.check_name for check in expectations.list_checks("marts") if check.table_name == "social.dim_content"
    }


def test_a_check_that_crashes_is_errored_and_leaves_the_others_of_its_table_alone(
    sound_warehouse: Path, tmp_path: Path
) -> None:
    database = _changed(
        sound_warehouse, tmp_path / "w.duckdb", "alter table social.fct_events rename column scroll_depth_ratio to x"
    )
    results = {
        result.check_name: result for result in expectations.run_suites(database, stage="marts", suites=["social"])
    }
    crashed = results.pop("fct_events_scroll_depth_in_range")
    assert crashed.status == "errored"
    assert "scroll_depth_ratio" in crashed.observed
    missing = results.pop("fct_events_columns")
    assert (missing.status, missing.observed) == ("failed", "missing scroll_depth_ratio")
    assert {result.status for result in results.values()} == {"passed"}


def test_results_logs_and_output_hold_no_values_of_rows(
    sound_warehouse: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = _changed(
        sound_warehouse,
        tmp_path / "w.duckdb",
        f"""update raw_social.events set user_id = '{CANARY}', data = '{{"mail": "{CANARY}@example.org"}}',
            ip_address_hash = '{CANARY}', event_type = '{CANARY}';
        alter table raw_social.files alter lines_read type varchar using '{CANARY}'""",
    )
    results = expectations.run_suites(database, stage="raw", suites=["raw_social"])
    assert {"failed", "errored"} <= {result.status for result in results}
    captured = capfd.readouterr()
    assert CANARY not in repr(results) + captured.out + captured.err + caplog.text
    assert captured.out + captured.err == ""


def test_validation_reaches_for_no_network_and_analytics_are_off(
    sound_warehouse: Path, no_network: list[object]
) -> None:
    expectations.run_suites(sound_warehouse, stage="raw", suites=["raw_social"])
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    assert no_network == []


def test_the_file_is_left_unlocked_and_unchanged(sound_warehouse: Path, tmp_path: Path) -> None:
    database = _changed(sound_warehouse, tmp_path / "w.duckdb", "select 1")
    before = database.read_bytes()
    expectations.run_suites(database, stage="raw", memory_limit="256MB", threads=1, temp_directory=tmp_path / "spill")
    assert database.read_bytes() == before
    with duckdb.connect(str(database)) as connection:  # another configuration: no connection may be left
        connection.execute("create table main.written (x int)")


def test_a_path_with_odd_characters_is_opened(sound_warehouse: Path, tmp_path: Path) -> None:
    database = _changed(sound_warehouse, tmp_path / "ware:house #1 %41 'é'.duckdb", "select 1")
    results = expectations.run_suites(database, stage="marts", suites=["core"])
    assert {result.status for result in results} == {"passed"}


def test_an_unknown_suite_is_named(sound_warehouse: Path) -> None:
    with pytest.raises(ValueError, match="no suite nope"):
        expectations.run_suites(sound_warehouse, stage="raw", suites=["nope"])


def test_progress_names_each_table(sound_warehouse: Path) -> None:
    lines: list[str] = []
    expectations.run_suites(sound_warehouse, stage="marts", suites=["core"], progress=lines.append)
    assert [line.split(" ")[1] for line in lines] == ["core.dim_dates", "core.dim_hours"]


class TestAuditOfNewLoads:
    """Checks of scope `new` read the loads that came after they last passed, and any that they did not pass."""

    ODD_ROW = "raw_social.events set user_agent_hash = 'clear' where file_id"
    CHECK = "events_user_agent_hash_is_hash"

    def _run(self, database: Path, audit: expectations.Audit = "new") -> str:
        results = expectations.run_suites(database, stage="raw", suites=["raw_social"], audit=audit)
        return next(result.status for result in results if result.check_name == self.CHECK)

    def _passes(self, *, days_ago: float, status: str = "passed") -> str:
        checked_at = datetime.now(UTC) - timedelta(days=days_ago)
        rows = [
            f"('run', 'gx', '{check.suite}', '{check.check_name}', '', '', '{status}', '', '',"
            f" timestamp '{checked_at:%Y-%m-%d %H:%M:%S}')"
            for check in expectations.list_checks("raw")
        ]
        return f"insert into raw_ops.check_results values {', '.join(rows)}"

    def test_an_old_load_that_passed_is_not_read_again(self, sound_warehouse: Path, tmp_path: Path) -> None:
        sql = f"update {self.ODD_ROW} = 'file1'; {self._passes(days_ago=4)}"
        database = _changed(sound_warehouse, tmp_path / "w.duckdb", sql)
        assert self._run(database) == "passed"
        assert self._run(database, audit="all") == "failed"

    def test_a_newer_load_is_read(self, sound_warehouse: Path, tmp_path: Path) -> None:
        sql = f"update {self.ODD_ROW} = 'file11'; {self._passes(days_ago=4)}"
        assert self._run(_changed(sound_warehouse, tmp_path / "w.duckdb", sql)) == "failed"

    def test_a_load_that_failed_is_read_until_it_passes(self, sound_warehouse: Path, tmp_path: Path) -> None:
        sql = (
            f"update {self.ODD_ROW} = 'file11'; {self._passes(days_ago=4)}; {self._passes(days_ago=0, status='failed')}"
        )
        assert self._run(_changed(sound_warehouse, tmp_path / "w.duckdb", sql)) == "failed"

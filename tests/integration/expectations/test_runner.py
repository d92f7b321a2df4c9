"""What the runner promises whatever the checks are."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

import expectations
from expectations.declaration import Mark
from ingestion.settings import Settings
from orchestration import audit, dbt_inputs

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


@pytest.mark.parametrize(("rejected", "status", "observed"), [(1, "passed", "0"), (2, "failed", "1")])
def test_a_single_rejected_line_is_no_share_of_a_load(
    sound_warehouse: Path, tmp_path: Path, rejected: int, status: str, observed: str
) -> None:
    changes = f"""
        insert into raw_social._dlt_loads by name select * replace ('newest' as load_id, now() as inserted_at)
        from raw_social._dlt_loads limit 1;
        insert into raw_social.files by name select * replace ('newest' as _dlt_load_id, {rejected} as lines_read,
        0 as rows_loaded, {rejected} as rows_rejected, 0 as rows_blank) from raw_social.files limit 1
    """
    database = _changed(sound_warehouse, tmp_path / "one.duckdb", changes)
    results = expectations.run_suites(database, suites=["raw_social"], tables=["raw_social.rejects"])
    (found,) = [result for result in results if result.check_name == "rejects_share_of_newest_load"]
    assert (found.status, found.observed) == (status, observed)


def test_an_error_that_no_statement_explains_names_its_kind_and_what_led_to_it() -> None:
    from expectations.validation import _describe  # its import takes seconds

    assert _describe("of a person", ValueError("of a person")) == "ValueError"
    error = ConnectionError("of a person")
    error.__cause__ = OSError("of a person")
    assert _describe("of a person", error) == "ConnectionError after OSError"


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
    tables = {check.table_name for check in expectations.list_checks("marts") if check.suite == "core"}
    named = [line.split(" ")[1] for line in lines]
    assert set(named) == tables and len(named) >= len(tables) > 2


class TestAuditOfWhatIsNew:
    """Checks of scope `new` read what came after they last passed, and anything that they did not pass."""

    ODD_LOAD = "raw_social.events set user_agent_hash = 'clear' where file_id"
    LOAD_CHECK = "events_user_agent_hash_is_hash"
    ODD_ROW = "social.fct_events set view_duration_seconds = -1 where event_id = (select min(event_id) from"
    ROW_CHECK = "fct_events_view_duration_not_negative"
    TABLES = ("raw_social.events", "social.fct_events")

    def _run(self, database: Path, audit: expectations.Audit = "new") -> dict[str, expectations.CheckResult]:
        results = [
            *expectations.run_suites(database, stage="raw", suites=["raw_social"], tables=self.TABLES, audit=audit),
            *expectations.run_suites(database, stage="marts", suites=["social"], tables=self.TABLES, audit=audit),
        ]
        return {result.check_name: result for result in results}

    @pytest.fixture(scope="class")
    def marks(self, sound_warehouse: Path) -> list[tuple[str, str, Mark]]:
        found = [(one.suite, one.check_name, one.mark) for one in self._run(sound_warehouse).values() if one.mark]
        assert len(found) > 20
        return found

    @pytest.fixture
    def marked(self, marks: list[tuple[str, str, Mark]], sound_warehouse: Path, tmp_path: Path) -> Callable[..., Path]:
        """Makes a copy in which all checks have passed four days ago, but for changes of the marks."""
        passed_at = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=4)
        create_marks = (
            "create table raw_ops.audit_marks (suite varchar, check_name varchar, definition varchar,"
            " passed_at timestamp, whole_at timestamp, batch_id bigint, rebuilds bigint)"
        )

        def make(sql: str = "select 1", name: str = "w", **changes: Any) -> Path:
            database = _changed(sound_warehouse, tmp_path / f"{name}.duckdb", create_marks)
            changes = {"passed_at": passed_at, **changes}
            rows = [(*names, *mark._replace(**changes)) for *names, mark in marks]
            with duckdb.connect(str(database)) as connection:
                connection.executemany("insert into raw_ops.audit_marks values (?, ?, ?, ?, ?, ?, ?)", rows)
                connection.execute(sql)
            return database

        return make

    def test_what_passed_is_not_read_again(self, marked: Callable[..., Path]) -> None:
        sql = f"update {self.ODD_LOAD} = 'file1'; update {self.ODD_ROW} social.fct_events)"
        database = marked(sql)
        results = self._run(database)
        assert {results[self.LOAD_CHECK].status, results[self.ROW_CHECK].status} == {"passed"}
        results = self._run(database, audit="all")
        assert {results[self.LOAD_CHECK].status, results[self.ROW_CHECK].status} == {"failed"}
        assert results[self.LOAD_CHECK].mark is results[self.ROW_CHECK].mark is None

    def test_a_newer_load_and_a_newer_batch_are_read(self, marked: Callable[..., Path]) -> None:
        sql = (
            f"update {self.ODD_LOAD} = 'file11'; update {self.ODD_ROW} social.fct_events);"
            "update social.fct_events set batch_id = batch_id + 1 where view_duration_seconds = -1"
        )
        results = self._run(marked(sql))
        assert {results[self.LOAD_CHECK].status, results[self.ROW_CHECK].status} == {"failed"}

    @pytest.mark.parametrize(
        "changes",
        [{"definition": "another"}, {"rebuilds": 7}, {"whole_at": datetime(2026, 1, 1)}],
        ids=["another definition", "a model built anew", "over a week ago"],
    )
    def test_all_is_read_where_the_mark_does_not_hold(
        self, marked: Callable[..., Path], changes: dict[str, object]
    ) -> None:
        sql = f"update {self.ODD_ROW} social.fct_events)"
        results = self._run(marked(sql, **changes))
        assert results[self.ROW_CHECK].status == "failed"

    def test_a_mark_is_as_old_as_the_last_look_at_everything(
        self, sound_warehouse: Path, marked: Callable[..., Path]
    ) -> None:
        before, after = self._run(sound_warehouse)[self.ROW_CHECK].mark, self._run(marked())[self.ROW_CHECK].mark
        assert before and after
        assert before.whole_at == before.passed_at and after.whole_at < after.passed_at
        assert (after.batch_id, after.rebuilds) == (before.batch_id, 0) and after.batch_id is not None

    def test_a_load_that_came_after_the_models_is_for_the_next_audit(self, marked: Callable[..., Path]) -> None:
        later = (
            "insert into raw_social._dlt_loads by name (select * replace ('later' as load_id,"
            " inserted_at + interval 1 second as inserted_at) from raw_social._dlt_loads order by inserted_at desc limit 1);"
            "insert into raw_social.events by name (select * replace ('later' as event_id, 'later' as _dlt_load_id)"
            " from raw_social.events limit 1);"
        )
        check = "fct_events_raw_events_present"
        assert self._run(marked(later))[check].status == "failed"
        built = (
            "create table raw_ops.built_loads as select 'raw_social' as dataset, load_id from raw_social._dlt_loads"
            " where load_id <> 'later'"
        )
        database = marked(later + built, "built")
        passed = self._run(database)
        assert {result.status for result in passed.values() if result.suite == "social"} == {"passed"}
        with duckdb.connect(str(database)) as connection:
            mark = passed[check].mark
            assert mark is not None
            connection.execute(
                "update raw_ops.audit_marks set passed_at = ? where check_name = ?", [mark.passed_at, check]
            )
            connection.execute("insert into raw_ops.built_loads values ('raw_social', 'later')")
        # Models that hold the load have to hold its rows.
        assert self._run(database)[check].status == "failed"


def test_marks_are_kept_with_the_results_and_only_of_what_passed(sound_warehouse: Path, tmp_path: Path) -> None:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / "wh")})
    settings.warehouse_dir.mkdir()
    _changed(
        sound_warehouse,
        settings.database_path,
        "update social.fct_events set currency = 'euro' where amount is not null",
    )
    for _ in range(2):
        results = audit.run(settings, "run", ["social"])
        passed = {result.check_name for result in results if result.mark}
        with duckdb.connect(str(settings.database_path)) as connection:
            marked = connection.execute("select check_name from raw_ops.audit_marks").fetchall()
        assert len(marked) > 10 and {name for (name,) in marked} == passed
        assert "fct_events_currency_is_code" not in passed


class TestWhatStands:
    """A check that passed stands until something that it reads changes."""

    # One of the table alone, and one that compares it with another.
    ROW, TWO = "fct_events_amount_negative_share", "agg_revenue_daily_revenue_equals_fact"
    SPOIL = "update social.fct_events set amount = -1 where amount is not null"

    def _run(self, database: Path, states: dict[str, str | None], standing: object = (), **more: object):
        known = {name: value for name, value in standing} if standing else {}
        found = expectations.run_suites(
            database, stage="marts", suites=["social"], states=states, standing=known, **more
        )
        return {result.check_name: result for result in found}

    @pytest.fixture(scope="class")
    def states(self, sound_warehouse: Path) -> dict[str, str | None]:
        with duckdb.connect(str(sound_warehouse), read_only=True) as connection:
            names = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        return {name: "1" for (name,) in names}

    @pytest.fixture(scope="class")
    def standing(self, sound_warehouse: Path, states: dict[str, str | None]):
        results = self._run(sound_warehouse, states).values()
        assert not any(result.is_standing for result in results)
        return [((result.suite, result.check_name), result.standing) for result in results if result.standing]

    @pytest.fixture(scope="class")
    def spoiled(self, sound_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return _changed(sound_warehouse, tmp_path_factory.mktemp("spoiled") / "w.duckdb", self.SPOIL)

    def test_it_is_not_executed_again(self, spoiled: Path, states, standing) -> None:
        results = self._run(spoiled, states, standing)
        assert (results[self.ROW].status, results[self.ROW].is_standing) == ("passed", True)
        # The clock goes on: what reads it never stands.
        assert [name for name, result in results.items() if not result.is_standing] == ["fct_events_freshness"]

    def test_it_is_executed_where_something_changed_or_is_not_known(self, spoiled: Path, states, standing) -> None:
        def other(**changes: object):
            return [(name, value._replace(**changes)) for name, value in standing]

        for changed, known in (
            ({**states, "social.fct_events": "2"}, standing),
            ({**states, "social.fct_events": None}, standing),
            ({name: state for name, state in states.items() if name != "social.fct_events"}, standing),
            (states, other(definition="another")),
            (states, other(whole_at=datetime(2026, 1, 1))),
            (states, other(whole_at=datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1))),
            (states, [(name, value) for name, value in standing if name[1] != self.ROW]),
        ):
            assert self._run(spoiled, changed, known)[self.ROW].status == "failed"
        failed = self._run(spoiled, states, standing, audit="all")
        assert not any(result.is_standing for result in failed.values())
        assert failed[self.ROW].status == "failed" and failed[self.ROW].standing is None

    def test_it_depends_on_every_table_that_its_sql_names(self, sound_warehouse: Path, states, standing) -> None:
        results = self._run(sound_warehouse, {**states, "social.fct_events": "2"}, standing)
        executed = {name for name, result in results.items() if not result.is_standing}
        assert {self.ROW, self.TWO} <= executed
        tables = {result.table_name for result in results.values() if result.is_standing}
        assert "social.agg_revenue_daily" in tables and "social.fct_events" not in tables


def test_checks_stand_from_one_audit_to_the_next_by_the_states_of_the_build(
    sound_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / "wh")})
    settings.warehouse_dir.mkdir()
    shutil.copyfile(sound_warehouse, settings.database_path)
    with duckdb.connect(str(settings.database_path)) as connection:
        names = [f"{schema}.{name}" for schema, name in connection.execute(
            "select schema_name, table_name from duckdb_tables()").fetchall()]  # fmt: skip
    states = dict.fromkeys(names, "1")
    monkeypatch.setattr(dbt_inputs, "states", lambda *_: states)

    def executed() -> set[str]:
        results = audit.run(settings, "run", ["social"], manifest={})
        return {result.check_name for result in results if not result.is_standing}

    everything = executed()
    assert len(everything) > 50 and executed() == {"fct_events_freshness"}
    _alter(settings.database_path, "update social.fct_events set amount = -1 where amount is not null")
    states["social.fct_events"] = "2"
    after = executed()
    failed = {"agg_revenue_daily_revenue_equals_fact", "fct_events_amount_negative_share"}
    assert failed < after < everything
    # They failed, so they are executed again although nothing changed since; those that passed then stand again.
    assert executed() == {"fct_events_freshness", *failed}
    # Without dbt's manifest nothing is known.
    assert not any(result.is_standing for result in audit.run(settings, "run", ["social"]))


def _alter(database: Path, sql: str) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute(sql)

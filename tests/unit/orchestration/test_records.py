"""What counts as the last result of a check, and what stands against publishing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import duckdb
import pytest

from orchestration import records
from orchestration.records import CheckRow, Requirement, begin, finish, obstacles


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        yield found


def row(name: str, status: records.Status, severity: records.Severity = "critical") -> CheckRow:
    return CheckRow(name, "social.fct_events", severity, status, "seen", "wanted")


def names(connection: duckdb.DuckDBPyConnection, *required: Requirement) -> list[str]:
    return [obstacle.check_name for obstacle in obstacles(connection, required)]


def execute(
    connection: duckdb.DuckDBPyConnection,
    run: str,
    *rows: CheckRow,
    tool: records.Tool = "gx",
    suite: str = "social",
    is_full: bool = True,
) -> None:
    begin(connection, run, tool, suite)
    finish(connection, run, tool, suite, rows, is_full=is_full)


def test_nothing_recorded_stands_against_nothing_but_what_is_required(connection: duckdb.DuckDBPyConnection) -> None:
    assert obstacles(connection) == []
    assert names(connection, Requirement("gx", "social")) == ["completed"]


def test_only_critical_results_that_did_not_pass_count(connection: duckdb.DuckDBPyConnection) -> None:
    execute(connection, "1", row("a", "passed"), row("b", "failed"), row("c", "errored"), row("d", "failed", "warning"))
    assert names(connection) == ["b", "c"]


def test_a_newer_execution_replaces_an_older_one_also_where_a_check_is_gone(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    execute(connection, "1", row("a", "failed"), row("removed_since", "failed"))
    execute(connection, "2", row("a", "passed"))
    assert names(connection) == []


def test_a_partial_execution_leaves_the_other_results_in_force(connection: duckdb.DuckDBPyConnection) -> None:
    execute(connection, "1", row("a", "failed"), row("b", "failed"))
    execute(connection, "2", row("a", "passed"), is_full=False)
    assert names(connection) == ["b"]


def test_a_suite_that_never_finished_counts_as_failed_until_it_is_executed_again(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    execute(connection, "1", row("a", "passed"))
    begin(connection, "2", "gx", "social")
    assert names(connection) == ["completed"]
    execute(connection, "3", row("a", "passed"), is_full=False)
    assert names(connection) == ["completed"]
    execute(connection, "4", row("a", "passed"))
    assert names(connection) == []


def test_an_audit_older_than_the_models_of_its_domain_counts_as_missing(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    execute(connection, "1", tool="dbt")
    execute(connection, "1", row("a", "passed"))
    execute(connection, "1", tool="dbt", suite="shared")
    wanted = Requirement("gx", "social", after="social")
    assert names(connection, wanted) == []
    execute(connection, "2", row("t", "passed"), tool="dbt", is_full=False)
    assert [str(found) for found in obstacles(connection, [wanted])] == [
        "gx social: completed: older than the models: run the job transform"
    ]


def test_old_passes_go_and_the_last_result_of_a_check_and_what_failed_stay(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    execute(connection, "1", row("a", "passed"), row("b", "failed"), row("c", "passed"))
    execute(connection, "1", row("a", "passed"), suite="conversations")
    connection.execute("update raw_ops.check_results set checked_at = checked_at - interval 11 day")
    execute(connection, "2", row("a", "passed"), row("b", "passed"), is_full=False)
    execute(connection, "3", row("a", "passed"), row("b", "passed"), is_full=False)
    left = connection.execute("select suite, check_name, run_id from raw_ops.check_results order by all").fetchall()
    assert left == [
        *(("conversations", "a", "1"), ("conversations", "completed", "1")),
        *(("social", "a", "2"), ("social", "a", "3"), ("social", "b", "1"), ("social", "b", "2"), ("social", "b", "3")),
        *(("social", "c", "1"), ("social", "completed", "1")),
    ]


def test_a_clock_that_was_set_back_does_not_bring_old_results_back(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(connection, "1", row("a", "passed"))
    monkeypatch.setattr(records, "utc_now", lambda: datetime(2001, 1, 1))
    execute(connection, "2", row("a", "failed"))
    assert names(connection) == ["a"]


def test_the_same_run_twice_does_not_double_its_results(connection: duckdb.DuckDBPyConnection) -> None:
    execute(connection, "1", row("a", "failed"))
    execute(connection, "1", row("a", "passed"))
    counted = connection.execute("select count(*) from raw_ops.check_results").fetchone()
    assert counted == (2,)
    assert names(connection) == []


def test_a_rebuild_that_was_killed_is_known(connection: duckdb.DuckDBPyConnection) -> None:
    records.create_tables(connection)
    assert records.read_build_setting(connection, "social", "reporting_timezone") is None
    records.write_build_setting(connection, "social", "reporting_timezone", "UTC")
    records.write_build_setting(connection, "social", "reporting_timezone", "")
    assert records.read_build_setting(connection, "social", "reporting_timezone") == ""


def test_a_suite_has_passed_when_it_came_to_its_end_and_nothing_failed(connection: duckdb.DuckDBPyConnection) -> None:
    records.create_tables(connection)
    assert not records.has_passed(connection, "dbt", "models")
    execute(connection, "run-1", row("a", "passed"), row("b", "passed"), tool="dbt", suite="models")
    assert records.has_passed(connection, "dbt", "models")
    execute(connection, "run-2", row("a", "failed", "warning"), tool="dbt", suite="models", is_full=False)
    assert not records.has_passed(connection, "dbt", "models")
    execute(connection, "run-3", row("a", "passed"), tool="dbt", suite="models")
    assert records.has_passed(connection, "dbt", "models")
    begin(connection, "run-4", "dbt", "models")
    assert not records.has_passed(connection, "dbt", "models")

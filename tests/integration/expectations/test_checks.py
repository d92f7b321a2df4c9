"""Every declared check passes on sound data and fails on the fault that it is there for, and only on that."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

import expectations
from expectations.suites import STAGES, checks_of
from tests.integration.expectations import cases
from tests.integration.expectations.cases.case import Case, few

_MODULES = [importlib.import_module(f"{cases.__name__}.{found.name}") for found in pkgutil.iter_modules(cases.__path__)]
_STAGE_OF = {suite: stage for stage, suites in STAGES.items() for suite in suites}
CASES = [case for module in _MODULES if hasattr(module, "cases") for case in module.cases()]


def _batches() -> list[list[Case]]:
    """Cases of a stage share a warehouse where none of the checks that one must fail reads what another changes."""
    batches: list[list[Case]] = []
    for case in CASES:
        for batch in batches:
            if not any(_collide(case, other) or _collide(other, case) for other in batch):
                batch.append(case)
                break
        else:
            batches.append([case])
    return batches


def _collide(one: Case, two: Case) -> bool:
    if _STAGE_OF[one.suite] != _STAGE_OF[two.suite] or one.changed & two.changed:
        return True
    # What a fault does to checks of other suites is not said.
    checks = [one.check_name, *one.also, *one.errors] if one.suite == two.suite else [None]
    return any(_reads(one.suite, name, two.changed) for name in checks)


@functools.cache
def _reads(suite: str, name: str | None, tables: frozenset[str]) -> bool:
    """Whether a check, or any of the suite, reads one of the tables."""
    return any(name in (None, check.check_name) for check in checks_of(None, [suite], tables))


def test_each_declared_check_has_exactly_one_failing_case() -> None:
    declared = [(check.suite, check.check_name) for check in expectations.list_checks()]
    assert Counter(declared) == Counter((case.suite, case.check_name) for case in CASES)


@pytest.mark.parametrize("batch", _batches(), ids=lambda batch: batch[0].id)
def test_checks_fail_on_their_faults_and_only_the_named_ones_with_them(
    batch: list[Case], sound_warehouse: Path, tmp_path: Path
) -> None:
    wrong = _differs(batch, sound_warehouse, tmp_path)
    if wrong and len(batch) > 1:
        # Alone, each says what is wrong with it.
        wrong = [text for case in batch for text in _differs([case], sound_warehouse, tmp_path)]
    assert not wrong


def _differs(batch: Sequence[Case], sound_warehouse: Path, folder: Path) -> list[str]:
    """What the checks say of all faults of the batch together, where it is not what the cases name."""
    database = folder / "warehouse.duckdb"
    shutil.copyfile(sound_warehouse, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for case in batch:
            connection.execute(case.sql)
    # The other checks see the same rows as on the sound warehouse, which has no view.
    tables = set().union(*(case.changed for case in batch))
    suites = {case.suite for case in batch}
    results = expectations.run_suites(database, stage=_STAGE_OF[batch[0].suite], suites=suites, tables=tables)
    found = {
        status: {(result.suite, result.check_name) for result in results if result.status == status}
        for status in ("failed", "errored")
    }
    errors = {(case.suite, name) for case in batch for name in case.errors}
    failed = {(case.suite, name) for case in batch for name in (case.check_name, *case.also)}
    if found == {"failed": failed, "errored": errors}:
        return []
    return [f"{batch[0].id}: found {found}, expected failed {sorted(failed)}, errored {sorted(errors)}"]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("warehouse", ["sound_warehouse", "empty_warehouse"])
def test_every_check_passes_on_sound_and_on_empty_data(
    stage: expectations.Stage, warehouse: str, request: pytest.FixtureRequest
) -> None:
    results = expectations.run_suites(request.getfixturevalue(warehouse), stage=stage)
    assert [result for result in results if result.status != "passed"] == []
    assert len(results) == len(expectations.list_checks(stage))


def test_samples_of_a_look_that_died_before_it_said_whom_it_asked_stop_nothing(
    sound_warehouse: Path, tmp_path: Path
) -> None:
    database = tmp_path / "warehouse.duckdb"
    shutil.copyfile(sound_warehouse, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            """delete from raw_twitch.stream_polls where collection_id = 'streams-1';
            update raw_twitch.files set lines_read = 0, rows_loaded = 0 where file_id = 'stream_polls1';
            update raw_twitch.collections set status = 'failed', error = 'the process died'
            where collection_id = 'streams-1' and status = 'succeeded'"""
        )
    results = expectations.run_suites(database, stage="raw", suites=["raw_twitch"], tables={"raw_twitch.streams"})
    assert [result for result in results if result.status != "passed"] == []


def test_refunds_are_no_fault(sound_warehouse: Path, tmp_path: Path) -> None:
    database = tmp_path / "warehouse.duckdb"
    shutil.copyfile(sound_warehouse, database)
    refund = "amount = -amount, quantity = -quantity"
    with duckdb.connect(str(database)) as connection:
        connection.execute(few("social.fct_events", refund, 0.3, "event_type = 'purchase'"))
    results = expectations.run_suites(database, stage="marts", suites=["social"], tables={"social.fct_events"})
    of_the_fact = [result for result in results if result.table_name == "social.fct_events"]
    assert [result.check_name for result in of_the_fact if result.status != "passed"] == []


@pytest.mark.parametrize("days_ahead", [2, 400])
def test_an_event_of_a_clock_ahead_hides_no_drift(days_ahead: int, sound_warehouse: Path, tmp_path: Path) -> None:
    database, table = tmp_path / "warehouse.duckdb", "social.agg_activity_daily"
    shutil.copyfile(sound_warehouse, database)
    with duckdb.connect(str(database)) as connection:
        newest = f"(select max(event_date) from {table})"
        connection.execute(f"update {table} set event_count = event_count * 9 where event_date = {newest} - 1")
        connection.execute(
            f"insert into {table} by name select * replace (event_date + {days_ahead} as event_date, 1 as event_count)"
            f" from {table} where event_date = {newest}"
        )
    results = expectations.run_suites(database, stage="marts", suites=["social"], tables={table})
    assert "agg_activity_daily_event_count_drift" in {r.check_name for r in results if r.status == "failed"}

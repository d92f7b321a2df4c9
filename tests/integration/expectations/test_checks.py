"""Every declared check passes on sound data and fails on the fault that it is there for, and only on that."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from collections import Counter
from pathlib import Path

import duckdb
import pytest

import expectations
from expectations.suites import STAGES
from tests.integration.expectations import cases
from tests.integration.expectations.cases.case import Case

_MODULES = [importlib.import_module(f"{cases.__name__}.{found.name}") for found in pkgutil.iter_modules(cases.__path__)]
CASES = [case for module in _MODULES if hasattr(module, "cases") for case in module.cases()]


def test_each_declared_check_has_exactly_one_failing_case() -> None:
    declared = [(check.suite, check.check_name) for check in expectations.list_checks()]
    assert Counter(declared) == Counter((case.suite, case.check_name) for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_check_fails_on_its_fault_and_only_the_named_ones_with_it(
    case: Case, sound_warehouse: Path, tmp_path: Path
) -> None:
    database = tmp_path / "warehouse.duckdb"
    shutil.copyfile(sound_warehouse, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        spoiled = [
            table
            for (table,) in connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables()"
            ).fetchall()
            if table in case.sql
        ]
        connection.execute(case.sql)
    (stage,) = (stage for stage, suites in STAGES.items() if case.suite in suites)
    # The other checks see the same rows as on the sound warehouse, which has no view.
    results = expectations.run_suites(database, stage=stage, suites=[case.suite], tables=spoiled)
    failed = {result.check_name for result in results if result.status == "failed"}
    errored = {result.check_name for result in results if result.status == "errored"}
    assert failed == {case.check_name, *case.also}
    assert errored == case.errors


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("warehouse", ["sound_warehouse", "empty_warehouse"])
def test_every_check_passes_on_sound_and_on_empty_data(
    stage: expectations.Stage, warehouse: str, request: pytest.FixtureRequest
) -> None:
    results = expectations.run_suites(request.getfixturevalue(warehouse), stage=stage)
    assert [result for result in results if result.status != "passed"] == []
    assert len(results) == len(expectations.list_checks(stage))

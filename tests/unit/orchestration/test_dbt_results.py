"""What people read of a build that failed."""

from pathlib import Path

from orchestration.dbt_results import check_rows, failure_text

TEST, MODEL = "test.warehouse.key.1", "model.warehouse.facts"
MANIFEST = {
    "nodes": {
        TEST: {"name": "key", "depends_on": {"nodes": [MODEL]}},
        MODEL: {"name": "facts", "schema": "social", "alias": "fct"},
    }
}
OUT_OF_SYNC = "Compilation Error\n  The source and target schemas on this incremental model are out of sync!\n  They"


def test_a_test_below_a_model_that_failed_is_not_told_as_a_failure():
    results = [
        {"unique_id": MODEL, "status": "error", "message": "Binder Error: no column x"},
        {"unique_id": TEST, "status": "skipped", "message": None, "failures": None},
    ]
    rows = check_rows(results, MANIFEST)
    assert [(row.check_name, row.table_name, row.status) for row in rows] == [
        ("build_facts", "social.fct", "errored"),
        ("key", "social.fct", "errored"),
    ]
    told = failure_text(rows, RuntimeError("exit 1"), Path("dbt.log"))
    assert told == "dbt build: 1 failed\n  - build_facts: Binder Error: no column x\nLog: dbt.log"


def test_columns_that_came_with_an_update_are_told_with_what_to_do():
    rows = check_rows([{"unique_id": MODEL, "status": "error", "message": OUT_OF_SYNC}], MANIFEST)
    assert "python -m orchestration.run full_refresh" in failure_text(rows, RuntimeError(), Path("dbt.log"))

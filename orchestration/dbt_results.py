"""What dbt says of its nodes (run_results.json) as results of checks. Nothing here imports Dagster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from orchestration import records
from orchestration.dbt import STEP, relation_name
from orchestration.records import CheckRow

SKIPPED = "skipped: a check or model above it failed"
# dbt, of a model with on_schema_change: fail.
_OLD_COLUMNS = "source and target schemas on this incremental model are out of sync"


def check_rows(results: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]) -> list[CheckRow]:
    """dbt's tests as results, and a result for each model that could not be built."""
    rows = []
    for result in results:
        unique_id = result["unique_id"]
        kind = unique_id.split(".", 1)[0]
        node = manifest["nodes"].get(unique_id, {})
        status = result["status"]
        if kind == "test":
            severity = str(node.get("config", {}).get("severity") or "error").lower()
            rows.append(
                CheckRow(
                    check_name=node.get("name", unique_id),
                    table_name=_tested_table(node, manifest),
                    severity="warning" if severity == "warn" else "critical",
                    status=_STATUS.get(status, "errored"),
                    observed=_found(result),
                    expected="0 rows",
                )
            )
        elif kind == "unit_test" or status in ("success", "pass", "no-op"):
            continue
        elif status in ("error", "fail", "skipped", "partial success", "runtime error"):
            rows.append(
                CheckRow(
                    check_name=f"build_{node.get('name', unique_id)}",
                    table_name=_table(node) or STEP,
                    severity="critical",
                    status="errored",
                    observed=_found(result),
                    expected="builds",
                )
            )
    return rows


def _found(result: Mapping[str, Any]) -> str:
    if result["status"] == "skipped":
        return SKIPPED
    return f"{result['failures']} rows" if result.get("failures") is not None else str(result.get("message") or "")


def failure_text(rows: Sequence[CheckRow], failure: Exception, log: Path) -> str:
    """What stopped a build, with what to do where that is known; for a person, in lines.

    Args:
        failure: how dbt's command ended.
        log: dbt's.
    """
    failed = [
        row
        for row in rows
        if row.status != "passed" and row.severity == "critical" and not row.observed.startswith(SKIPPED)
    ]
    if isinstance(failure, KeyError):
        return f"dbt build: the project changed since it was loaded ({failure}): reload and run again."
    if not failed:
        return f"dbt build: {failure}"
    listed = "\n".join(f"  - {row.check_name}: {' '.join(row.observed.split())[:300]}" for row in failed[:10])
    more = f"\n  and {len(failed) - 10} more" if len(failed) > 10 else ""
    is_old = any(_OLD_COLUMNS in row.observed for row in failed)
    advice = "\nColumns of tables changed with the project: python -m orchestration.run full_refresh" if is_old else ""
    return f"dbt build: {len(failed)} failed\n{listed}{more}{advice}\nLog: {log}"


_STATUS: dict[str, records.Status] = {"pass": "passed", "fail": "failed", "warn": "failed"}


def identity(test: Mapping[str, Any], manifest: Mapping[str, Any]) -> tuple[str, str]:
    """Check and table of the results of a test."""
    return test["name"], _tested_table(test, manifest)


def test_description(test: Mapping[str, Any]) -> str:
    """What a test holds, in a sentence: its own description, or what follows from its kind."""
    if test.get("description"):
        return str(test["description"])
    metadata = test.get("test_metadata") or {}
    kind, arguments = metadata.get("name"), metadata.get("kwargs", {})
    columns = ", ".join(arguments.get("columns") or [arguments.get("column_name", "")])
    if kind in ("key", "unique"):
        return f"These identify a row, and none is NULL: {columns}."
    if kind == "holds":
        return f"No row for which this is false: {' '.join(arguments['expression'].split())}"
    if kind in ("refers_to", "relationships"):
        return f"Each value of {columns} exists in {arguments['to']}."
    if kind == "accepted_values":
        return f"{columns} is one of: {', '.join(map(str, arguments['values']))}."
    # A test of its own says in its first lines what it guards against.
    lines = takewhile(lambda line: line.startswith("--"), str(test.get("raw_code", "")).splitlines())
    return " ".join(line.lstrip("-").strip() for line in lines)


def _tested_table(test: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    above = test.get("depends_on", {}).get("nodes", ())
    # A test of several models says in its configuration which of them it is a check of.
    named = test.get("config", {}).get("meta", {}).get("dagster", {}).get("ref", {}).get("name")
    attached = test.get("attached_node") or next((name for name in above if name.split(".")[-1] == named), "")
    attached = attached or next(iter(above), "")
    return _table(manifest["nodes"].get(attached) or manifest["sources"].get(attached) or {})


def _table(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{relation_name(node)}" if node else ""

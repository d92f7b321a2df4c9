"""A build of the models around the dbt command: what it is told, and what is written down of it.

`prepare`, dbt with its arguments and variables, `complete`: all three under one writer lock. Nothing here imports
Dagster, which runs dbt in assets/transform.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from ingestion.engine import connect
from orchestration import dbt_inputs, records
from orchestration.backfill import date_range, mark_dates
from orchestration.dbt import STEP, dbt_environment, place_of, relation_name, shaping_values
from orchestration.dbt_inputs import Plan
from orchestration.dbt_results import check_rows
from orchestration.publication_tables import quote
from orchestration.records import CheckRow
from orchestration.settings import Settings

# Stands for each setting while a rebuild is unfinished.
_UNKNOWN = "?"
_FULL_REFRESH = "--full-refresh"
_DONE = {"success", "pass", "warn", "no-op"}
_OUT_OF_MEMORY = "Out of Memory Error"


class BuildError(RuntimeError):
    """The build cannot begin; the message says what to do."""


@dataclass(frozen=True)
class Build:
    """One build.

    `arguments` and `variables`: of the dbt command. `is_full`: of all models, which `plan` may leave out of dbt's work.
    `notes`: what is worth a line in a log.
    """

    run_id: str
    is_full: bool
    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    plan: Plan
    notes: tuple[str, ...]


def prepare(
    settings: Settings,
    manifest: Mapping[str, Any],
    run_id: str,
    *,
    is_full: bool = True,
    full_refresh: bool = False,
    start_date: str | None = None,
    end_date: str | None = None,
) -> Build:
    """Decide what is to be built, and record that it begins: it counts as failed until `complete`.

    Args:
        is_full: False where only some models and tests were chosen.
        full_refresh: build anew from the raw tables.
        start_date, end_date: dates to compute again, see `backfill.mark_dates`.

    Raises:
        BuildError: a setting that shapes rows changed and not all models are to be built.
        BackfillError: the dates cannot be used.
    """
    notes: list[str] = []
    if start_date or end_date:
        # Before anything is noted: a slip of the pen must not keep back the publication of what stands.
        date_range(start_date, end_date)
    with connect(settings, settings.database_path) as connection:
        records.create_tables(connection)
        values = shaping_values(settings)
        built = {name: records.read_build_setting(connection, STEP, name.lower()) for name in values}
        # What was built without knowing of a value was built by other models: an update brought it.
        was_built = any(value is not None for value in built.values())
        changed = [name for name, value in values.items() if was_built and built[name] != value]
        if changed and not is_full:
            listed = ", ".join(f"{name} is {values[name]!r} and was {built[name]!r}" for name in changed)
            raise BuildError(f"{listed} when the models were built: build all of them, with the job transform.")
        refresh = full_refresh or bool(changed)
        notes += [f"{name} {built[name]!r} -> {values[name]!r}: full refresh." for name in changed]
        if not was_built:
            for name, value in values.items():
                # A first build that is killed leaves rows as well.
                records.write_build_setting(connection, STEP, name.lower(), value)
        # Tests look at the newest rows: those that did not pass last time would be out of sight.
        tests_all_rows = not records.has_passed(connection, "dbt", STEP)
        if refresh or start_date or end_date or not is_full:
            plan = Plan(dbt_inputs.measure(connection, settings, manifest), "everything that was asked for")
        else:
            plan = dbt_inputs.plan(connection, settings, manifest)
        notes.append(f"Left out: {len(plan.left_out)} models and tests ({plan.reason}).")
        dbt_inputs.forget(connection)
        if start_date or end_date:
            # As above: dates that hold nothing are a slip as well.
            marked = mark_dates(connection, settings, manifest, start_date, end_date)
            notes.append(f"Rows to compute again: {marked}")
        records.begin(connection, run_id, "dbt", STEP)
        if refresh and is_full:
            # Unknown until the rebuild is complete: a rebuild that was killed is done again.
            for name in values:
                records.write_build_setting(connection, STEP, name.lower(), _UNKNOWN)
    variables = {**dbt_environment(settings), "DBT_TEST_ALL_ROWS": str(tests_all_rows).lower()}
    return Build(run_id, is_full, _arguments(plan.left_out, manifest, refresh), variables, plan, tuple(notes))


def with_one_thread(build: Build, manifest: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> Build | None:
    """What is left of a build in which only memory was missing; None where something else failed, or nothing did.

    Grouping, sorting and joining take memory by thread: what does not fit with several may fit with one.
    """
    left = [row for row in results if row["status"] not in _DONE]
    failed = [row for row in left if row["status"] != "skipped"]
    if not failed or not all(_OUT_OF_MEMORY in str(row.get("message")) for row in failed):
        return None
    if build.variables["DUCKDB_THREADS"] == "1":
        return None
    done = {row["unique_id"] for row in results if row["status"] in _DONE and not _is_hook(row)}
    refresh = _FULL_REFRESH in build.arguments
    return replace(
        build,
        arguments=_arguments(build.plan.left_out | done, manifest, refresh),
        variables={**build.variables, "DUCKDB_THREADS": "1", "DBT_MODEL_THREADS": "1"},
        notes=(f"Out of memory with several threads: {len(left)} models and tests once more, with one.",),
    )


def _is_hook(result: Mapping[str, Any]) -> bool:
    return str(result["unique_id"]).startswith("operation.")


def is_done(results: Sequence[Mapping[str, Any]]) -> bool:
    """Whether dbt came to its end, with nothing that failed."""
    return bool(results) and all(row["status"] in _DONE for row in results)


def complete(
    settings: Settings,
    manifest: Mapping[str, Any],
    build: Build,
    results: Sequence[Mapping[str, Any]],
    *,
    has_succeeded: bool,
) -> tuple[list[CheckRow], dict[str, int]]:
    """Record what dbt did.

    Args:
        results: those of run_results.json, of a node the last one; empty if dbt died.

    Returns:
        The results of tests and of models that failed, those of tests that were left out among them; and the rows of
        each table by unique id.
    """
    results = list({row["unique_id"]: row for row in results}.values())
    rows = [*check_rows(results, manifest), *build.plan.results]
    with connect(settings, settings.database_path) as connection:
        if results or has_succeeded:
            records.finish(connection, build.run_id, "dbt", STEP, rows, is_full=build.is_full)
        if has_succeeded and build.is_full:
            for name, value in shaping_values(settings).items():
                records.write_build_setting(connection, STEP, name.lower(), value)
            dbt_inputs.remember(connection, settings, manifest, build.plan)
        return rows, _row_counts(connection, manifest)


def _arguments(left_out: Collection[str], manifest: Mapping[str, Any], refresh: bool) -> tuple[str, ...]:
    # Unit tests know no data: what they say changes with the project only, and its own tests run them.
    arguments = ["build", "--exclude-resource-type", "unit_test", *([_FULL_REFRESH] if refresh else [])]
    if left_out:
        # By name only: a test of two models stays in if one of them does. Never --select, even where that is shorter:
        # dagster-dbt adds a --select of everything, and dbt builds what any of them names.
        names = _covering_names(manifest, left_out)
        arguments += ["--indirect-selection", "empty", "--exclude", " ".join(names)]
    return tuple(arguments)


def _covering_names(manifest: Mapping[str, Any], chosen: Collection[str]) -> list[str]:
    """The fewest qualified names that select the nodes `chosen` and no other: a folder where all in it are chosen.

    dbt compares each name with each node, which for hundreds of names takes seconds.
    """
    kept: set[tuple[str, ...]] = set()
    found = set()
    for unique_id, node in manifest["nodes"].items():
        if unique_id not in chosen:
            kept.update(tuple(node["fqn"][:length]) for length in range(1, len(node["fqn"]) + 1))
    for unique_id in chosen:
        fqn = manifest["nodes"][unique_id]["fqn"]
        name = next(fqn[:length] for length in range(1, len(fqn) + 1) if tuple(fqn[:length]) not in kept)
        found.add(".".join(name))
    return sorted(found)


def _row_counts(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> dict[str, int]:
    """Rows of the tables by unique id; views are left out, counting them is work."""
    known = set(
        connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        ).fetchall()
    )
    counts = {}
    for unique_id, node in manifest["nodes"].items():
        schema, table = node["schema"], relation_name(node)
        if place_of(node) is not None and (schema, table) in known:
            row = connection.execute(f"select count(*) from {quote(schema)}.{quote(table)}").fetchone()
            counts[unique_id] = int(row[0]) if row else 0
    return counts

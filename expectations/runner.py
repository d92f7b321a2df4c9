"""Runs suites against a database file and returns one result a check.

A missing table or a broken check is an `errored` result, which counts as failed, never an exception.
Does not belong here: where results are stored (orchestration) and what is checked (suites/).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from expectations.declaration import Check, CheckResult, Mark, Scope, Stage, Standing, Status
from expectations.standing import LOOK_AT_ALL_AFTER, States, reads, stands
from expectations.suites import checks_of

if TYPE_CHECKING:
    from expectations.validation import Auditor

Progress = Callable[[str], None]
Audit = Literal["new", "all"]
_Name = tuple[str, str]
_LEDGER = re.compile(r"\b(raw_\w+)\._dlt_loads\b")


def run_suites(
    database: Path,
    *,
    stage: Stage | None = None,
    suites: Collection[str] | None = None,
    tables: Collection[str] | None = None,
    audit: Audit = "new",
    states: States | None = None,
    standing: Mapping[tuple[str, str], Standing] | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_directory: Path | None = None,
    progress: Progress | None = None,
) -> list[CheckResult]:
    """Validate `database`, opened read-only, with the suites of `stage`, or of both stages.

    Close every other connection of this process to the file first, and hold the writer lock.

    Args:
        database: the build file.
        suites: names of suites to run; None is all of the stage.
        tables: "schema.table" names; only checks that read one of them run. None is all checks.
        audit: `new` lets checks of scope `new` read only what came after they last passed, as recorded in
            raw_ops.audit_marks, and everything once a week; `all` lets them read everything.
        states: state of each relation of the database, see `standing`; None executes every check.
        standing: by suite and check, what is known of checks that passed; those that stand are not executed with audit
            `new`.
        memory_limit, threads, temp_directory: limits of DuckDB; None is its own default.
        progress: called with one line a table.

    Returns:
        One result for each check that was to run, in the order of the declaration.

    Raises:
        Exception: the file cannot be opened.
    """
    checks = checks_of(stage, suites, tables)
    by_name = {(check.suite, check.check_name): check for check in checks}
    digests = {name: reads(check, states or {}) for name, check in by_name.items()}
    now = datetime.now(UTC).replace(tzinfo=None)
    results: dict[_Name, CheckResult] = {}
    batches: dict[tuple[str, Scope], list[Check]] = {}
    for name, check in by_name.items():
        before = (standing or {}).get(name) if audit == "new" else None
        if before is not None and stands(check, digests[name], before, now):
            results[name] = replace(_result(check, "passed", before.observed, now), standing=before, is_standing=True)
        else:
            batches.setdefault((check.table_name, check.scope), []).append(check)
    if batches:
        for result in _execute(database, batches, audit, progress, (memory_limit, threads, temp_directory)):
            name = (result.suite, result.check_name)
            digest = digests[name]
            if digest is not None and result.status == "passed":
                definition = by_name[name].definition
                result = replace(result, standing=Standing(definition, digest, result.checked_at, result.observed))
            results[name] = result
    return [results[name] for name in by_name]


def _execute(
    database: Path,
    batches: Mapping[tuple[str, Scope], list[Check]],
    audit: Audit,
    progress: Progress | None,
    limits: tuple[str | None, int | None, Path | None],
) -> Iterator[CheckResult]:
    from expectations.validation import Auditor  # takes seconds: see validation.py

    with Auditor(Path(database), *limits) as auditor:
        marks = _marks(auditor) if audit == "new" else {}
        rebuilds = _rebuilds(auditor)
        later = _later_loads(auditor)
        for (table, scope), members in batches.items():
            if progress is not None:
                progress(f"{members[0].suite}: {table} ({len(members)} checks)")
            yield from _run_batch(auditor, table, scope, members, marks, rebuilds.get(table, 0), later)


def _run_batch(
    auditor: Auditor,
    table: str,
    scope: Scope,
    checks: Sequence[Check],
    marks: Mapping[_Name, Mark],
    rebuilds: int,
    later: Mapping[str, datetime],
) -> list[CheckResult]:
    checked_at = datetime.now(UTC).replace(tzinfo=None)  # before the scan: what comes later is not yet checked
    passed_at = checked_at
    is_raw = table.startswith("raw_")
    if is_raw:
        later = {}
    elif later:
        passed_at = min(checked_at, *(moment - timedelta(microseconds=1) for moment in later.values()))
    loads, rows, batch_id, whole_at = "", None, None, checked_at
    if scope == "new":
        batch_id = None if is_raw else _newest_batch(auditor, table)
        known = _known(checks, marks, rebuilds, checked_at)
        if known:
            whole_at = min(mark.whole_at for mark in known)
        loads = _loads(checks[0].suite, known)
        if is_raw:
            rows = f"SELECT * FROM {table} WHERE _dlt_load_id IN ({loads})"
        elif batches := [mark.batch_id for mark in known if mark.batch_id is not None]:
            rows = f"SELECT * FROM {table} WHERE batch_id > {min(batches)}"
    outcomes = auditor.validate(
        f"{table} {scope}",
        rows,
        table,
        [(check, _without(check.sql.replace("$new_loads", loads), later)) for check in checks],
    )
    return [
        replace(
            _result(check, status, observed, checked_at),
            mark=Mark(check.definition, passed_at, whole_at, batch_id, rebuilds)
            if scope == "new" and status == "passed"
            else None,
        )
        for check, status, observed in outcomes
    ]


def _result(check: Check, status: Status, observed: str, checked_at: datetime) -> CheckResult:
    return CheckResult(
        tool="gx",
        suite=check.suite,
        check_name=check.check_name,
        table_name=check.table_name,
        severity=check.severity,
        status=status,
        observed=observed,
        expected=check.expected,
        checked_at=checked_at,
    )


def _known(checks: Sequence[Check], marks: Mapping[_Name, Mark], rebuilds: int, now: datetime) -> list[Mark]:
    """How far each of `checks` has passed; empty if one must look at all rows, because they share one scan."""
    found = []
    for check in checks:
        mark = marks.get((check.suite, check.check_name))
        if (
            mark is None
            or (mark.definition, mark.rebuilds) != (check.definition, rebuilds)
            or now - mark.whole_at > LOOK_AT_ALL_AFTER
        ):
            return []
        found.append(mark)
    return found


def _loads(suite: str, known: Sequence[Mark]) -> str:
    """Query of the completed loads that came after what is known to have passed."""
    loads = f"SELECT load_id FROM raw_{suite.removeprefix('raw_')}._dlt_loads WHERE status = 0"
    if not known:
        return loads
    since = min(mark.passed_at for mark in known)
    return f"{loads} AND inserted_at > TIMESTAMPTZ '{since.isoformat(sep=' ')}+00'"


def _without(sql: str, later: Mapping[str, datetime]) -> str:
    """`sql` with the ledgers of the datasets `later` as they were when the models were built."""

    def built(found: re.Match[str]) -> str:
        if found[1] not in later:
            return found[0]
        return (
            f"(select * from {found[0]} where load_id in"
            f" (select load_id from raw_ops.built_loads where dataset = '{found[1]}'))"
        )

    return _LEDGER.sub(built, sql)


def _later_loads(auditor: Auditor) -> dict[str, datetime]:
    """When the first load came that the models do not hold, by dataset: one between their build and this audit.

    What a mart is compared with is what it was made of; the load is the next night's, and no reason not to publish.
    """
    if not _is_there(auditor, "built_loads"):
        return {}
    datasets = auditor.fetch(
        "select schema_name from duckdb_tables() where table_name = '_dlt_loads' and schema_name like 'raw_%'"
        " and database_name = current_database() and exists (select 1 from raw_ops.built_loads)"
    )
    found = {}
    for (dataset,) in datasets:
        ((first,),) = auditor.fetch(
            f"select min(inserted_at)::timestamp from {dataset}._dlt_loads as l where status = 0 and not exists"
            f" (select 1 from raw_ops.built_loads as b where b.dataset = '{dataset}' and b.load_id = l.load_id)"
        )
        if first is not None:
            found[dataset] = first
    return found


def _newest_batch(auditor: Auditor, table: str) -> int | None:
    """None where the table does not tell: its checks then say why."""
    with suppress(Exception):
        ((newest,),) = auditor.fetch(f"select max(batch_id) from {table}")
        return None if newest is None else int(newest)
    return None


def _marks(auditor: Auditor) -> dict[_Name, Mark]:
    """How far each check has passed, as recorded in raw_ops.audit_marks."""
    if not _is_there(auditor, "audit_marks"):
        return {}
    rows = auditor.fetch(
        "select suite, check_name, definition, passed_at, whole_at, batch_id, rebuilds from raw_ops.audit_marks"
    )
    return {(suite, name): Mark(*values) for suite, name, *values in rows}


def _rebuilds(auditor: Auditor) -> dict[str, int]:
    """How often each model was built anew, as recorded in raw_ops.rebuilds."""
    if not _is_there(auditor, "rebuilds"):
        return {}
    return {
        table: times for table, times in auditor.fetch("select table_name, count(*) from raw_ops.rebuilds group by 1")
    }


def _is_there(auditor: Auditor, table: str) -> bool:
    return bool(
        auditor.fetch(
            f"select 1 from duckdb_tables() where schema_name = 'raw_ops' and table_name = '{table}'"
            " and database_name = current_database()"
        )
    )

"""Results of checks and runs, kept in raw_ops beside the data they speak about.

Publishing reads them from here and not from Dagster's event log: they travel with the database, are the
same for every way to start a run, and a check that crashed leaves its mark although it never reported.

A suite is recorded in two steps. `begin` writes the row `completed` as errored and `finish` replaces it by
the results, so that a suite whose process died counts as failed. Nothing here imports Dagster.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import duckdb

Tool = Literal["gx", "dbt", "freshness"]
Severity = Literal["critical", "warning"]
Status = Literal["passed", "failed", "errored"]

COMPLETED = "completed"

# How long what each run says of each check is kept, and Dagster's log of it: each hour says that a thousand checks
# passed. Longer than the week in which every check is executed. What did not pass is kept for good.
KEPT = timedelta(days=10)

_CREATE = """
create schema if not exists raw_ops;
create table if not exists raw_ops.check_results (
    run_id varchar, tool varchar, suite varchar, check_name varchar, table_name varchar, severity varchar,
    status varchar, observed varchar, expected varchar, checked_at timestamp
);
create table if not exists raw_ops.runs (
    run_id varchar, job varchar, status varchar, started_at timestamp, ended_at timestamp,
    sources_loaded varchar, rows_loaded bigint, rows_rejected bigint, models_built bigint,
    checks_passed bigint, checks_warned bigint, checks_failed bigint
);
create table if not exists raw_ops.audit_marks (
    suite varchar, check_name varchar, definition varchar, passed_at timestamp, whole_at timestamp, batch_id bigint,
    rebuilds bigint
);
create table if not exists raw_ops.audit_standing (
    suite varchar, check_name varchar, definition varchar, reads varchar, whole_at timestamp, observed varchar
);
create table if not exists raw_ops.rebuilds (
    table_name varchar, rebuilt_at timestamp
);
create table if not exists raw_ops.built_loads (
    dataset varchar, load_id varchar
);
create table if not exists raw_ops.build_settings (
    domain varchar, name varchar, value varchar, updated_at timestamp
);
"""

# A full execution of a suite replaces all that was known about it; executions of a part (a few models
# chosen in the web interface) add to it. So: rows from the newest `completed` row on, newest a check.
_LATEST = """
with base as (
    select tool, suite, max(checked_at) as checked_at
    from raw_ops.check_results
    where check_name = 'completed'
    group by tool, suite
)
select result.*
from raw_ops.check_results as result
left join base on result.tool = base.tool and result.suite = base.suite
where base.checked_at is null or result.checked_at >= base.checked_at
qualify row_number() over (
    partition by result.tool, result.suite, result.check_name, result.table_name
    order by result.checked_at desc, result.run_id desc
) = 1
"""


@dataclass(frozen=True)
class CheckRow:
    """One result of one check; `observed` and `expected` are texts for people."""

    check_name: str
    table_name: str
    severity: Severity
    status: Status
    observed: str = ""
    expected: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        """What a later result of the same check shares with it, within a suite."""
        return self.check_name, self.table_name


@dataclass(frozen=True)
class Requirement:
    """A suite that must have been executed in full, not before the models `after` (a dbt suite) were built."""

    tool: Tool
    suite: str
    after: str = ""


@dataclass(frozen=True)
class Obstacle:
    """One reason why publishing is refused."""

    tool: str
    suite: str
    check_name: str
    table_name: str
    observed: str

    def __str__(self) -> str:
        place = f" on {self.table_name}" if self.table_name else ""
        return f"{self.tool} {self.suite}: {self.check_name}{place}: {self.observed or 'failed'}"


def utc_now() -> datetime:
    """The present as the warehouse stores times: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create raw_ops and its tables where they are missing."""
    connection.execute(_CREATE)


def begin(connection: duckdb.DuckDBPyConnection, run_id: str, tool: Tool, suite: str) -> None:
    """Mark `suite` as started: errored until `finish` says otherwise."""
    create_tables(connection)
    _insert(
        connection,
        run_id,
        tool,
        suite,
        [CheckRow(COMPLETED, "", "critical", "errored", "started and did not finish", "finishes")],
    )


def finish(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    tool: Tool,
    suite: str,
    rows: Iterable[CheckRow],
    *,
    is_full: bool = True,
) -> None:
    """Replace what `begin` wrote by the results.

    Args:
        is_full: the whole suite was executed; else earlier results of the other checks stay in force.

    Passes that are old, and not the last result of their check, are deleted.
    """
    results = list(rows)
    if is_full:
        results.append(CheckRow(COMPLETED, "", "critical", "passed", "finished", "finishes"))
    connection.execute("begin")
    try:
        connection.execute(
            """
            delete from raw_ops.check_results
            where run_id = ? and tool = ? and suite = ? and (check_name = 'completed' or ?)
            """,
            [run_id, tool, suite, is_full],
        )
        _insert(connection, run_id, tool, suite, results)
        connection.execute(
            """
            delete from raw_ops.check_results as old
            using (
                select check_name, table_name, max(checked_at) as checked_at
                from raw_ops.check_results where tool = $tool and suite = $suite group by all
            ) as last
            where
                old.tool = $tool and old.suite = $suite and old.status = 'passed' and old.checked_at < $kept_since
                and old.check_name = last.check_name and old.table_name = last.table_name
                and old.checked_at < last.checked_at
            """,
            {"tool": tool, "suite": suite, "kept_since": utc_now() - KEPT},
        )
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def _insert(
    connection: duckdb.DuckDBPyConnection, run_id: str, tool: Tool, suite: str, rows: Sequence[CheckRow]
) -> None:
    if not rows:
        return
    newest = connection.execute("select max(checked_at) from raw_ops.check_results").fetchone()
    now = utc_now()
    if newest and newest[0] is not None and newest[0] >= now:
        # A clock that was set back must not let an older result pass for the newest.
        now = newest[0] + timedelta(microseconds=1)
    insert_rows(
        connection,
        "raw_ops.check_results",
        [
            (
                *(run_id, tool, suite, row.check_name, row.table_name, row.severity),
                *(row.status, row.observed, row.expected, now),
            )
            for row in rows
        ],
    )


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert rows, all columns of `table` in order, in one statement: DuckDB takes long for one a row."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(f"insert into {table} select {', '.join('unnest(?)' for _ in columns)}", columns)


def obstacles(connection: duckdb.DuckDBPyConnection, required: Sequence[Requirement] = ()) -> list[Obstacle]:
    """What stands against publishing: last results that are critical and not passed, and audits that
    are missing or older than the models they speak about."""
    tables = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = 'raw_ops' and table_name = 'check_results'"
    ).fetchone()
    if not tables or not tables[0]:
        return [Obstacle(wanted.tool, wanted.suite, COMPLETED, "", "never executed") for wanted in required]
    found = [
        Obstacle(*row)
        for row in connection.execute(
            f"""
            select tool, suite, check_name, table_name, observed from ({_LATEST})
            where severity = 'critical' and status <> 'passed'
            order by tool, suite, table_name, check_name
            """
        ).fetchall()
    ]
    finished = {
        (tool, suite): at
        for tool, suite, at in connection.execute(
            """
            select tool, suite, max(checked_at) from raw_ops.check_results
            where check_name = 'completed' group by tool, suite
            """
        ).fetchall()
    }
    built = dict(
        connection.execute(
            "select suite, max(checked_at) from raw_ops.check_results where tool = 'dbt' group by suite"
        ).fetchall()
    )
    for wanted in required:
        at, built_at = finished.get((wanted.tool, wanted.suite)), built.get(wanted.after)
        if at is None:
            found.append(Obstacle(wanted.tool, wanted.suite, COMPLETED, "", "never executed"))
        elif built_at is not None and at < built_at:
            why = "older than the models: run the job transform"
            found.append(Obstacle(wanted.tool, wanted.suite, COMPLETED, "", why))
    return found


def has_passed(connection: duckdb.DuckDBPyConnection, tool: Tool, suite: str) -> bool:
    """Whether a suite was executed, came to its end, and all of its last results are passes."""
    statuses = connection.execute(
        f"select distinct status from ({_LATEST}) where tool = ? and suite = ?", [tool, suite]
    ).fetchall()
    return statuses == [("passed",)]


def latest_rows(connection: duckdb.DuckDBPyConnection, tool: Tool, suite: str) -> list[CheckRow]:
    """Last result of every check of a suite."""
    found = connection.execute(
        f"""
        select check_name, table_name, severity, status, observed, expected from ({_LATEST})
        where tool = ? and suite = ? and check_name <> 'completed' order by all
        """,
        [tool, suite],
    ).fetchall()
    return [CheckRow(*row) for row in found]


def read_build_setting(connection: duckdb.DuckDBPyConnection, domain: str, name: str) -> str | None:
    """Value of `name` when `domain` was last built whole."""
    row = connection.execute(
        "select value from raw_ops.build_settings where domain = ? and name = ?", [domain, name]
    ).fetchone()
    return None if row is None else str(row[0])


def write_build_setting(connection: duckdb.DuckDBPyConnection, domain: str, name: str, value: str) -> None:
    """Remember the value of `name` that `domain` is built with."""
    connection.execute("begin")
    connection.execute("delete from raw_ops.build_settings where domain = ? and name = ?", [domain, name])
    row = [domain, name, value, utc_now()]
    connection.execute("insert into raw_ops.build_settings values (?, ?, ?, ?)", row)
    connection.execute("commit")


def rebuilds_by_table(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How often each incremental model was built anew since the warehouse exists, by "schema.table"."""
    known = connection.execute(
        "select 1 from duckdb_tables() where database_name = current_database()"
        " and schema_name = 'raw_ops' and table_name = 'rebuilds'"
    ).fetchone()
    if not known:
        return {}
    return dict(connection.execute("select table_name, count(*) from raw_ops.rebuilds group by 1").fetchall())

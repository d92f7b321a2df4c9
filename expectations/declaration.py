"""What a check is, without Great Expectations: light records that the runner turns into expectations.

Importing Great Expectations costs seconds, and orchestration needs the list of checks whenever it loads
its definitions. Does not belong here: SQL of a check (suites/), execution (runner.py, validation.py).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

Severity = Literal["critical", "warning"]
Stage = Literal["raw", "marts"]
Scope = Literal["all", "new"]
Kind = Literal["columns", "aggregate", "query"]
Status = Literal["passed", "failed", "errored"]


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation about one table.

    kind `columns`: the table has at least `columns`. kind `aggregate`: `sql` is an aggregate expression over
    the rows of `table_name`; all of a table's aggregates run in one scan. kind `query`: `sql` is a scalar
    query. The number that `sql` yields must lie between `min_value` and `max_value` (None: open). NULL is an
    error: a check says itself what nothing to judge means.
    scope `new` looks only at rows that came after this check last passed: of a raw table those of newer loads (raw
    tables only grow), of a mart those of newer batches (a model gives a row that it writes again a newer batch).
    """

    suite: str
    check_name: str
    table_name: str
    severity: Severity
    description: str
    kind: Kind
    sql: str = ""
    min_value: float | None = None
    max_value: float | None = None
    columns: tuple[str, ...] = ()
    scope: Scope = "all"

    @property
    def definition(self) -> str:
        """Changes with what is checked: rows that passed another definition did not pass this one."""
        text = repr((self.kind, self.sql, self.min_value, self.max_value, self.columns))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def reads(self, table_name: str) -> bool:
        """Whether the result can depend on the rows of this table ("schema.table")."""
        return table_name == self.table_name or bool(re.search(rf"\b{re.escape(table_name)}\b", self.sql))

    @property
    def expected(self) -> str:
        """The accepted range in words, as stored beside the observed value."""
        if self.kind == "columns":
            return "has " + ", ".join(self.columns)
        if self.min_value is None:
            return f"at most {self.max_value:g}"
        if self.max_value is None:
            return f"at least {self.min_value:g}"
        if self.min_value == self.max_value:
            return f"{self.min_value:g}"
        return f"{self.min_value:g} to {self.max_value:g}"


class DeclaredCheck(NamedTuple):
    """A check as orchestration and reports list it."""

    suite: str
    check_name: str
    table_name: str
    severity: Severity
    description: str


class Standing(NamedTuple):
    """That a check has passed, for good until something that it reads changes.

    `definition`: of the check. `reads`: digest of the states of all that it reads. `whole_at`: when it passed.
    """

    definition: str
    reads: str
    whole_at: datetime
    observed: str


class Mark(NamedTuple):
    """How far a check of scope `new` has passed.

    Times are UTC without a zone; `passed_at` is when the check began to look, `whole_at` when it last looked at all
    rows. `batch_id` and `rebuilds` are those of a mart: its highest batch, and how often its model was built anew.
    """

    definition: str
    passed_at: datetime
    whole_at: datetime
    batch_id: int | None
    rebuilds: int


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check. Holds counts and ratios, never values of rows.

    `mark`: how far the check has passed, if it is one of scope `new` and passed. `standing`: if it need not be executed
    again before something changes; `is_standing`: it was not executed now.
    """

    tool: Literal["gx"]
    suite: str
    check_name: str
    table_name: str
    severity: Severity
    status: Status
    observed: str
    expected: str
    checked_at: datetime
    mark: Mark | None = None
    standing: Standing | None = None
    is_standing: bool = False


@dataclass(slots=True)
class TableChecks:
    """Collects the checks of one table; each method declares one check.

    Names are unique within a suite: they start with the table's own name. `row_scope` is the scope of checks that look
    at each row by itself, unless they say otherwise: `new` for tables with a long history.
    """

    suite: str
    table_name: str
    row_scope: Scope = "all"
    checks: list[Check] = field(default_factory=list)

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def has_columns(self, columns: str, severity: Severity = "critical") -> None:
        """The table has at least `columns` (names separated by blanks)."""
        self._add(
            "columns",
            severity,
            "The columns that downstream models and readers use are all there.",
            kind="columns",
            columns=tuple(columns.split()),
        )

    def no_rows(
        self, name: str, where: str, description: str, severity: Severity = "critical", scope: Scope | None = None
    ) -> None:
        """No row satisfies `where`; the observed value is the number of rows that do. `scope` None: the table's."""
        sql = f"count(*) filter (where {where})"
        self._add(name, severity, description, sql=sql, max_value=0, scope=scope or self.row_scope)

    def not_null(self, column: str, severity: Severity = "critical") -> None:
        """`column` is set in every row. Always of scope `all`: the engine answers from the column's statistics."""
        description = f"Every row has a value in {column}."
        self.no_rows(f"{column}_not_null", f'"{column}" is null', description, severity, scope="all")

    def in_set(self, column: str, values: tuple[str, ...], severity: Severity = "critical") -> None:
        """`column` holds only `values` or NULL."""
        listed = ", ".join(f"'{value}'" for value in values)
        self.no_rows(
            f"{column}_in_set",
            f'"{column}" not in ({listed})',
            f"{column} is one of: {', '.join(values)}.",
            severity,
        )

    def share_at_most(
        self,
        name: str,
        where: str,
        limit: float,
        description: str,
        severity: Severity = "warning",
        of: str = "true",
    ) -> None:
        """Of the rows that satisfy `of`, at most the share `limit` (0 to 1) satisfies `where`."""
        sql = f"coalesce(count(*) filter (where ({of}) and ({where})) / nullif(count(*) filter (where {of}), 0), 0)"
        self._add(name, severity, description, sql=sql, max_value=limit)

    def query(
        self,
        name: str,
        sql: str,
        description: str,
        severity: Severity = "critical",
        *,
        min_value: float | None = None,
        max_value: float | None = 0,
        scope: Scope = "all",
    ) -> None:
        """The scalar query `sql` yields a number in the range; `$new_loads` in it is the loads to audit."""
        self._add(
            name,
            severity,
            description,
            kind="query",
            sql=sql,
            min_value=min_value,
            max_value=max_value,
            scope=scope,
        )

    def equal(
        self,
        name: str,
        left: str,
        right: str,
        description: str,
        severity: Severity = "critical",
        tolerance: float = 0,
    ) -> None:
        """Two scalar queries yield the same number; the observed value is their absolute difference."""
        sql = f"select abs(coalesce(({left}), 0) - coalesce(({right}), 0))"
        self.query(name, sql, description, severity, max_value=tolerance)

    def _add(
        self,
        name: str,
        severity: Severity,
        description: str,
        *,
        kind: Kind = "aggregate",
        sql: str = "",
        min_value: float | None = None,
        max_value: float | None = None,
        columns: tuple[str, ...] = (),
        scope: Scope = "all",
    ) -> None:
        self.checks.append(
            Check(
                suite=self.suite,
                check_name=f"{self.table_name.rpartition('.')[2].lstrip('_')}_{name}",
                table_name=self.table_name,
                severity=severity,
                description=description,
                kind=kind,
                sql=" ".join(sql.split()),
                min_value=min_value,
                max_value=max_value,
                columns=columns,
                scope=scope,
            )
        )

"""A fault in the data that makes one check fail.

`also` names the other checks of the suite that the same fault must make fail; all others must still pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TABLE = re.compile(r"\b[a-z]\w{2,}\.\w+")


@dataclass(frozen=True)
class Case:
    """SQL that spoils a passing warehouse, the check that must fail, and its companions."""

    suite: str
    check_name: str
    sql: str
    also: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()  # companions that cannot be computed any more

    @property
    def id(self) -> str:
        return f"{self.suite}-{self.check_name}"

    @property
    def changed(self) -> frozenset[str]:
        """Tables that the SQL names; aliases are shorter than schemas."""
        return frozenset(_TABLE.findall(self.sql))


def one(table: str, change: str, where: str = "true") -> str:
    """Change a single row of `table`."""
    return f"update {table} set {change} where rowid = (select min(rowid) from {table} where {where})"


def few(table: str, change: str, share: float, where: str = "true") -> str:
    """Change at least the share of the rows of `table` that satisfy `where`."""
    limit = f"(select ceil({share} * count(*))::bigint from {table} where {where})"
    return (
        f"update {table} set {change} where rowid in"
        f" (select rowid from {table} where {where} order by rowid limit {limit})"
    )


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())

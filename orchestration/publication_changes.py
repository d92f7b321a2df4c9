"""Bringing a copy of the last publication up to date, table by table, and the proof that it equals the build file.

The proof are checksums: sums of the hashes of all rows, which do not depend on the order of the rows and from which
rows can be taken away. Those of the published table are known from the last time, those of the build file's table are
computed over all of its rows. Only if taking away what is deleted and adding what is inserted leads from the ones to
the others is a table changed in place; else it is copied whole.

Hashing each column of a large table would cost more than the rest of a night, so its columns fall into groups, and
each publication compares the whole length of one group in turn. What holds in between: a row that a model writes again
has a higher batch_id than before, no model was built anew (publication_state.py), and the numbers of rows fit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from orchestration.publication_tables import BATCH, Relation, copy_whole, quote

# A smaller table is copied faster than compared with its last publication.
SMALL_TABLE_ROWS = 50_000
# Of a larger table than this, each publication compares one group of columns.
LARGE_TABLE_ROWS = 1_000_000
COLUMN_GROUPS = 8
# Beyond this share of new rows a table is written anew, which also gives back the space of the old ones.
_MOST_CHANGED_RATIO = 0.3
_SUPERSEDED = "temp.main.superseded"


How = Literal["unchanged", "changed", "whole"]


class PublicationError(RuntimeError):
    """The copy could not be written or does not equal its source; the earlier publication stays."""


@dataclass(frozen=True)
class Contents:
    """What a table holds.

    `checksums`: one a group of columns. `batch_id`: the highest, None where the table has none. `columns`: names and
    types, in their order.
    """

    rows: int
    checksums: tuple[int, ...]
    batch_id: int | None
    columns: tuple[tuple[str, str], ...]


def measure(
    connection: duckdb.DuckDBPyConnection, relation: Relation, source: str, catalog: str | None = None
) -> Contents:
    """Read all rows and columns of a relation.

    Args:
        source: database in which it was built, with its batches.
        catalog: database in which to read the rows, if that is another.
    """
    rows, batch_id = _size(connection, relation, source)
    groups = COLUMN_GROUPS if rows > LARGE_TABLE_ROWS else 1
    rows, *checksums = _sums(connection, relation, relation.within(catalog or source), groups, range(groups))
    return Contents(rows, tuple(checksums), batch_id, _shape(relation))


def view_contents(connection: duckdb.DuckDBPyConnection, relation: Relation, source: str) -> Contents:
    """A view's number of rows and columns; its rows are those of tables, which are compared."""
    (rows,) = _row(connection, f"select count(*) from {relation.within(source)}")
    return Contents(rows, (), None, _shape(relation))


def bring_up_to_date(
    connection: duckdb.DuckDBPyConnection,
    relation: Relation,
    source: str,
    target: str,
    before: Contents | None,
    *,
    key: Sequence[str],
    turn: int,
) -> tuple[Contents, How]:
    """Make the table in `target` equal to the one in `source`.

    Args:
        before: what the table in `target` holds; None if there is none, or if that is not known.
        key: columns that identify a row of a model that gives what it writes again a new batch; else empty.
        turn: number of the publication; decides which columns of a large table are compared.
    """
    if before is not None and before.columns == _shape(relation):
        is_by_batch = bool(key) and before.batch_id is not None
        groups = len(before.checksums)
        compared = [turn % groups] if is_by_batch else range(groups)
        rows, batch_id = _size(connection, relation, source)
        _, *sums = _sums(connection, relation, relation.within(source), groups, compared)
        is_same_size = (rows, batch_id) == (before.rows, before.batch_id)
        if (is_same_size or not is_by_batch) and sums == [before.checksums[group] for group in compared]:
            return Contents(rows, before.checksums, batch_id, before.columns), "unchanged"
        if is_by_batch and rows > SMALL_TABLE_ROWS:
            expected = dict(zip(compared, sums, strict=True))
            checksums = _change(connection, relation, source, target, before, rows, expected, key)
            if checksums is not None:
                return Contents(rows, checksums, batch_id, before.columns), "changed"
    connection.execute(f"drop table if exists {relation.within(target)}")
    copied = copy_whole(connection, relation, source, target)
    contents = measure(connection, relation, source, target)
    if contents.rows != copied:
        raise PublicationError(f"The copy of {relation.name} has {contents.rows} rows and not {copied}.")
    return contents, "whole"


def _change(
    connection: duckdb.DuckDBPyConnection,
    relation: Relation,
    source: str,
    target: str,
    before: Contents,
    rows: int,
    expected: dict[int, int],
    key: Sequence[str],
) -> tuple[int, ...] | None:
    """Delete and insert what makes the difference; the new checksums, or None where they are not as expected."""
    groups = range(len(before.checksums))
    new = f"{relation.within(source)} where {BATCH} > {before.batch_id}"
    published = relation.within(target)
    added, *added_sums = _sums(connection, relation, new, len(groups), groups)
    if added > rows * _MOST_CHANGED_RATIO:
        return None
    keys = ", ".join(quote(column) for column in key)
    connection.execute(
        f"create or replace temp table superseded as select p.rowid as row_number from {published} as p"
        f" semi join (select {keys} from {new}) as n on {_same('p', 'n', key)}"
    )
    (dropped,) = _row(connection, f"select count(*) from {_SUPERSEDED}")
    if before.rows - dropped + added > rows:
        # Rows that the build file no longer holds, such as sessions that were joined to another.
        connection.execute(
            f"insert into {_SUPERSEDED} select p.rowid from {published} as p"
            f" anti join {relation.within(source)} as s on {_same('p', 's', key)}"
        )
    superseded = f"{published} where rowid in (select row_number from {_SUPERSEDED})"
    dropped, *dropped_sums = _sums(connection, relation, superseded, len(groups), groups)
    found = tuple(one - gone + come for one, gone, come in zip(before.checksums, dropped_sums, added_sums, strict=True))
    is_proven = before.rows - dropped + added == rows and all(found[group] == sum_ for group, sum_ in expected.items())
    if is_proven:
        connection.execute(f"delete from {superseded}")
        connection.execute(f"insert into {published} select {relation.listed} from {new}")
    connection.execute(f"drop table {_SUPERSEDED}")
    return found if is_proven else None


def _same(one: str, two: str, key: Sequence[str]) -> str:
    """Join condition. A key may be NULL: the period of a row over all time."""
    return " and ".join(f"{one}.{quote(column)} is not distinct from {two}.{quote(column)}" for column in key)


def _shape(relation: Relation) -> tuple[tuple[str, str], ...]:
    return tuple((column.name, column.type) for column in relation.columns)


def _size(connection: duckdb.DuckDBPyConnection, relation: Relation, source: str) -> tuple[int, int | None]:
    batch_id = f"max({BATCH})" if relation.has_batches else "null"
    rows, newest = connection.execute(f"select count(*), {batch_id} from {relation.within(source)}").fetchall()[0]
    return rows, newest


def _sums(
    connection: duckdb.DuckDBPyConnection, relation: Relation, rows: str, groups: int, wanted: Collection[int]
) -> list[int]:
    """Number of `rows` (a FROM clause) and a checksum over each of the wanted ones of `groups` groups of columns."""
    hashed = [", ".join(quote(column.name) for column in relation.columns[group::groups]) for group in wanted]
    sums = [f"coalesce(sum(hash({columns})), 0)::hugeint" if columns else "0" for columns in hashed]
    return _row(connection, f"select {', '.join(['count(*)', *sums])} from {rows}")


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> list[int]:
    (row,) = connection.execute(query).fetchall()
    return list(row)

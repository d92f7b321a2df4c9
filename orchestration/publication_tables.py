"""What of a build file is published: its schemas, tables and views, with columns and comments."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingestion.sql import literal

INTERNAL_SCHEMAS = ("staging", "intermediate", "main", "information_schema", "pg_catalog")
# Bookkeeping of the incremental models: of no use to readers, and it changes when no figure does.
BATCH = "batch_id"


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    comment: str | None


@dataclass(frozen=True)
class Relation:
    """A table or view of one database file, without the columns that readers do not get.

    `view_sql`: the statement that created it, of a view.
    """

    schema: str
    table: str
    comment: str | None
    columns: tuple[Column, ...]
    has_batches: bool
    view_sql: str | None

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"

    @property
    def listed(self) -> str:
        """The columns as SQL."""
        return ", ".join(quote(column.name) for column in self.columns)

    def within(self, catalog: str) -> str:
        """The relation as SQL, in the database attached as `catalog`."""
        return f"{quote(catalog)}.{quote(self.schema)}.{quote(self.table)}"


def published_schemas(connection: duckdb.DuckDBPyConnection, catalog: str | None = None) -> list[str]:
    """Schemas that readers get: all but raw data, dbt's inner layers and dlt's own."""
    names = connection.execute(
        """
        select distinct schema_name from duckdb_tables() where database_name = coalesce($catalog, current_database())
        union
        select distinct schema_name from duckdb_views()
        where database_name = coalesce($catalog, current_database()) and not internal
        order by 1
        """,
        {"catalog": catalog},
    ).fetchall()
    return [
        name
        for (name,) in names
        if name not in INTERNAL_SCHEMAS and not name.startswith(("raw_", "_")) and "dbt_test" not in name
    ]


def published_relations(connection: duckdb.DuckDBPyConnection, catalog: str | None = None) -> list[Relation]:
    """Tables and views of the published schemas, in the order of their names."""
    return [
        relation
        for schema in published_schemas(connection, catalog)
        for relation in _relations(connection, schema, catalog)
    ]


def _relations(connection: duckdb.DuckDBPyConnection, schema: str, catalog: str | None) -> list[Relation]:
    within = {"schema": schema, "catalog": catalog}
    columns: dict[str, list[Column]] = {}
    with_batches = set()
    for table, name, kind, comment in connection.execute(
        """
        select table_name, column_name, data_type, comment from duckdb_columns()
        where database_name = coalesce($catalog, current_database()) and schema_name = $schema
        order by table_name, column_index
        """,
        within,
    ).fetchall():
        if name == BATCH:
            with_batches.add(table)
        else:
            columns.setdefault(table, []).append(Column(name, kind, comment))
    found = connection.execute(
        """
        select table_name, comment, null from duckdb_tables()
        where database_name = coalesce($catalog, current_database()) and schema_name = $schema
        union all
        select view_name, comment, sql from duckdb_views()
        where database_name = coalesce($catalog, current_database()) and schema_name = $schema
        order by 1
        """,
        within,
    ).fetchall()
    return [
        Relation(schema, table, comment, tuple(columns[table]), table in with_batches, view_sql)
        for table, comment, view_sql in found
        # dbt's own left-overs of a killed build are not marts.
        if not table.endswith(("__dbt_tmp", "__dbt_backup"))
    ]


def copy_whole(connection: duckdb.DuckDBPyConnection, relation: Relation, source: str, target: str) -> int:
    """Create the relation, which must not be there, as a table of the database `target`; returns its rows."""
    ((rows,),) = connection.execute(
        f"create table {relation.within(target)} as select {relation.listed} from {relation.within(source)}"
    ).fetchall()
    return int(rows)


def comment_on(
    connection: duckdb.DuckDBPyConnection,
    relation: Relation,
    target: str,
    present: Relation | None = None,
    *,
    is_view: bool = False,
) -> None:
    """Give the table or view in `target` the comments of `relation`, where those that are `present` differ."""
    table = relation.within(target)
    kind = "view" if is_view else "table"
    statements = []
    if relation.comment != (present.comment if present else None):
        statements.append(f"comment on {kind} {table} is {_text(relation.comment)}")
    known = {column.name: column.comment for column in present.columns} if present else {}
    for column in relation.columns:
        if column.comment != known.get(column.name):
            statements.append(f"comment on column {table}.{quote(column.name)} is {_text(column.comment)}")
    if statements:
        # In one transaction: commits of single comments took more than half of a publication.
        connection.execute("; ".join(["begin", *statements, "commit"]))


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str | None) -> str:
    return "null" if value is None else literal(value)

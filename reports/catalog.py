"""The data dictionary: tables and columns of the published file with their comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from reports.database import list_marts, quoted

_TABLES = """
select schema_name, table_name, comment
from duckdb_tables()
where database_name = current_database() and not internal
union all
select schema_name, view_name, comment
from duckdb_views()
where database_name = current_database() and not internal
"""
_COLUMNS = """
select schema_name, table_name, column_name, data_type, comment
from duckdb_columns()
where database_name = current_database() and not internal
order by schema_name, table_name, column_index
"""


@dataclass(frozen=True)
class CatalogColumn:
    name: str
    data_type: str
    comment: str


@dataclass(frozen=True)
class CatalogTable:
    schema: str
    name: str
    comment: str
    row_count: int
    columns: Sequence[CatalogColumn]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


def read_catalog(connection: duckdb.DuckDBPyConnection) -> list[CatalogTable]:
    """All marts, schemas in the order of the site and tables by name."""
    order = {mart: place for place, mart in enumerate(list_marts(connection))}
    columns: dict[tuple[str, str], list[CatalogColumn]] = {}
    for schema, table, name, data_type, comment in connection.execute(_COLUMNS).fetchall():
        columns.setdefault((schema, table), []).append(CatalogColumn(name, data_type, comment or ""))
    tables = [
        CatalogTable(schema, name, comment or "", _count(connection, schema, name), columns.get((schema, name), []))
        for schema, name, comment in connection.execute(_TABLES).fetchall()
        if (schema, name) in order
    ]
    return sorted(tables, key=lambda table: order[table.schema, table.name])


def _count(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> int:
    found = connection.execute(f"select count(*) from {quoted(schema)}.{quoted(name)}").fetchone()
    return int(found[0]) if found else 0

"""DuckDB for Great Expectations' SQL data source: a SQLAlchemy dialect without transactions.

Great Expectations reads a result after its connection went back to the pool. The stock dialect rolls back at
that moment, DuckDB drops the open result, and every expectation fails with IndexError. With begin, commit and
rollback that do nothing each statement is its own transaction and the result stays readable.

Does not belong here: expectations, or any knowledge of tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import duckdb_engine
from sqlalchemy import pool, text
from sqlalchemy.dialects import registry
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedPrimaryKeyConstraint
from sqlalchemy.types import NullType

_DRIVER = "duckdb.audience_warehouse"


class AutocommitDialect(duckdb_engine.Dialect):
    """Read-only DuckDB in UTC."""

    supports_statement_cache = False

    def connect(self, *_: Any, **parameters: Any) -> Any:
        connection = duckdb.connect(parameters["database"], read_only=True, config=parameters.get("config") or {})
        connection.execute("set TimeZone = 'UTC'")
        return duckdb_engine.ConnectionWrapper(connection)

    @classmethod
    def get_pool_class(cls, _url: Any) -> type[pool.Pool]:
        # One connection an engine: a second would repeat what the first has cached.
        found: type[pool.Pool] = pool.StaticPool
        return found

    def do_begin(self, _connection: Any) -> None:
        """Nothing: autocommit."""

    def do_commit(self, _connection: Any) -> None:
        """Nothing: autocommit."""

    def do_rollback(self, _connection: Any) -> None:
        """Nothing: a rollback would drop the result that is still to be read."""

    def get_columns(
        self, connection: Any, table_name: str, schema: str | None = None, **_: Any
    ) -> list[ReflectedColumn]:
        """Names in order, from DuckDB's catalogue: the inherited query needs PostgreSQL's and knows no views.

        Types stay open; dlt and dbt contracts enforce them.
        """
        rows = connection.execute(
            text(
                "select column_name, is_nullable from duckdb_columns()"
                " where table_name = :table_name and schema_name = coalesce(:schema, current_schema())"
                " and database_name = current_database() order by column_index"
            ),
            {"table_name": table_name, "schema": schema},
        )
        return [{"name": name, "type": NullType(), "nullable": nullable, "default": None} for name, nullable in rows]

    def get_pk_constraint(
        self, connection: Any, table_name: str, schema: str | None = None, **_: Any
    ) -> ReflectedPrimaryKeyConstraint:
        """None: the warehouse declares no keys, tests hold uniqueness."""
        return {"constrained_columns": [], "name": None}


registry.register(_DRIVER, __name__, "AutocommitDialect")

CONNECTION_STRING = "duckdb+audience_warehouse://"


def connect_arguments(
    database: Path, memory_limit: str | None, threads: int | None, temp_directory: Path | None
) -> dict[str, Any]:
    """Arguments of one read-only connection, closed to other files and to the network.

    The path is not part of the URL, so it may hold any character.
    """
    config = {"autoinstall_known_extensions": "false", "enable_external_access": "false"}
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    if threads is not None:
        config["threads"] = str(threads)
    if temp_directory is not None:
        config["temp_directory"] = str(temp_directory)
    return {"database": str(database), "config": config}

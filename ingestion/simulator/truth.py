"""Writes the truth files: the rows that each mart must give, computed apart from the models."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingestion.simulator.writers import count, read_sql, write_parquet
from ingestion.sql import literal

_MARK = "-- mart: "


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros of the .sql files; needs the variable reporting_timezone."""
    connection.execute(read_sql("macros.sql"))


def write_truth(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> dict[str, int]:
    """Write one Parquet file for each `-- mart:` statement of an .sql file; give rows by mart.

    What stands before the first of them is run as it is. A statement may read the marts above it by their names.
    """
    rows: dict[str, int] = {}
    before, *parts = read_sql(name).split(_MARK)
    connection.execute(before)
    for part in parts:
        mart, _, query = part.partition("\n")
        query = query.rpartition(";")[0]
        path = folder / f"{mart.strip()}.parquet"
        # In order: the same rows give the same bytes.
        write_parquet(connection, f"from ({query}) order by all", path)
        connection.execute(f'create view "{mart.strip()}" as select * from read_parquet({literal(path)})')
        rows[mart.strip()] = count(connection, f'select count(*) from "{mart.strip()}"')
    return rows

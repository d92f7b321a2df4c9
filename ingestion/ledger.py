"""What the warehouse itself says was loaded. The only memory of loads: it commits with the rows."""

from __future__ import annotations

import duckdb

from ingestion.engine import connect
from ingestion.files import Remembered
from ingestion.settings import Settings

_DLT_LOADS = {
    "load_id": "VARCHAR",
    "schema_name": "VARCHAR",
    "status": "BIGINT",
    "inserted_at": "TIMESTAMPTZ",
    "schema_version_hash": "VARCHAR",
}


def remembered_files(settings: Settings, source: str) -> dict[tuple[str, str, str], Remembered]:
    """Files of committed loads by (resource, root label, file); empty before the first load.

    Loads that did not finish (status other than 0) do not count: their files are read again.
    """
    if not settings.database_path.exists():
        return {}
    with connect(settings, settings.database_path, read_only=True) as connection:
        try:
            rows = connection.execute(
                f"""select
                    resource, root, file, file_id, generation, end_offset, end_line, ends_with_newline,
                    content_sha256, size_bytes, modified_ns, changed_ns, inode, observed_ns,
                    has_pending_tail, tail_sha256, status
                from raw_{source}.files as files
                semi join (select load_id from raw_{source}._dlt_loads where status = 0) as loads
                    on files._dlt_load_id = loads.load_id
                qualify row_number() over (
                    partition by resource, root, file order by generation desc, end_offset desc, loaded_at desc
                ) = 1"""
            ).fetchall()
        except duckdb.CatalogException:
            return {}
    return {(row[0], row[1], row[2]): Remembered(*row[3:]) for row in rows}


def load_ids(settings: Settings, source: str) -> list[str]:
    """Ids of the committed loads of a source, oldest first."""
    if not settings.database_path.exists():
        return []
    with connect(settings, settings.database_path, read_only=True) as connection:
        try:
            rows = connection.execute(
                f"select load_id from raw_{source}._dlt_loads where status = 0 order by inserted_at, load_id"
            ).fetchall()
        except duckdb.CatalogException:
            return []
    return [load_id for (load_id,) in rows]


def create_missing_tables(settings: Settings, source: str, tables: dict[str, dict[str, str]]) -> None:
    """Make the raw tables and columns that do not exist, empty.

    For a source that fails before its first load, or whose columns became more since its last one: what is built on it
    would fail too, and with that publishing. dlt takes such tables as its own.

    Args:
        tables: DuckDB type by column, by table.
    """
    with connect(settings, settings.database_path) as connection:
        connection.execute(f"create schema if not exists raw_{source}")
        for table, columns in {**tables, "_dlt_loads": _DLT_LOADS}.items():
            listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table if not exists raw_{source}.{table} ({listed})")
            for name, kind in columns.items():
                connection.execute(f'alter table raw_{source}.{table} add column if not exists "{name}" {kind}')


def has_tables(settings: Settings, source: str, tables: list[str]) -> bool:
    """Whether all raw tables of a source exist."""
    if not settings.database_path.exists():
        return False
    with connect(settings, settings.database_path, read_only=True) as connection:
        found = connection.execute(
            "select count(*) from duckdb_tables() where schema_name = ? and list_contains(?, table_name)",
            [f"raw_{source}", [*tables, "_dlt_loads"]],
        ).fetchone()
    return found is not None and found[0] == len(tables) + 1

"""Writes the build file anew, without the space and the bytes of deleted rows. See docs/runbook.md, 'Disk full'.

DuckDB keeps deleted bytes in its file after DELETE, CHECKPOINT and VACUUM; only a copy leaves them behind.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# `python scripts/compact.py` looks for imports beside itself only.
sys.path.insert(0, str(ROOT))

import duckdb  # noqa: E402

from ingestion.engine import BUILD_FORMAT, connect  # noqa: E402
from ingestion.lock import LockTimeoutError, writer_lock  # noqa: E402
from ingestion.settings import Settings, SettingsError  # noqa: E402
from ingestion.sql import literal  # noqa: E402


def compact(settings: Settings) -> tuple[int, int]:
    """Replace the build file by a copy of its content; returns its bytes before and after.

    Raises:
        ingestion.lock.LockTimeoutError: another process holds the warehouse.
        OSError, duckdb.Error: the copy failed, for want of space above all; the file stays as it was.
    """
    path = settings.database_path
    with writer_lock(settings):
        before = path.stat().st_size
        free = shutil.disk_usage(path.parent).free
        if free < before:
            raise OSError(f"{before:,} bytes may be needed beside {path}, and {free:,} are free.")
        copy = path.with_name("compacting.duckdb")
        wal = copy.with_name(copy.name + ".wal")
        copy.unlink(missing_ok=True)
        wal.unlink(missing_ok=True)
        try:
            # Opened for writing, so that a log that a killed run left is taken in first.
            with connect(settings, path) as connection:
                connection.execute("checkpoint")
                (name,) = connection.execute("select current_database()").fetchone() or ("",)
                connection.execute(f"attach {literal(copy)} as compacted (storage_version {literal(BUILD_FORMAT)})")
                connection.execute(f'copy from database "{name}" to compacted')
                connection.execute("checkpoint compacted")
                if _rows(connection, name) != _rows(connection, "compacted"):
                    raise OSError("The copy does not hold the same tables and rows.")
            descriptor = os.open(copy, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
            path.with_name(path.name + ".wal").unlink(missing_ok=True)
            os.replace(copy, path)
        finally:
            copy.unlink(missing_ok=True)
            wal.unlink(missing_ok=True)
        return before, path.stat().st_size


def _rows(connection: duckdb.DuckDBPyConnection, database: str) -> dict[tuple[str, str], int]:
    """(schema, table) -> rows, counted."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ?", [database]
    ).fetchall()
    found = {}
    for schema, table in tables:
        counted = connection.execute(f'select count(*) from "{database}"."{schema}"."{table}"').fetchone()
        found[schema, table] = counted[0] if counted else 0
    return found


def main() -> int:
    """Exit code: 0 done, 1 it could not be done, 2 a setting cannot be used."""
    try:
        settings = Settings.from_env(os.environ)
        before, after = compact(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (LockTimeoutError, OSError, duckdb.Error) as error:
        print(f"{error}\nThe build file stays as it was.", file=sys.stderr)
        return 1
    print(f"{settings.database_path}: {before:,} bytes before, {after:,} after")
    return 0


if __name__ == "__main__":
    sys.exit(main())

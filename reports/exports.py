"""Every published mart as CSV, newline-delimited JSON and Parquet, with a manifest of rows and SHA-256.

DuckDB writes the files itself, row group by row group, so memory does not grow with a mart. A mart whose
content did not change since the last export keeps its files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from reports.database import list_marts, open_published, quoted
from reports.swap import below, replaced_folder

MANIFEST = "manifest.json"
# Raised when the files of an unchanged mart would look different, so that none is kept.
LAYOUT = 1
FORMATS = {
    "csv": "format csv, header true",
    "ndjson": "format json, array false",
    "parquet": "format parquet, compression zstd",
}
# A spreadsheet runs a cell that starts with one of these as a formula, also after a tab or a line break, and
# some read the full-width forms alike (OWASP, CSV injection).
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"  # noqa: RUF001


@dataclass(frozen=True)
class ExportedFile:
    """One file: path relative to the export folder, size in bytes, SHA-256 in hexadecimal."""

    path: str
    format: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ExportedTable:
    """One mart; `fingerprint` is the same as long as its columns and rows are, in whatever order."""

    schema: str
    table: str
    row_count: int
    fingerprint: str
    files: tuple[ExportedFile, ...]


@dataclass(frozen=True)
class Manifest:
    """What an export folder holds; `kept_count` tables were unchanged and not written again."""

    tables: tuple[ExportedTable, ...]
    kept_count: int


def export_marts(
    published: Path,
    out_dir: Path,
    *,
    exported_at: datetime | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> Manifest:
    """Write all marts to `out_dir`/<schema>/<mart>.<format> and swap the folder in; an error leaves the old.

    Args:
        published: the published DuckDB file, opened read-only.
        out_dir: folder of the exports; its parent is created.
        exported_at: time to write into the manifest; now by default.
        memory_limit: DuckDB's memory limit, for example "1GB".
        threads: DuckDB's threads.

    Raises:
        FileNotFoundError: there is no published file.
        ValueError: a mart's name holds other characters than letters, digits and underscore.
    """
    exported_at = exported_at or datetime.now(UTC)
    with replaced_folder(out_dir) as folder:
        previous = _previous_tables(out_dir)
        spill = folder / ".spill"
        with open_published(
            published, memory_limit=memory_limit, threads=threads, spill_dir=spill, write_dir=folder
        ) as connection:
            tables = []
            kept_count = 0
            for schema, table in list_marts(connection):
                columns = _columns(connection, schema, table)
                row_count, fingerprint = _fingerprint(connection, schema, table, columns)
                old = previous.get(f"{schema}.{table}")
                files = _keep(old, fingerprint, out_dir, folder)
                if files is None:
                    files = _write(connection, schema, table, columns, folder)
                else:
                    kept_count += 1
                tables.append(ExportedTable(schema, table, row_count, fingerprint, files))
        shutil.rmtree(spill, ignore_errors=True)
        _write_manifest(folder, exported_at, tables)
    return Manifest(tuple(tables), kept_count)


def _columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[tuple[str, str]]:
    found = connection.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_catalog = current_database() and table_schema = $schema and table_name = $table "
        "order by ordinal_position",
        {"schema": schema, "table": table},
    ).fetchall()
    return [(str(name), str(data_type)) for name, data_type in found]


def _fingerprint(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: list[tuple[str, str]]
) -> tuple[int, str]:
    """Row count, and a hash over columns and rows that does not depend on the order of the rows."""
    row = ", ".join(quoted(name) for name, _ in columns)
    counted = connection.execute(
        f"select count(*), coalesce(sum(hash({row})::hugeint), 0), coalesce(bit_xor(hash({row})), 0) "
        f"from {quoted(schema)}.{quoted(table)}"
    ).fetchone()
    assert counted is not None  # an aggregate without groups always gives one row
    parts = [LAYOUT, FORMATS, duckdb.__version__, columns, *map(str, counted)]
    return int(counted[0]), hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _select(schema: str, table: str, columns: list[tuple[str, str]], file_format: str) -> str:
    """The mart's rows, made fit for the format."""
    fields = []
    for name, data_type in columns:
        column = quoted(name)
        is_text = data_type in {"VARCHAR", "JSON"} or data_type.startswith("ENUM")
        if file_format == "csv" and is_text:
            text = f"{column}::varchar"
            risky = f"regexp_matches({text}, '{_FORMULA}')"
            fields.append(f"case when {risky} then '''' || {text} else {text} end as {column}")
        elif file_format == "ndjson" and data_type in {"DOUBLE", "FLOAT"}:
            # JSON has no word for "not a number" and infinity.
            fields.append(f"case when isfinite({column}) then {column} end as {column}")
        else:
            fields.append(column)
    return f"select {', '.join(fields)} from {quoted(schema)}.{quoted(table)}"


def _write(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    columns: list[tuple[str, str]],
    folder: Path,
) -> tuple[ExportedFile, ...]:
    files = []
    for file_format, options in FORMATS.items():
        relative = _path(schema, table, file_format)
        path = below(folder, relative)
        path.parent.mkdir(exist_ok=True)
        target = str(path).replace("'", "''")
        connection.execute(f"copy ({_select(schema, table, columns, file_format)}) to '{target}' ({options})")
        files.append(ExportedFile(relative, file_format, path.stat().st_size, _sha256(path)))
    return tuple(files)


def _keep(old: ExportedTable | None, fingerprint: str, out_dir: Path, folder: Path) -> tuple[ExportedFile, ...] | None:
    """Hard links to the files of an unchanged mart; None when one of them is missing or was altered."""
    if old is None or old.fingerprint != fingerprint:
        return None
    for entry in old.files:
        source = below(out_dir, entry.path)
        if source.is_symlink() or not source.is_file() or _sha256(source) != entry.sha256:
            return None
    for entry in old.files:
        source, target = below(out_dir, entry.path), below(folder, entry.path)
        target.parent.mkdir(exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
    return old.files


def _previous_tables(out_dir: Path) -> dict[str, ExportedTable]:
    """Tables of the last manifest by name; those that it does not describe as written here are left out."""
    try:
        entries = json.loads((out_dir / MANIFEST).read_text(encoding="utf-8"))["tables"]
        tables = [
            ExportedTable(**{**entry, "files": tuple(ExportedFile(**file) for file in entry["files"])})
            for entry in entries
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {
        f"{table.schema}.{table.table}": table
        for table in tables
        if [file.path for file in table.files] == [_path(table.schema, table.table, name) for name in FORMATS]
    }


def _path(schema: str, table: str, file_format: str) -> str:
    return f"{schema}/{table}.{file_format}"


def _write_manifest(folder: Path, exported_at: datetime, tables: list[ExportedTable]) -> None:
    manifest = {
        "exported_at": exported_at.astimezone(UTC).isoformat(timespec="seconds"),
        "time_zone_of_timestamps": "UTC",
        "tables": [asdict(table) for table in tables],
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

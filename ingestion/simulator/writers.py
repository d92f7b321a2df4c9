"""Writes landed files: lines of text, gzip, JSON arrays, Parquet. Equal rows give equal bytes."""

from __future__ import annotations

import gzip
import json
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from ingestion.sql import literal

SQL_DIR = Path(__file__).parent


@dataclass
class Tally:
    """What was written for one source, as truth/manifest.json tells it. Conservation holds by construction:
    lines = rows + repeats + the sum of rejects + blank + pending."""

    files: int = 0
    lines: int = 0
    rows: int = 0
    repeats: int = 0
    changed_repeats: int = 0
    blank: int = 0
    pending: int = 0
    rejects: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """Give plain values; `repeats` includes `changed_repeats`."""
        return {
            "files": self.files,
            "lines": self.lines,
            "rows": self.rows,
            "repeats": self.repeats,
            "changed_repeats": self.changed_repeats,
            "blank": self.blank,
            "pending": self.pending,
            "rejects": dict(sorted(self.rejects.items())),
        }


def read_sql(name: str) -> str:
    """Give the text of one of this package's .sql files."""
    return (SQL_DIR / name).read_text(encoding="utf-8")


def set_variables(connection: duckdb.DuckDBPyConnection, **values: object) -> None:
    """Set DuckDB variables, which the .sql files read with getvariable(): COPY takes no parameters."""
    for name, value in values.items():
        connection.execute(f"set variable {name} = $value", {"value": value})


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Give the single whole number that a query returns."""
    row = connection.execute(query).fetchone()
    return 0 if row is None or row[0] is None else int(row[0])


def write_lines(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write a query's single text column, in its order, one row a line, untouched (no CSV quoting)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"copy ({query}) to {literal(path)} (format csv, header false, quote '', escape '', delimiter e'\\x01')"
    )


def write_json_array(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write a query's text column of JSON values as one JSON array."""
    first = "case when row_number() over () = 1 then '[' else ',' end"
    write_lines(connection, f"select {first} || line from ({query})", path)
    with path.open("ab") as file:
        file.write(b"]\n")


def write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write a query as Parquet (zstd), in its order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(f"copy ({query}) to {literal(path)} (format parquet, compression zstd)")


def gzip_file(path: Path) -> Path:
    """Replace a file by its gzip form; no name and time in the header, so that bytes repeat."""
    packed = path.with_name(path.name + ".gz")
    with (
        path.open("rb") as source,
        packed.open("wb") as target,
        gzip.GzipFile(filename="", fileobj=target, mode="wb", compresslevel=1, mtime=0) as stream,
    ):
        shutil.copyfileobj(source, stream, 1 << 20)
    path.unlink()
    return packed


def write_json(value: object, path: Path) -> None:
    """Write a JSON document with sorted keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")

"""Read-only access to the published file: the only data that reports and exports see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

QUERIES = Path(__file__).parent / "queries"

_PARAMETER = re.compile(r"\$([a-z_]+)")
# Schemas that queries may name, published or not: each domain has a folder of queries.
_SCHEMAS = sorted({"core", "ops"} | {path.name for path in QUERIES.iterdir() if path.is_dir()})
_TABLE = re.compile(rf"\b(?:{'|'.join(_SCHEMAS)})\.[a-z_][a-z0-9_]*\b")
_COMMENT = re.compile(r"--[^\n]*")

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,126}")

# For queries: the days of a period, also those of which there is no row; none before the first one with data.
_DAYS_SHOWN = """create temp macro days_shown(first_day, last_day, first_with_data) as table
    select days.moment::date as day
    from generate_series(first_day, last_day, interval 1 day) as days(moment)
    where days.moment >= first_with_data"""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class QueryResult:
    """Rows of one query; `missing` names the tables that the published file does not hold."""

    name: str
    rows: Sequence[Row]
    tables: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def first(self) -> Row | None:
        return self.rows[0] if self.rows else None


@contextmanager
def open_published(
    published: Path,
    *,
    memory_limit: str | None = None,
    threads: int | None = None,
    spill_dir: Path | None = None,
    write_dir: Path | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file for reading; `write_dir` is the only folder that COPY may write to.

    Raises:
        FileNotFoundError: there is no published file.
        duckdb.IOException: the file is not a DuckDB database.
    """
    if not published.is_file():
        raise FileNotFoundError(f"no published database at {published}: run the publish job first")
    # An instance of its own: connections to one file in one process share their settings, locked ones too.
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False})
    try:
        settings: list[tuple[str, Any]] = [("TimeZone", "UTC")]
        if memory_limit is not None:
            settings.append(("memory_limit", memory_limit))
        if threads is not None:
            settings.append(("threads", threads))
        if spill_dir is not None:
            settings.append(("temp_directory", str(spill_dir)))
        if write_dir is not None:
            settings.append(("allowed_directories", [str(write_dir)]))
        for name, value in settings:
            connection.execute(f"set {name} = $value", {"value": value})
        path = str(published).replace("'", "''")
        connection.execute(f"attach '{path}' as published (read_only)")
        connection.execute("use published")
        connection.execute(_DAYS_SHOWN)
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection
    finally:
        connection.close()


def published_tables(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Names of the published marts as `schema.table`."""
    return frozenset(f"{schema}.{table}" for schema, table in list_marts(connection))


def list_marts(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """(schema, table) of the published marts: what stands in a schema of its own, domains before core and ops."""
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = current_database() "
        # Publication leaves these out; a file that holds them anyway shows them to nobody.
        "and table_schema not in ('main', 'information_schema', 'staging', 'intermediate') "
        "and not starts_with(table_schema, 'raw_') and not starts_with(table_schema, '_') "
        "order by table_schema in ('core', 'ops'), table_schema, table_name"
    ).fetchall()
    return [(str(schema), str(table)) for schema, table in found]


def run_query(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    parameters: Mapping[str, Any],
    available: frozenset[str],
) -> QueryResult:
    """Run queries/<name>.sql with those of `parameters` that it names.

    A query on a table that is not published yet gives no rows and says which table is missing, so that a
    domain that has never run does not cost the other domains their report.
    """
    sql = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    code = _COMMENT.sub("", sql)
    tables = tuple(dict.fromkeys(_TABLE.findall(code)))
    missing = tuple(table for table in tables if table not in available)
    if missing:
        return QueryResult(name, (), tables, missing)
    wanted = set(_PARAMETER.findall(code))
    cursor = connection.execute(code, {key: parameters[key] for key in wanted})
    columns = [column[0] for column in cursor.description or []]
    rows = [dict(zip(columns, values, strict=True)) for values in cursor.fetchall()]
    return QueryResult(name, rows, tables)


def quoted(identifier: str) -> str:
    """A name for SQL text: allowed characters only, then quoted.

    Raises:
        ValueError: the name holds other characters than letters, digits and underscore.
    """
    if not _IDENTIFIER.fullmatch(identifier):
        raise ValueError(f"not an identifier: {identifier!r}")
    return f'"{identifier}"'

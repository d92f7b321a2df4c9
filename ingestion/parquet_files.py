"""Reads Parquet files as batches of lines: a row becomes the text of a JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa

from ingestion.engine import connect, path_pattern
from ingestion.files import WorkItem
from ingestion.lines import LINES_SCHEMA, DamagedFileError
from ingestion.settings import Settings

_BATCH_ROWS = 50_000
_SALVAGE_ROWS = 2_000


def read(settings: Settings, item: WorkItem) -> Iterator[pa.RecordBatch]:
    """Batches of `LINES_SCHEMA`.

    Raises:
        DamagedFileError: after the rows before the damage.
    """
    number = 0
    with connect(settings) as connection:
        connection.execute("set preserve_insertion_order = true")
        path = [path_pattern(item.path)]
        # A value in the name of a folder (platform=1/) is a text, whatever it looks like.
        rows = "from read_parquet(?, hive_types_autocast = false)"
        names: list[str] = []
        try:
            columns = _columns(connection, rows, path)
            names = [name for name, _ in columns]
            for batch in _as_lines(connection, item, columns, 0, rows, path):
                number += batch.num_rows
                yield batch
            return
        except (duckdb.Error, pa.ArrowException, OSError):
            pass
        for batch in _salvage(connection, item, names):
            # What was given before the damage was found is not given again.
            left = batch.slice(max(number + 1 - batch.column("line_number")[0].as_py(), 0))
            if left.num_rows:
                number += left.num_rows
                yield left


def _columns(connection: duckdb.DuckDBPyConnection, rows: str, parameters: list[Any]) -> list[tuple[str, str]]:
    """Names and types."""
    return [(name, kind) for name, kind, *_ in connection.execute(f"describe select * {rows}", parameters).fetchall()]


def _as_lines(
    connection: duckdb.DuckDBPyConnection,
    item: WorkItem,
    columns: list[tuple[str, str]],
    before: int,
    rows: str,
    parameters: list[Any],
) -> Iterator[pa.RecordBatch]:
    """The rows of a FROM clause as lines, numbered from `before` + 1."""
    keys = _keys([name for name, _ in columns])
    members = ", ".join(f"{_quoted(keys[name])}: {_value(name, kind)}" for name, kind in columns)
    found = connection.execute(
        f"""select ?::varchar, ?::varchar, ?::bigint + row_number() over (), to_json({{{members}}})::varchar,
        null::varchar {rows}""",
        [item.file_id, item.file, before, *parameters],
    ).to_arrow_reader(_BATCH_ROWS)
    for batch in found:
        yield pa.RecordBatch.from_arrays(batch.columns, schema=LINES_SCHEMA)


def _salvage(connection: duckdb.DuckDBPyConnection, item: WorkItem, names: list[str]) -> Iterator[pa.RecordBatch]:
    """All rows of a file that DuckDB refuses, as it does for one text that is not UTF-8: such a row costs no other.

    Args:
        names: of the columns as DuckDB reads them, those of the folders' names last.
    """
    import pyarrow.parquet as pq  # as large as it is seldom needed

    number = 0
    folders = dict(part.split("=", 1) for part in item.path.parent.parts if "=" in part)
    try:
        with pq.ParquetFile(item.path) as file:
            for batch in file.iter_batches(_SALVAGE_ROWS):
                columns = [_decoded(column) for column in batch.columns]
                columns += [pa.repeat(unquote(folders[name]), batch.num_rows) for name in names[len(columns) :]]
                table = pa.table(columns, names=names)
                for first, count, is_text in _ranges(table, 0, table.num_rows):
                    part = table.slice(first, count)
                    if is_text:
                        connection.register("part", part)
                        found = _columns(connection, "from part", [])
                        yield from list(_as_lines(connection, item, found, number, "from part", []))
                    else:
                        yield _broken(item, number + 1, part)
                    number += count
    except (duckdb.OutOfMemoryException, MemoryError):
        # Of the machine: the file is read again by the next run.
        raise
    except (duckdb.Error, pa.ArrowException, OSError, KeyError, ValueError):
        reason = "the Parquet file is damaged or no Parquet file"
        raise DamagedFileError("truncated_file", reason, number + 1) from None


def _decoded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _ranges(table: pa.Table, first: int, count: int) -> Iterator[tuple[int, int, bool]]:
    """(first row, rows, whether all their texts are UTF-8), in order; rows that are not stand alone."""
    try:
        # Copied: of a slice, nested values are looked at whole.
        table.take(pa.array(range(first, first + count))).validate(full=True)
        yield first, count, True
    except pa.ArrowInvalid:
        if count == 1:
            yield first, 1, False
        else:
            yield from _ranges(table, first, count // 2)
            yield from _ranges(table, first + count // 2, count - count // 2)


def _broken(item: WorkItem, number: int, row: pa.Table) -> pa.RecordBatch:
    """A row with a text that is not UTF-8, what cannot be read of it replaced or left out."""
    values = {}
    for name, column in zip(row.column_names, row.columns, strict=True):
        try:
            values[name] = column[0].as_py()
        except ValueError:
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                values[name] = column.cast(pa.large_binary())[0].as_py().decode(errors="replace")
    line = json.dumps(values, ensure_ascii=False, default=str)
    return pa.RecordBatch.from_arrays(
        [pa.array([value]) for value in (item.file_id, item.file, number, line, "invalid_utf8")], schema=LINES_SCHEMA
    )


def _keys(names: list[str]) -> dict[str, str]:
    """Columns' names as the envelope writes them: event_id and eventId are the same field, event_data is data.

    A column whose field another one has already keeps its name.
    """
    taken = {name.lower() for name in names}
    keys = {}
    for name in names:
        head, *rest = name.split("_")
        key = "data" if name == "event_data" else head + "".join(part[:1].upper() + part[1:] for part in rest)
        keys[name] = name if key.lower() in taken else key
        taken.add(key.lower())
    return keys


def _value(name: str, kind: str) -> str:
    column = _quoted(name)
    if kind.startswith("TIMESTAMP"):
        # Parquet's plain timestamps carry no zone; writers mean UTC. What no calendar holds must not end the reading:
        # it becomes a text that no rule takes for a time.
        is_zoned = "WITH TIME ZONE" in kind
        instant = column if is_zoned else f"try_cast({column} as timestamp)"
        bounds = " and ".join(f"timestamp{'tz' if is_zoned else ''} '{year}'" for year in ("0001-01-01", "9999-12-31"))
        return f"""case
            when {instant} between {bounds} then strftime({instant}::timestamp, '%Y-%m-%dT%H:%M:%S.%fZ')
            when {column} is not null then 'beyond the calendar' end"""
    if kind == "VARCHAR" and name in ("data", "event_data", "metadata", "message"):
        return f"case when json_valid({column}) then {column}::json else to_json({column}) end"
    return column


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

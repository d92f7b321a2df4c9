"""Reads Parquet files as batches of lines: a row becomes the text of a JSON object."""

from __future__ import annotations

import json
import re
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
# Query engines write all names in small letters, in which words do not stand apart, or all in large ones.
_FIELDS = {
    name.lower(): name
    for name in (
        *("type", "timestamp", "platform", "data", "currency", "emotion", "component"),
        *("eventId", "eventType", "userId", "sessionId", "schemaVersion", "userAgent", "ipAddress", "conversationId"),
        *("accountId", "characterId", "videoId", "interactionId", "superChatAmount", "responseTime", "viewerCount"),
        *("errorType", "errorMessage", "startTime", "endTime", "viewerStats", "interactionStats", "technicalStats"),
    )
} | {"eventdata": "data"}
# A field of whole numbers whose name says that it is an id, in a column's name and type.
_NUMBERED = re.compile(r'((?:_id|Id)"?) (?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?\b|DECIMAL\(\d+,0\))')


def read(settings: Settings, item: WorkItem) -> Iterator[pa.RecordBatch]:
    """Batches of `LINES_SCHEMA`.

    Raises:
        DamagedFileError: after the rows before the damage.
    """
    number = 0
    with connect(settings) as connection:
        connection.execute("set preserve_insertion_order = true")
        path = [path_pattern(item.path)]
        names: list[str] = []
        # Some writers do not mark texts as such; where such a column holds other bytes, none is a text.
        for is_text in ("true", "false"):
            # A value in the name of a folder (platform=1/) is a text, whatever it looks like.
            rows = f"from read_parquet(?, hive_types_autocast = false, binary_as_string = {is_text})"
            try:
                columns = _columns(connection, rows, path)
                names = [name for name, _ in columns]
                if _has_wide_decimals(connection, path):
                    break
                for batch in _after(number, _as_lines(connection, item, columns, 0, rows, path)):
                    number += batch.num_rows
                    yield batch
                return
            except (duckdb.Error, pa.ArrowException, OSError):
                pass
        yield from _after(number, _salvage(connection, item, names))


def _after(number: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The lines after line `number`: those before were given until the damage was found, and are not given again."""
    for batch in batches:
        left = batch.slice(max(number + 1 - batch.column("line_number")[0].as_py(), 0))
        if left.num_rows:
            yield left


def _has_wide_decimals(connection: duckdb.DuckDBPyConnection, path: list[Any]) -> bool:
    """Whether decimals have more digits than DuckDB's own, which it then reads as other numbers."""
    found = connection.execute("select count(*) from parquet_schema(?) where precision > 38", path).fetchone()
    return bool(found and found[0])


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
    members = ", ".join(f"{_quoted(keys[name])}: {_value(name, keys[name], kind)}" for name, kind in columns)
    line = f"to_json({{{members}}})::varchar"
    if any("DOUBLE" in kind or "FLOAT" in kind for _, kind in columns):
        # What is no number is how data frames write what is missing. A quote inside a text is written \", so that a
        # colon behind a quote stands behind a name.
        line = rf"""regexp_replace({line}, '("(?:[^"\\]|\\.)*":)(?:NaN|-?Infinity)', '\1null', 'g')"""
    found = connection.execute(
        f"""select ?::varchar, ?::varchar, ?::bigint + row_number() over (), {line}, null::varchar {rows}""",
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
    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    narrow = _narrow(column.type)
    return column if narrow == column.type else column.cast(narrow)


def _narrow(kind: pa.DataType) -> pa.DataType:
    """The type with doubles for decimals of more digits than DuckDB's own."""
    if pa.types.is_decimal256(kind):
        return pa.float64()
    if pa.types.is_struct(kind):
        return pa.struct(
            [kind.field(place).with_type(_narrow(kind.field(place).type)) for place in range(kind.num_fields)]
        )
    if pa.types.is_list(kind):
        return pa.list_(_narrow(kind.value_type))
    return kind


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
    """Columns' names as the envelope writes them: event_id, EVENT_ID, eventid and eventId are the same field.

    event_data is data.

    A column whose field another one has already keeps its name.
    """
    taken = {name.lower() for name in names}
    keys = {}
    for name in names:
        head, *rest = name.split("_")
        camel = head + "".join(part[:1].upper() + part[1:] for part in rest)
        key = _FIELDS.get("".join([head, *rest]).lower(), camel)
        taken.discard(name.lower())
        keys[name] = name if key.lower() in taken else key
        taken.add(keys[name].lower())
    return keys


def _value(name: str, key: str, kind: str) -> str:
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
    if kind == "VARCHAR" and key in ("data", "event_data", "metadata", "message"):
        return f"case when json_valid({column}) then {column}::json else to_json({column}) end"
    # Ids are texts, and a column that holds nothing but numbers of them says so for every row.
    of_texts = _NUMBERED.sub(r"\1 VARCHAR", f"{key} {kind}").removeprefix(f"{key} ")
    return column if of_texts == kind else f"cast({column} as {of_texts})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

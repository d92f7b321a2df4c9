"""Declarations of a source: its resources, their columns and how a line becomes a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
from dlt.common.schema.typing import TColumnSchema

from ingestion.files import InputRoot
from ingestion.settings import Settings

_DLT_TYPES = {
    "VARCHAR": "text",
    "BIGINT": "bigint",
    "BOOLEAN": "bool",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}

_ARROW_TYPES = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}

ROW_ORIGIN = {"file_id": "VARCHAR", "line_number": "BIGINT", "_dlt_load_id": "VARCHAR"}

REJECTS = {
    "reject_id": "VARCHAR",
    "source": "VARCHAR",
    "resource": "VARCHAR",
    "file": "VARCHAR",
    "line_number": "BIGINT",
    "reason_code": "VARCHAR",
    "reason_text": "VARCHAR",
    "raw_text": "VARCHAR",
    "rejected_at": "TIMESTAMP",
    "file_id": "VARCHAR",
    "_dlt_load_id": "VARCHAR",
}

FILES = {
    "file_id": "VARCHAR",
    "resource": "VARCHAR",
    "file": "VARCHAR",
    "root": "VARCHAR",
    "format": "VARCHAR",
    "generation": "BIGINT",
    "start_offset": "BIGINT",
    "end_offset": "BIGINT",
    "end_line": "BIGINT",
    "ends_with_newline": "BOOLEAN",
    "has_pending_tail": "BOOLEAN",
    "tail_sha256": "VARCHAR",
    "size_bytes": "BIGINT",
    "modified_ns": "BIGINT",
    "changed_ns": "BIGINT",
    "inode": "BIGINT",
    "observed_ns": "BIGINT",
    "content_sha256": "VARCHAR",
    "lines_read": "BIGINT",
    "rows_loaded": "BIGINT",
    "rows_rejected": "BIGINT",
    "rows_blank": "BIGINT",
    "rows_pending": "BIGINT",
    "status": "VARCHAR",
    "loaded_at": "TIMESTAMP",
    "_dlt_load_id": "VARCHAR",
}

REJECT_REPLAYS = {
    "reject_id": "VARCHAR",
    "outcome": "VARCHAR",
    "reason_code": "VARCHAR",
    "replayed_at": "TIMESTAMP",
    "_dlt_load_id": "VARCHAR",
}


@dataclass(frozen=True)
class ResourceSpec:
    """One raw table fed by files of lines.

    Attributes:
        name: dlt resource and raw table.
        columns: DuckDB type by column, without `ROW_ORIGIN`.
        extract_sql: a SELECT over the relation `lines` (file_id, file, line_number, line, problem), one row
            a line: file_id, file, line_number, reason_code (NULL: good, 'blank': nothing in it),
            reason_text, all `columns` and the clear values named in `hashed`.
        roots: the folders that feed it.
        hashed: clear column of `extract_sql` -> column that gets its HMAC.
        text_columns: columns that hold people's text; NULL unless `keeps_text`.
        json_columns: columns with JSON in which people's text may be; only its lengths unless `keeps_text`.
        keeps_text: whether people's text and the raw text of a reject may be stored.
    """

    name: str
    columns: dict[str, str]
    extract_sql: str
    roots: Callable[[Settings], list[InputRoot]]
    hashed: dict[str, str] = field(default_factory=dict)
    text_columns: tuple[str, ...] = ()
    json_columns: tuple[str, ...] = ()
    keeps_text: Callable[[Settings], bool] = lambda settings: True


def dlt_columns(columns: dict[str, str]) -> dict[str, TColumnSchema]:
    """Explicit dlt columns: dlt creates no column that is always NULL, and merges names that only differ in case."""
    result: dict[str, TColumnSchema] = {}
    for name, kind in columns.items():
        column: TColumnSchema = {"name": name, "nullable": True}
        if kind.startswith("DECIMAL"):
            precision, scale = _precision_and_scale(kind)
            column.update({"data_type": "decimal", "precision": precision, "scale": scale})
        else:
            column["data_type"] = _DLT_TYPES[kind]  # type: ignore[typeddict-item]
        if kind == "TIMESTAMP":
            column["timezone"] = False
        result[name] = column
    return result


def arrow_schema(columns: dict[str, str]) -> pa.Schema:
    """The Arrow schema of a declared table."""
    fields: list[tuple[str, pa.DataType]] = []
    for name, kind in columns.items():
        decimal = kind.startswith("DECIMAL")
        fields.append((name, pa.decimal128(*_precision_and_scale(kind)) if decimal else _ARROW_TYPES[kind]))
    return pa.schema(fields)


def _precision_and_scale(kind: str) -> tuple[int, int]:
    precision, scale = kind.removeprefix("DECIMAL(").removesuffix(")").split(",")
    return int(precision), int(scale)

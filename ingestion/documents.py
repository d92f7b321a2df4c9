"""Reads JSON arrays and objects as batches of lines, an element or document a line; hands Parquet and CSV files on.

The line number of an element is its place in the array, of an object, document or Parquet row its place in the file,
from 1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from ingestion import csv_files, parquet_files
from ingestion.engine import connect, path_pattern
from ingestion.files import WorkItem
from ingestion.lines import LINES_SCHEMA, DamagedFileError, LineReader
from ingestion.settings import Settings

_BATCH_ROWS = 50_000
_USUAL_OBJECT_BYTES = 16 << 20
_MAX_OBJECT_BYTES = 256 << 20
_SALVAGE_BYTES = 1 << 30
# Under which exports hold a list of events, and what an event or session with such a list of its own would have.
_LISTS = ("events", "data", "records", "rows", "items")
_OF_ONE = {
    "type",
    "eventType",
    "event_type",
    "timestamp",
    "startTime",
    "start_time",
    "id",
    "_id",
    "sessionId",
    "session_id",
}
_SURROGATE = re.compile("[\udc80-\udcff]")


def is_whole_object(data: bytes) -> bool:
    """Whether bytes without a line end are a complete JSON object, which no further byte could extend."""
    return _whole_object(data) is not None


def _whole_object(data: bytes) -> dict[str, Any] | None:
    text = data.strip()
    if not (text.startswith((b"{", b"\xef\xbb\xbf{")) and text.endswith(b"}")):
        return None
    try:
        found = json.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _exported(export: dict[str, Any]) -> list[Any] | None:
    """What an export that is one object holds; None where it is something else.

    Services write {"events": [...]} or {"data": [...]} with words about the export beside it, YouTube's API answers
    {"items": [...]}, Firestore's REST interface {"documents": [...]}.
    """
    lists = [name for name in _LISTS if isinstance(export.get(name), list)]
    if len(lists) == 1 and not export.keys() & _OF_ONE:
        return list(export[lists[0]])
    if export.keys() in ({"documents"}, {"documents", "nextPageToken"}) and isinstance(export["documents"], list):
        return list(export["documents"])
    return list(_stored_documents(export)) or None


def _stored_documents(export: dict[str, Any]) -> Iterator[Any]:
    """The documents of an export of a document store; none where it is something else.

    Firestore's tools write {"__collections__": {collection: {id: document}}}, in documents as well, or the collections
    alone. What a document is called becomes its _id.
    """
    collections = export.get("__collections__", export)
    if not _holds_objects(collections) or not all(map(_holds_objects, collections.values())):
        return
    for documents in collections.values():
        for name, document in documents.items():
            yield {"_id": name} | {key: value for key, value in document.items() if key != "__collections__"}
            if "__collections__" in document:
                yield from _stored_documents(document)


def _holds_objects(found: Any) -> bool:
    return isinstance(found, dict) and all(isinstance(value, dict) for value in found.values())


def read(settings: Settings, item: WorkItem) -> Iterator[pa.RecordBatch]:
    """Batches of `LINES_SCHEMA`.

    Raises:
        DamagedFileError: after the elements before the damage.
    """
    if item.format == "parquet":
        yield from parquet_files.read(settings, item)
        return
    if item.format in ("csv", "zip"):
        yield from csv_files.read(settings, item)
        return
    with item.path.open("rb") as stream:
        start = stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"[":
        yield from _array(settings, item)
    elif item.stat.size_bytes <= _MAX_OBJECT_BYTES and (found := _whole_object(item.path.read_bytes())) is not None:
        exported = _exported(found)
        del found
        if exported is None:
            yield _batch(item, 1, [item.path.read_bytes().decode("utf-8-sig")])
            return
        for first in range(0, len(exported), _BATCH_ROWS):
            yield _batch(item, first + 1, list(map(json.dumps, exported[first : first + _BATCH_ROWS])))
    elif start == b"{" and _is_spread(item):
        yield from _salvage(item, 0)
    else:
        reader = LineReader(item.path, item.file_id, item.file)
        yield from reader
        if reader.tail:
            yield reader.tail_batch()


def _is_spread(item: WorkItem) -> bool:
    """Whether the first object of a file stands on several lines, so that the lines are no objects."""
    if item.stat.size_bytes > _SALVAGE_BYTES:
        return False
    with item.path.open("rb") as stream:
        text = stream.read(_USUAL_OBJECT_BYTES).removeprefix(b"\xef\xbb\xbf").decode(errors="replace").lstrip()
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return "\n" in text[:end]


def _array(settings: Settings, item: WorkItem) -> Iterator[pa.RecordBatch]:
    given = 0
    for object_bytes in (_USUAL_OBJECT_BYTES, _MAX_OBJECT_BYTES):
        try:
            for batch in _elements(settings, item, min(object_bytes, item.stat.size_bytes + 1024), given):
                given += batch.num_rows
                yield batch
            return
        except duckdb.OutOfMemoryException:
            if item.stat.size_bytes > _SALVAGE_BYTES:
                # Nothing is wrong with the file, and nothing else can read it.
                raise
            break
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            if "maximum_object_size" not in str(error):
                break
    yield from _salvage(item, given)


def _elements(settings: Settings, item: WorkItem, object_bytes: int, given: int) -> Iterator[pa.RecordBatch]:
    """The elements after the first `given`, of at most `object_bytes` each: each thread takes twice that at once."""
    with connect(settings) as connection:
        connection.execute("set preserve_insertion_order = true")
        rows = connection.execute(
            """select ?::varchar, ?::varchar, row_number() over (), coalesce(json::varchar, 'null'), null::varchar
            from read_json(?, format = 'array', records = 'false', columns = {json: 'JSON'},
                maximum_object_size = ?, compression = 'uncompressed')""",
            [item.file_id, item.file, path_pattern(item.path), object_bytes],
        ).to_arrow_reader(_BATCH_ROWS)
        for batch in rows:
            found = pa.RecordBatch.from_arrays(batch.columns, schema=LINES_SCHEMA)
            left = found.slice(max(given + 1 - found.column("line_number")[0].as_py(), 0))
            if left.num_rows:
                yield left


def _salvage(item: WorkItem, given: int) -> Iterator[pa.RecordBatch]:
    """The elements of a damaged array, of several arrays or of objects one after the other.

    From number `given` + 1 up to the damage.
    """
    if item.stat.size_bytes > _SALVAGE_BYTES:
        raise DamagedFileError("invalid_json", "the array is damaged; elements after this one are lost", given + 1)
    # Bytes that are not UTF-8 stay recognisable until their element is cut out.
    text = item.path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode(errors="surrogateescape")
    decoder = json.JSONDecoder()
    whole = "array" if text.lstrip().startswith("[") else "file"
    position = text.index("[") + 1 if whole == "array" else 0
    number = 0
    found: list[str] = []
    while True:
        position = _skip(text, position, " \t\r\n")
        if whole == "file" and position == len(text):
            break
        if text[position : position + 1] == "]":
            position = _skip(text, position + 1, " \t\r\n,")
            if position == len(text):
                break
            if text[position] == "[":
                position += 1
                continue
        try:
            _, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            if found:
                yield _batch(item, number - len(found) + 1, found)
            reason = f"the {whole} is damaged from this element on; the elements before it are loaded"
            raise DamagedFileError("invalid_json", reason, number + 1) from None
        number += 1
        if number > given:
            found.append(text[position:end])
        if len(found) == _BATCH_ROWS:
            yield _batch(item, number - len(found) + 1, found)
            found = []
        position = _skip(text, end, " \t\r\n,")
    if found:
        yield _batch(item, number - len(found) + 1, found)


def _batch(item: WorkItem, first: int, lines: list[str]) -> pa.RecordBatch:
    """Lines from number `first` on; surrogates stand in them for bytes that are not UTF-8."""
    count = len(lines)
    is_text = [line.isascii() or not _SURROGATE.search(line) for line in lines]
    return pa.RecordBatch.from_arrays(
        [
            pa.array([item.file_id] * count, pa.string()),
            pa.array([item.file] * count, pa.string()),
            pa.array(range(first, first + count), pa.int64()),
            pa.array(
                [
                    line if good else line.encode(errors="surrogateescape").decode(errors="replace")
                    for line, good in zip(lines, is_text, strict=True)
                ],
                pa.string(),
            ),
            pa.array([None if good else "invalid_utf8" for good in is_text], pa.string()),
        ],
        schema=LINES_SCHEMA,
    )


def _skip(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] in characters:
        position += 1
    return position

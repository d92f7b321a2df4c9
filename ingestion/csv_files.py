"""Reads CSV files, also inside a zip, as batches of lines: each record becomes the text of a JSON object.

The first line names the columns; all values are texts, an empty one is null. Columns without a name are dropped (the
ECB ends every line with a comma). A record is one line: line ends inside quotes are not supported. A record whose
number of fields is not the header's is marked `wrong_column_count`.
"""

from __future__ import annotations

import csv
import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion.engine import UNPACKED_PREFIX, connect, spill_dir
from ingestion.files import WorkItem
from ingestion.lines import LINES_SCHEMA, DamagedFileError, LineReader
from ingestion.settings import Settings

_MAX_UNZIPPED_BYTES = 1 << 30
# What unpacking raises where an archive is damaged, encrypted, packed in an unknown way or none at all.
UNPACK_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError)
# A field is a quoted text or anything without a comma; the comma behind each is added to the last one.
_FIELDS = r"""regexp_extract_all(text || ',', '("(?:[^"]|"")*"|[^,]*),', 1)"""


def read(settings: Settings, item: WorkItem) -> Iterator[pa.RecordBatch]:
    """Batches of `LINES_SCHEMA`; line numbers are those of the file, whose header is line 1.

    Raises:
        DamagedFileError: no header, or a zip that is damaged or does not hold exactly one CSV file.
    """
    with _plain(settings, item) as path, connect(settings) as connection:
        names: list[str] | None = None
        for batch in _lines(LineReader(path, item.file_id, item.file)):
            if names is None:
                names = _header(batch.column("line")[0].as_py())
                batch = batch.slice(1)
            yield from _records(connection, names, batch)


def _lines(reader: LineReader) -> Iterator[pa.RecordBatch]:
    yield from reader
    if reader.tail:
        yield reader.tail_batch()


def _header(line: str) -> list[str]:
    try:
        names = [name.strip() for name in next(csv.reader([line.removeprefix("\ufeff")]), [])]
    except csv.Error:  # a field of more than 128 KiB
        names = []
    named = [name for name in names if name]
    if not named or len(named) != len(set(named)):
        raise DamagedFileError("wrong_header", "the first line must name the columns, each once", 1)
    return names


def _records(
    connection: duckdb.DuckDBPyConnection, names: list[str], batch: pa.RecordBatch
) -> Iterator[pa.RecordBatch]:
    connection.register("batch", batch)
    rows = connection.execute(
        f"""with fields as (
            select *, {_FIELDS} as found
            from (select *, rtrim(line, e'\\r\\n') as text from batch)
        )
        select
            file_id, file, line_number,
            case
                when problem is not null or trim(text) = '' or len(found) <> len($names) then text
                else to_json(
                    map_from_entries(
                        list_filter(
                            list_transform(
                                range(1, len($names) + 1),
                                lambda i: {{
                                    'key': $names[i],
                                    'value': nullif(
                                        case when starts_with(found[i], '"')
                                            then replace(found[i][2:-2], '""', '"') else trim(found[i]) end,
                                        ''
                                    )
                                }}
                            ),
                            lambda entry: entry.key <> ''
                        )
                    )
                )::varchar
            end as line,
            case
                when problem is not null or trim(text) = '' then problem
                when len(found) <> len($names) then 'wrong_column_count'
            end as problem
        from fields""",
        {"names": names},
    ).to_arrow_table()
    connection.unregister("batch")
    yield from rows.cast(LINES_SCHEMA).to_batches()


@contextmanager
def _plain(settings: Settings, item: WorkItem) -> Iterator[Path]:
    """The CSV file itself, unpacked where it comes in a zip."""
    if item.format != "zip":
        yield item.path
        return
    spill_dir(settings).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=spill_dir(settings), prefix=UNPACKED_PREFIX) as folder:
        path = Path(folder) / "unpacked.csv"
        try:
            with zipfile.ZipFile(item.path) as packed:
                found = [entry for entry in packed.infolist() if entry.filename.lower().endswith(".csv")]
                if len(found) != 1 or found[0].file_size > _MAX_UNZIPPED_BYTES:
                    raise DamagedFileError(
                        "unsupported_file", "the zip must hold exactly one CSV file of at most 1 GiB", 1
                    )
                with packed.open(found[0]) as source, path.open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
        except UNPACK_ERRORS:
            raise DamagedFileError("truncated_file", "the zip file is damaged, encrypted or no zip file", 1) from None
        yield path

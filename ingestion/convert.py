"""Turns input files into Parquet parts of valid rows, and into rejects, inside DuckDB.

Lines reach DuckDB as Arrow batches (`ingestion.lines`), a bounded chunk at a time; the source's SELECT
judges and types them; good rows leave as Parquet files that dlt imports without touching them again.
No row becomes a Python object.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion import documents, pii
from ingestion.engine import connect
from ingestion.files import WorkItem, is_settled, os_reason, sha256_of
from ingestion.lines import LINES_SCHEMA, RAW_TEXT_BYTES, DamagedFileError, LineReader
from ingestion.schema import FILES, REJECTS, ResourceSpec, arrow_schema
from ingestion.settings import Settings

CHUNK_BYTES = 192 << 20

Progress = Callable[[str], None]


class Converter:
    """Converts the work items of one source for one dlt load.

    `parts(resource)` yields (Parquet path, rows) of the good rows; `rejects()` and `files()` are complete
    once `finish()` was called. All paths lie in `spool`, which the caller removes.
    """

    def __init__(
        self,
        settings: Settings,
        source: str,
        load_id: str,
        spool: Path,
        work: Iterable[tuple[ResourceSpec, list[WorkItem]]],
        progress: Progress = lambda text: None,
        replayed: Iterable[tuple[ResourceSpec, Iterator[pa.RecordBatch]]] = (),
    ) -> None:
        self._settings = settings
        self._source = source
        self._load_id = load_id
        self._spool = spool
        self._progress = progress
        found = list(work)
        again = list(replayed)
        self._is_replay = bool(again)
        self._parts: dict[str, list[tuple[Path, int]]] = {spec.name: [] for spec, _ in [*found, *again]}
        self._spec_of = {item.file_id: spec for spec, items in found for item in items}
        self._ledger: list[dict[str, object]] = []
        self._file_rejects: list[dict[str, object]] = []
        self._started_at = datetime.now(UTC).replace(tzinfo=None)
        self._key = pii.load_key(settings)
        self._redactor = pii.Redactor(settings.redact_names)
        spool.mkdir(parents=True, exist_ok=True)
        self._connection = self._open()
        self._steps = self._convert([*((spec, self._batches(items)) for spec, items in found), *again])

    def parts(self, resource: str) -> Iterator[tuple[Path, int]]:
        """The Parquet files of one resource as they become ready."""
        given = 0
        while True:
            while given < len(self._parts[resource]):
                yield self._parts[resource][given]
                given += 1
            if next(self._steps, None) is None and given == len(self._parts[resource]):
                return

    def finish(self) -> None:
        """Convert what is left."""
        for _ in self._steps:
            pass

    def rejects(self) -> Iterator[pa.RecordBatch]:
        """Rejected lines and files, columns of `ingestion.schema.REJECTS`."""
        self.finish()
        if self._file_rejects:
            yield from pa.Table.from_pylist(self._file_rejects, schema=arrow_schema(REJECTS)).to_batches()
        columns = ", ".join(f"{name}::{kind} as {name}" for name, kind in REJECTS.items())
        # A cursor of its own: dlt takes turns between resources, and another query would end this result half read.
        with self._connection.cursor() as cursor:
            yield from cursor.execute(f"select {columns} from rejects").to_arrow_reader(10_000)

    def files(self) -> pa.Table:
        """The ledger rows of this load, columns of `ingestion.schema.FILES`."""
        self.finish()
        counts = {
            row[0]: row[1:]
            for row in self._connection.execute(
                "select file_id, sum(loaded), sum(rejected), sum(blank) from file_counts group by all"
            ).fetchall()
        }
        of_files = Counter(row["file_id"] for row in self._file_rejects)
        for row in self._ledger:
            loaded, rejected, blank = counts.get(row["file_id"], (0, 0, 0))
            rejected += of_files[row["file_id"]]
            row.update(rows_loaded=int(loaded), rows_rejected=int(rejected), rows_blank=int(blank))
        return pa.Table.from_pylist(self._ledger, schema=arrow_schema(FILES))

    def outcomes(self) -> list[tuple[str, int, str | None]]:
        """Of a replay: (file id, line number, reason code or None for a row that is now good)."""
        self.finish()
        return self._connection.execute("from outcomes").fetchall()

    def close(self) -> None:
        self._connection.close()

    def _open(self) -> duckdb.DuckDBPyConnection:
        connection = connect(self._settings)
        pii.install_macros(connection, self._settings, self._key)
        redactor = self._redactor
        connection.create_function(
            "mask_text", lambda text: pii.mask_broken_text(text, redactor), ["VARCHAR"], "VARCHAR"
        )
        marker = f"{pii.HASHED_PREFIX}{self._key.key_id}:"
        connection.execute(
            f"""create macro hashed_text(t) as case
                when t is null then null when starts_with(t, '{pii.HASHED_PREFIX}') then t
                else '{marker}' || hmac(t) end"""
        )
        connection.execute(resources.files("ingestion").joinpath("macros.sql").read_text())
        connection.execute(
            "create table rejects (" + ", ".join(f'"{name}" {kind}' for name, kind in REJECTS.items()) + ")"
        )
        connection.execute("create table outcomes (file_id varchar, line_number bigint, reason_code varchar)")
        connection.execute("create table file_counts (file_id varchar, loaded bigint, rejected bigint, blank bigint)")
        return connection

    def _convert(self, work: list[tuple[ResourceSpec, Iterator[pa.RecordBatch]]]) -> Iterator[bool]:
        """Each step makes at most one part; yields True while there is more."""
        for spec, batches in work:
            for number in itertools.count():
                first = next(batches, None)
                if first is None:
                    break
                self._chunk(spec, number, itertools.chain([first], _up_to(batches, CHUNK_BYTES - first.nbytes)))
                yield True

    def _chunk(self, spec: ResourceSpec, number: int, batches: Iterator[pa.RecordBatch]) -> None:
        connection = self._connection
        connection.register("lines", pa.RecordBatchReader.from_batches(LINES_SCHEMA, batches))
        connection.execute(f"create or replace temp table checked as {spec.extract_sql}")
        connection.unregister("lines")
        connection.execute(
            """insert into file_counts
            select
                file_id,
                count(*) filter (where reason_code is null),
                count(*) filter (where reason_code <> 'blank'),
                count(*) filter (where reason_code = 'blank')
            from checked group by file_id"""
        )
        if self._is_replay:
            self._connection.execute("insert into outcomes select file_id, line_number, reason_code from checked")
        else:
            self._keep_rejects(spec)
        path = self._spool / f"{spec.name}-{number:05d}.parquet"
        rows = self._write_part(spec, path)
        if rows:
            self._parts[spec.name].append((path, rows))
            self._progress(f"{self._source}.{spec.name}: {sum(n for _, n in self._parts[spec.name]):,} rows read")

    def _keep_rejects(self, spec: ResourceSpec) -> None:
        text = "raw_text" if spec.keeps_text(self._settings) else "null"
        self._connection.execute(
            f"""insert into rejects
            select
                md5(file_id || ':' || line_number || ':' || reason_code), ?, ?, file, line_number, reason_code,
                reason_text,
                case
                    when strlen({text}) <= {RAW_TEXT_BYTES} then {text}
                    else left({text}, ({RAW_TEXT_BYTES} * length({text}) // strlen({text}))::bigint)
                end,
                ?, file_id, ?
            from checked where reason_code <> 'blank'""",
            [self._source, spec.name, self._started_at, self._load_id],
        )

    def _write_part(self, spec: ResourceSpec, path: Path) -> int:
        digests, joins = {}, ""
        for clear, digest in spec.hashed.items():
            # Digests are made once for each distinct value: the same few user agents stand in every row.
            self._connection.execute(
                f"""insert into pii_digests
                select value, case
                    when starts_with(value, '{pii.HASHED_PREFIX}') then split_part(value, ':', 3)
                    else hmac(value) end
                from (select distinct {clear} as value from checked where {clear} is not null)
                where value not in (select value from pii_digests)"""
            )
            joins += f" left join pii_digests as {clear}_digest on checked.{clear} = {clear}_digest.value"
            digests[digest] = f"{clear}_digest.digest"
        key_id = f"case when coalesce({', '.join(spec.hashed)}) is not null then '{self._key.key_id}' end"
        selected = []
        # In the order of the table: dlt writes parts anew whose columns stand in another order.
        for name, kind in spec.columns.items():
            if name == "pii_key_id":
                value = key_id
            elif name in spec.text_columns and not spec.keeps_text(self._settings):
                value = "null"
            else:
                value = digests.get(name, f'checked."{name}"')
            selected.append(f'{value}::{kind} as "{name}"')
        count = self._connection.execute(
            f"""copy (
                select {", ".join(selected)}, checked.file_id, checked.line_number, '{self._load_id}' as _dlt_load_id
                from checked{joins} where checked.reason_code is null
            ) to '{_quoted(path)}' (format parquet, compression lz4_raw)"""
        ).fetchone()
        return int(count[0]) if count else 0

    def _batches(self, items: list[WorkItem]) -> Iterator[pa.RecordBatch]:
        for item in items:
            if item.problem is not None:
                self._fail(item, *item.problem)
            elif item.copy_of is not None:
                self._note(item, lines=0, sha256=item.copy_of.content_sha256, end=item.copy_of.end_offset,
                           end_line=item.copy_of.end_line, ended=item.copy_of.ends_with_newline)  # fmt: skip
            else:
                try:
                    if item.format in ("jsonl", "jsonl.gz"):
                        yield from self._text(item)
                    else:
                        yield from self._document(item)
                except OSError as error:
                    self._fail(item, "unreadable_file", os_reason(error))

    def _text(self, item: WorkItem) -> Iterator[pa.RecordBatch]:
        is_gzip = item.format == "jsonl.gz"
        digest = sha256_of(item.path) if is_gzip else item.prefix or sha256_of(item.path, 0)
        reader = LineReader(
            item.path, item.file_id, item.file, item.start_offset, item.start_line,
            item.stat.size_bytes, is_gzip, None if is_gzip else digest,
        )  # fmt: skip
        status, pending, rest, ended = "loaded", 0, 0, True
        try:
            yield from reader
        except DamagedFileError as error:
            status, rest = "damaged", 1
            self._reject_file(item, error.reason_code, error.reason_text, error.line_number)
        tail_sha256 = hashlib.sha256(reader.tail).hexdigest() if reader.tail else None
        if reader.tail:
            if is_gzip or documents.is_whole_object(reader.tail):
                yield reader.tail_batch()
                ended = False
            elif is_settled(item.stat):
                rest = 1
                self._reject_tail(item, reader)
            else:
                pending = 1
        self._note(
            item,
            lines=reader.lines_read + rest,
            sha256=digest.hexdigest(),
            end=item.stat.size_bytes if is_gzip else reader.end_offset,
            end_line=item.start_line - 1 + reader.lines_read,
            ended=ended,
            pending=pending,
            tail_sha256=tail_sha256,
            status=status,
        )

    def _document(self, item: WorkItem) -> Iterator[pa.RecordBatch]:
        digest = sha256_of(item.path).hexdigest()
        status, lines, rest = "loaded", 0, 0
        try:
            for batch in documents.read(self._settings, item):
                lines += batch.num_rows
                yield batch
        except DamagedFileError as error:
            status, rest = "damaged", 1
            self._reject_file(item, error.reason_code, error.reason_text, error.line_number)
        self._note(item, lines=lines + rest, sha256=digest, end=item.stat.size_bytes, end_line=lines, status=status)

    def _fail(self, item: WorkItem, code: str, text: str) -> None:
        self._reject_file(item, code, text, None)
        self._note(item, lines=1, sha256="", end=0, end_line=0, status="failed")

    def _reject_file(self, item: WorkItem, code: str, text: str, line: int | None) -> None:
        """The unreadable rest of a file counts as one line read and rejected."""
        self._insert_reject(item, code, text, line, None)

    def _reject_tail(self, item: WorkItem, reader: LineReader) -> None:
        text = reader.tail.decode("utf-8", errors="replace")[:RAW_TEXT_BYTES]
        line = item.start_line + reader.lines_read
        reason = "the file ends in the middle of this line and has not changed for an hour"
        self._insert_reject(item, "incomplete_line", reason, line, pii.mask_broken_text(text, self._redactor))

    def _insert_reject(self, item: WorkItem, code: str, reason: str, line: int | None, text: str | None) -> None:
        # Kept until the end: these run inside the query that pulls the lines, where the connection is busy.
        spec = self._spec_of[item.file_id]
        identity = f"{item.file_id}:{line}:{code}:{item.stat.changed_ns}"
        self._file_rejects.append(
            {
                "reject_id": hashlib.md5(identity.encode(), usedforsecurity=False).hexdigest(),
                "source": self._source,
                "resource": spec.name,
                "file": _printable(item.file),
                "line_number": line,
                "reason_code": code,
                "reason_text": reason,
                "raw_text": text if spec.keeps_text(self._settings) else None,
                "rejected_at": self._started_at,
                "file_id": item.file_id,
                "_dlt_load_id": self._load_id,
            }
        )

    def _note(
        self,
        item: WorkItem,
        *,
        lines: int,
        sha256: str,
        end: int,
        end_line: int,
        ended: bool = True,
        pending: int = 0,
        tail_sha256: str | None = None,
        status: str = "loaded",
    ) -> None:
        self._ledger.append(
            {
                "file_id": item.file_id,
                "resource": self._spec_of[item.file_id].name,
                "file": _printable(item.file),
                "root": item.root.label,
                "format": item.format,
                "generation": item.generation,
                "start_offset": item.start_offset,
                "end_offset": end,
                "end_line": end_line,
                "ends_with_newline": ended,
                "has_pending_tail": pending > 0,
                "tail_sha256": tail_sha256,
                "size_bytes": item.stat.size_bytes,
                "modified_ns": item.stat.modified_ns,
                "changed_ns": item.stat.changed_ns,
                "inode": item.stat.inode,
                "observed_ns": item.stat.observed_ns,
                "content_sha256": sha256,
                "lines_read": lines,
                "rows_pending": pending,
                "status": status,
                "loaded_at": self._started_at,
                "_dlt_load_id": self._load_id,
            }
        )


def _up_to(batches: Iterator[pa.RecordBatch], limit: int) -> Iterator[pa.RecordBatch]:
    while limit > 0:
        batch = next(batches, None)
        if batch is None:
            return
        limit -= batch.nbytes
        yield batch


def _printable(file: str) -> str:
    """A file name as valid text: names are bytes on disk and need not be UTF-8."""
    return file.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

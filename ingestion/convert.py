"""Turns input files into Parquet parts of valid rows, and into rejects.

Lines reach DuckDB as Arrow batches (`ingestion.lines`), a bounded chunk at a time; the source's SELECT judges and
types them there (`ingestion.judge`); good rows leave as Parquet files that dlt imports without touching them again.
No row becomes a Python object.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from ingestion import documents, pii
from ingestion.files import WorkItem, is_settled, os_reason, sha256_of
from ingestion.judge import Judge
from ingestion.lines import RAW_TEXT_BYTES, DamagedFileError, LineReader
from ingestion.schema import FILES, REJECTS, ResourceSpec, arrow_schema
from ingestion.settings import Settings

# Bigger parts load faster, and a chunk of judged rows must fit into a memory limit of 1 GB.
CHUNK_BYTES = 384 << 20

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
        self._progress = progress
        found = list(work)
        again = list(replayed)
        self._spec_of = {item.file_id: spec for spec, items in found for item in items}
        self._ledger: list[dict[str, object]] = []
        self._skipped: Counter[object] = Counter()
        self._file_rejects: list[dict[str, object]] = []
        self._started_at = datetime.now(UTC).replace(tzinfo=None)
        self._redactor = pii.Redactor(settings.redact_names)
        spool.mkdir(parents=True, exist_ok=True)
        self._judge = Judge(settings, source, load_id, self._started_at, spool, self._redactor, bool(again))
        self._steps = self._convert([*((spec, self._batches(items)) for spec, items in found), *again])

    def parts(self, resource: str) -> Iterator[tuple[Path, int]]:
        """The Parquet files of one resource as they become ready."""
        given = 0
        while True:
            while given < len(self._judge.parts[resource]):
                yield self._judge.parts[resource][given]
                given += 1
            if next(self._steps, None) is None and given == len(self._judge.parts[resource]):
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
        yield from self._judge.rejects()

    def files(self) -> pa.Table:
        """The ledger rows of this load, columns of `ingestion.schema.FILES`."""
        self.finish()
        counts = self._judge.file_counts()
        of_files = Counter(row["file_id"] for row in self._file_rejects)
        for row in self._ledger:
            loaded, rejected, blank = counts.get(str(row["file_id"]), (0, 0, 0))
            rejected += of_files[row["file_id"]]
            row.update(rows_loaded=loaded, rows_rejected=rejected, rows_blank=blank + self._skipped[row["file_id"]])
        return pa.Table.from_pylist(self._ledger, schema=arrow_schema(FILES))

    def outcomes(self) -> list[tuple[str, int, str | None]]:
        """Of a replay: (file id, line number, reason code or None for a row that is now good)."""
        self.finish()
        return self._judge.outcomes()

    def close(self) -> None:
        self._judge.close()

    def _convert(self, work: list[tuple[ResourceSpec, Iterator[pa.RecordBatch]]]) -> Iterator[bool]:
        """Each step judges one chunk; yields True while there is more."""
        for spec, batches in work:
            while (first := next(batches, None)) is not None:
                self._judge.take(spec, itertools.chain([first], _up_to(batches, CHUNK_BYTES - first.nbytes)))
                rows = sum(count for _, count in self._judge.parts[spec.name])
                self._progress(f"{self._source}.{spec.name}: {rows:,} rows read")
                yield True

    def _batches(self, items: list[WorkItem]) -> Iterator[pa.RecordBatch]:
        for item in items:
            if item.problem is not None:
                self._fail(item, *item.problem, given=0)
            elif item.copy_of is not None:
                self._note(item, lines=0, sha256=item.copy_of.content_sha256, end=item.copy_of.end_offset,
                           end_line=item.copy_of.end_line, ended=item.copy_of.ends_with_newline)  # fmt: skip
            else:
                given = 0
                try:
                    for batch in self._text(item) if item.format in ("jsonl", "jsonl.gz") else self._document(item):
                        given += batch.num_rows
                        yield batch
                except OSError as error:
                    self._fail(item, "unreadable_file", os_reason(error), given)

    def _text(self, item: WorkItem) -> Iterator[pa.RecordBatch]:
        is_gzip = item.format == "jsonl.gz"
        digest = sha256_of(item.path) if is_gzip else item.prefix or sha256_of(item.path, 0)
        reader = LineReader(
            item.path, item.file_id, item.file, item.start_offset, item.start_line,
            item.stat.size_bytes, is_gzip, None if is_gzip else digest, skips_blank=True,
        )  # fmt: skip
        status, pending, rest, ended = "loaded", 0, 0, True
        try:
            yield from reader
        except DamagedFileError as error:
            status, rest = "damaged", 1
            self._reject_file(item, error.reason_code, error.reason_text, error.line_number)
        self._skipped[item.file_id] = reader.blank_lines
        tail_sha256 = hashlib.sha256(reader.tail).hexdigest() if reader.tail else None
        if status == "damaged" and not is_gzip:
            # None of it was read.
            tail_sha256 = sha256_of(item.path, start=reader.end_offset).hexdigest()
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

    def _fail(self, item: WorkItem, code: str, text: str, given: int) -> None:
        """Note a file that cannot be read, or not beyond the first `given` lines: it is read whole once it changes."""
        self._reject_file(item, code, text, None)
        self._note(item, lines=given + 1, sha256="", end=item.start_offset, end_line=0, status="failed")

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

"""Takes rejected lines in again after a fix of the rules: `python -m ingestion.<source> --replay-rejects`.

A line comes from the text kept with its reject, or from its file where the text was not kept or cut and the file still
holds what was read then. What passes now is loaded under its first file and line; what fails again keeps its one reject
row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingestion import documents
from ingestion.convert import Converter
from ingestion.engine import connect
from ingestion.files import FileStat, WorkItem, sha256_of
from ingestion.ledger import has_tables
from ingestion.lines import LINES_SCHEMA, RAW_TEXT_BYTES, DamagedFileError, LineReader
from ingestion.lock import writer_lock
from ingestion.pipeline import LoadResult, Progress, explained, load, open_pipeline
from ingestion.schema import REJECT_REPLAYS, ResourceSpec, arrow_schema
from ingestion.settings import Settings

_OF_FILES = ("truncated_file", "unreadable_file", "unsupported_file", "line_too_long")


def replay_rejects(
    settings: Settings, source: str, resources: list[ResourceSpec], progress: Progress = lambda text: None
) -> LoadResult:
    """Validate all open line rejects of a source again and load what passes.

    Rejects of whole files are left alone: such a file is read again by itself once it changes.
    """
    with explained(source), writer_lock(settings):
        if not has_tables(settings, source, ["rejects", "reject_replays", "files"]):
            return LoadResult(source)
        pipeline, _, set_aside = open_pipeline(settings, source, resources)
        open_rejects = _open_rejects(settings, source)
        if not open_rejects.num_rows:
            return LoadResult(source, set_aside=set_aside)
        ids = {
            (file_id, line): reject_id
            for reject_id, file_id, line in zip(
                *(open_rejects.column(name).to_pylist() for name in ("reject_id", "file_id", "line_number")),
                strict=True,
            )
        }
        streams = [
            (spec, _lines(settings, spec, open_rejects.filter(pc.equal(open_rejects["resource"], spec.name))))
            for spec in resources
        ]
        outcome: dict[str, int] = {}

        def outcomes(converter: Converter) -> pa.Table:
            now = datetime.now(UTC).replace(tzinfo=None)
            found = converter.outcomes()
            outcome["read"] = len(found)
            outcome["loaded"] = sum(reason is None for _, _, reason in found)
            rows = [
                {
                    "reject_id": ids[file_id, line],
                    "outcome": "loaded" if reason is None else "rejected_again",
                    "reason_code": reason,
                    "replayed_at": now,
                    "_dlt_load_id": load_ids[0],
                }
                for file_id, line, reason in found
            ]
            return pa.Table.from_pylist(rows, schema=arrow_schema(REJECT_REPLAYS))

        load_ids: list[str] = []

        def make(load_id: str, spool: Path) -> Converter:
            load_ids.append(load_id)
            return Converter(settings, source, load_id, spool, [], progress, streams)

        result = load(settings, pipeline, source, resources, make, outcomes)
        return replace(
            result,
            rows_read=outcome["read"],
            rows_loaded=outcome["loaded"],
            rows_rejected=outcome["read"] - outcome["loaded"],
            set_aside=set_aside,
        )


def _open_rejects(settings: Settings, source: str) -> pa.Table:
    with connect(settings, settings.database_path, read_only=True) as connection:
        return connection.execute(
            f"""select rejects.reject_id, rejects.resource, rejects.file_id, rejects.file, rejects.line_number,
                rejects.reason_code, rejects.raw_text,
                files.root, files.format, files.generation, files.end_offset, files.content_sha256
            from raw_{source}.rejects as rejects
            semi join (select load_id from raw_{source}._dlt_loads where status = 0) as loads
                on rejects._dlt_load_id = loads.load_id
            left join (
                from raw_{source}.files
                qualify row_number() over (partition by file_id order by end_offset desc, loaded_at desc) = 1
            ) as files on rejects.file_id = files.file_id
            where rejects.line_number is not null and not list_contains(?, rejects.reason_code)
                and rejects.reject_id not in (
                    select reject_id from raw_{source}.reject_replays where outcome = 'loaded'
                )
            qualify row_number() over (partition by rejects.file_id, rejects.line_number
                order by rejects.rejected_at desc) = 1
            order by rejects.file_id, rejects.line_number""",
            [list(_OF_FILES)],
        ).to_arrow_table()


def _lines(settings: Settings, spec: ResourceSpec, rejects: pa.Table) -> Iterator[pa.RecordBatch]:
    wanted: dict[str, set[int]] = defaultdict(set)
    items: dict[str, tuple[WorkItem, str]] = {}
    kept: list[dict[str, object]] = []
    roots = {root.label: root for root in spec.roots(settings)}
    for row in rejects.to_pylist():
        text = row["raw_text"]
        # The kept text of broken bytes has replacement characters in their place and would pass as good.
        is_whole = row["reason_code"] != "invalid_utf8" and text is not None and len(text.encode()) < RAW_TEXT_BYTES - 4
        if is_whole:
            kept.append({name: row[name] for name in ("file_id", "file", "line_number")} | {"line": text})
        elif (root := roots.get(row["root"])) is not None:
            file_id, path = row["file_id"], root.path / row["file"]
            size = FileStat(row["end_offset"], 0, 0, 0, 0)
            item = WorkItem(root, path, row["file"], file_id, row["format"], row["generation"], size)
            items[file_id] = item, row["content_sha256"]
            wanted[file_id].add(row["line_number"])
    if kept:
        yield from pa.Table.from_pylist(kept, schema=LINES_SCHEMA).to_batches()
    for file_id, (item, sha256) in sorted(items.items()):
        numbers = pa.array(sorted(wanted[file_id]), pa.int64())
        # What can be read of a file that is damaged, or gone, is read: the other lines must not wait for it.
        with suppress(DamagedFileError, OSError):
            for batch in _read_again(settings, item, sha256):
                chosen = batch.filter(pc.is_in(batch.column("line_number"), numbers))
                if chosen.num_rows:
                    yield chosen


def _read_again(settings: Settings, item: WorkItem, sha256: str) -> Iterator[pa.RecordBatch]:
    """The lines of a file as they were loaded; none where it holds something else by now."""
    size = item.stat.size_bytes if item.format == "jsonl" else None
    if not item.path.is_file() or sha256_of(item.path, size).hexdigest() != sha256:
        return
    if item.format not in ("jsonl", "jsonl.gz"):
        yield from documents.read(settings, item)
        return
    reader = LineReader(item.path, item.file_id, item.file, size_bytes=size, is_gzip=item.format == "jsonl.gz")
    yield from reader
    if reader.tail:
        yield reader.tail_batch()

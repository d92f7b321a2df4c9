"""Judges chunks of lines inside DuckDB: good rows leave as Parquet parts, the others as rejects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion import pii, texts
from ingestion.engine import connect
from ingestion.lines import LINES_SCHEMA, RAW_TEXT_BYTES
from ingestion.schema import REJECTS, ResourceSpec
from ingestion.settings import Settings
from ingestion.sql import literal, sql_of

# A part is read once and removed. A dictionary that nearly every value would enter costs more than it saves.
_PART_OPTIONS = "format parquet, compression lz4_raw, dictionary_size_limit 1000, write_bloom_filter false"


class Judge:
    """The connection of one load, and what it found: `parts`, rejects, counts by file."""

    def __init__(
        self,
        settings: Settings,
        source: str,
        load_id: str,
        started_at: datetime,
        spool: Path,
        redactor: pii.Redactor,
        is_replay: bool,
    ) -> None:
        self._settings = settings
        self._source = source
        self._load_id = load_id
        self._started_at = started_at
        self._spool = spool
        self._is_replay = is_replay
        self._key = pii.load_key(settings)
        self._connection = self._open(redactor)
        self.parts: defaultdict[str, list[tuple[Path, int]]] = defaultdict(list)

    def take(self, spec: ResourceSpec, batches: Iterator[pa.RecordBatch]) -> None:
        """Judge one chunk of lines, batches of `LINES_SCHEMA`."""
        self._connection.register("lines", pa.RecordBatchReader.from_batches(LINES_SCHEMA, batches))
        self._connection.execute(f"create temp table checked as {spec.extract_sql}")
        self._connection.unregister("lines")
        self._connection.execute(
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
        self._write_part(spec)
        # Kept, it would stand beside the next chunk, and beside the load after the last one.
        self._connection.execute("drop table checked")

    def rejects(self) -> Iterator[pa.RecordBatch]:
        """Rejected lines, columns of `ingestion.schema.REJECTS`."""
        columns = ", ".join(f"{name}::{kind} as {name}" for name, kind in REJECTS.items())
        # A cursor of its own: dlt takes turns between resources, and another query would end this result half read.
        with self._connection.cursor() as cursor:
            yield from cursor.execute(f"select {columns} from rejects").to_arrow_reader(10_000)

    def file_counts(self) -> dict[str, tuple[int, int, int]]:
        """Lines loaded, rejected and blank by file id."""
        rows = self._connection.execute(
            """select file_id, sum(loaded)::bigint, sum(rejected)::bigint, sum(blank)::bigint
            from file_counts group by all"""
        ).fetchall()
        return {file_id: (loaded, rejected, blank) for file_id, loaded, rejected, blank in rows}

    def outcomes(self) -> list[tuple[str, int, str | None]]:
        """Of a replay: (file id, line number, reason code or None for a row that is now good)."""
        return self._connection.execute("from outcomes").fetchall()

    def close(self) -> None:
        self._connection.close()

    def _open(self, redactor: pii.Redactor) -> duckdb.DuckDBPyConnection:
        connection = connect(self._settings)
        pii.install_macros(connection, self._settings, self._key)
        texts.install_macros(connection)
        connection.create_function(
            "mask_text", lambda text: pii.mask_broken_text(text, redactor), ["VARCHAR"], "VARCHAR"
        )
        marker = f"{pii.HASHED_PREFIX}{self._key.key_id}:"
        connection.execute(
            f"""create macro hashed_text(t) as case
                when t is null then null when regexp_full_match(t, '{pii.HASHED}') then t
                else '{marker}' || hmac(t) end"""
        )
        connection.execute(sql_of(__package__, "macros.sql"))
        connection.execute(
            "create table rejects (" + ", ".join(f'"{name}" {kind}' for name, kind in REJECTS.items()) + ")"
        )
        connection.execute("create table outcomes (file_id varchar, line_number bigint, reason_code varchar)")
        connection.execute("create table file_counts (file_id varchar, loaded bigint, rejected bigint, blank bigint)")
        return connection

    def _keep_rejects(self, spec: ResourceSpec) -> None:
        text = "raw_text"
        if not spec.keeps_text(self._settings):
            # Of a line that is no JSON, nothing tells where a text begins.
            text = "case when json_valid(raw_text) then drop_texts(raw_text) end" if spec.json_columns else "null"
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

    def _write_part(self, spec: ResourceSpec) -> None:
        joins, key_ids, values = "", [], {}
        for clear, digest in spec.hashed.items():
            # Once for each distinct value of a chunk: the same few user agents stand in every row. In a table, whose
            # size is known: without it the join hashes the wide rows and looks the few digests up in them.
            self._connection.execute(
                f"""create or replace temp table {clear}_digests as
                select value, case
                    when regexp_full_match(value, '{pii.HASHED}') then split_part(value, ':', 3)
                    else hmac(value) end as digest,
                    -- NULL for the key of now, which stands in nearly every row.
                    case when regexp_full_match(value, '{pii.HASHED}') then split_part(value, ':', 2) end as key_id
                from (select distinct {clear} as value from checked where {clear} is not null)"""
            )
            joins += f" left join {clear}_digests on checked.{clear} = {clear}_digests.value"
            values[digest] = f"{clear}_digests.digest"
            key_ids.append(f"{clear}_digests.key_id")
        # What was hashed before it came to a file (a reject, an answer of a platform) keeps the key of that time.
        values["pii_key_id"] = f"""case when coalesce({", ".join(spec.hashed)}) is not null
            then coalesce({", ".join(key_ids)}, '{self._key.key_id}') end"""
        if not spec.keeps_text(self._settings):
            values |= dict.fromkeys(spec.text_columns, "null")
            values |= {name: f"drop_texts(checked.{name})" for name in spec.json_columns}
        # In the order of the table: dlt writes parts anew whose columns stand in another order.
        selected = [
            values.get(name, f'checked."{name}"') + f'::{kind} as "{name}"' for name, kind in spec.columns.items()
        ]
        parts = self.parts[spec.name]
        path = self._spool / f"{spec.name}-{len(parts):05d}.parquet"
        count = self._connection.execute(
            f"""copy (
                select {", ".join(selected)}, checked.file_id, checked.line_number, '{self._load_id}' as _dlt_load_id
                from checked{joins} where checked.reason_code is null
            ) to {literal(path)} ({_PART_OPTIONS})"""
        ).fetchone()
        if count and count[0]:
            parts.append((path, int(count[0])))

"""Reads text files as Arrow batches of lines, without a Python object per line.

A batch has the columns of `LINES_SCHEMA`. Bytes that are not UTF-8 are marked, not dropped. Whole lines
only: what follows the last line end is handed to the caller, who knows whether the file still grows.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BLOCK_BYTES = 8 << 20
MAX_LINE_BYTES = 256 << 20
# Each line carries the names of its file: a block of nothing but line ends would need gigabytes for them.
BATCH_LINES = 200_000
RAW_TEXT_BYTES = 64 << 10
# Lines of fewer bytes on average are line ends for the most part, of which a small archive holds billions.
_SPARSE_BYTES = 4
_LINE_ENDS = pa.array(["\n", "\r\n"])
_BOM = b"\xef\xbb\xbf"
_NEWLINE = 10
_RETURN = 13
# A byte-order mark, or an ASCII bracket in two bytes.
_UTF16 = re.compile(rb"\xff\xfe|\xfe\xff|[\[{]\0[^\0]\0|\0[\[{]\0[^\0]")

LINES_SCHEMA = pa.schema(
    [
        ("file_id", pa.string()),
        ("file", pa.string()),
        ("line_number", pa.int64()),
        ("line", pa.string()),
        ("problem", pa.string()),
    ]
)


class DamagedFileError(Exception):
    """The rest of a file cannot be read; `reason_code` says why. Lines before the damage were given."""

    def __init__(self, reason_code: str, reason_text: str, line_number: int) -> None:
        super().__init__(reason_text)
        self.reason_code = reason_code
        self.reason_text = reason_text
        self.line_number = line_number


@dataclass
class LineReader:
    """Iterates over the lines of one file from `start_offset`, at most to `size_bytes`.

    After iteration `lines_read` counts the lines read, `blank_lines` those of them that were not given, `end_offset`
    the bytes that they take and `tail` holds the bytes after the last line end.
    """

    path: Path
    file_id: str
    file: str
    start_offset: int = 0
    start_line: int = 1
    size_bytes: int | None = None
    is_gzip: bool = False
    hasher: hashlib._Hash | None = None
    skips_blank: bool = False
    lines_read: int = field(default=0, init=False)
    blank_lines: int = field(default=0, init=False)
    end_offset: int = field(default=0, init=False)
    tail: bytes = field(default=b"", init=False)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        self.end_offset = self.start_offset
        rest = b""
        skipping = False
        for block in self._blocks():
            if skipping:
                cut = block.find(b"\n")
                if cut < 0:
                    self._consume(block)
                    continue
                self._consume(block[: cut + 1])
                block, skipping = block[cut + 1 :], False
            data = rest + block if rest else block
            if self.end_offset == 0 and _UTF16.match(data):
                raise self._damage("unsupported_file", "the file is UTF-16: it must be written as UTF-8")
            ends = _places(data, _NEWLINE)
            if len(ends) == 0:
                rest = data
                if len(rest) > MAX_LINE_BYTES:
                    yield self._oversized(rest)
                    self._consume(rest)
                    rest, skipping = b"", True
                continue
            rest = yield from self._lines(data, ends)
        if self.lines_read == 0 and b"\r" in rest[:-1]:
            # No line feed at all: carriage returns end the lines. A last one alone may be half of a line end.
            rest = yield from self._lines(rest, _places(rest, _RETURN))
        self.tail = rest

    def _lines(self, data: bytes, ends: np.ndarray) -> Generator[pa.RecordBatch, None, bytes]:
        """Batches of the lines that end at `ends`; what follows the last one is returned."""
        cut = int(ends[-1]) + 1
        start = 0
        for first in range(0, len(ends), BATCH_LINES):
            piece = ends[first : first + BATCH_LINES]
            batch = self._batch(data, piece, start)
            length = int(piece[-1]) + 1 - start
            start += length
            if self.skips_blank and length < _SPARSE_BYTES * len(piece):
                given = batch.filter(pc.invert(pc.is_in(batch.column("line"), _LINE_ENDS)))
                self.blank_lines += batch.num_rows - given.num_rows
                batch = given
            if batch.num_rows:
                yield batch
        self._consume(data[:cut] if cut < len(data) else data)
        return data[cut:]

    def tail_batch(self) -> pa.RecordBatch:
        """The unended last line as a batch, counted as read."""
        batch = self._batch(self.tail + b"\n", np.array([len(self.tail)]))
        self._consume(self.tail)
        self.tail = b""
        return batch

    def _consume(self, data: bytes) -> None:
        self.end_offset += len(data)
        if self.hasher is not None:
            self.hasher.update(data)

    def _blocks(self) -> Iterator[bytes]:
        with self.path.open("rb") as stream:
            if self.is_gzip:
                yield from self._unpacked(stream)
                return
            stream.seek(self.start_offset)
            left = None if self.size_bytes is None else self.size_bytes - self.start_offset
            while left is None or left > 0:
                block = stream.read(BLOCK_BYTES if left is None else min(BLOCK_BYTES, left))
                if not block:
                    return
                if left is not None:
                    left -= len(block)
                yield block

    def _unpacked(self, stream: IO[bytes]) -> Iterator[bytes]:
        """The content of all gzip members. The gzip module would drop what it unpacked before a damage."""
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        packed = stream.read(BLOCK_BYTES)
        while packed:
            try:
                block = member.decompress(packed, BLOCK_BYTES)
            except zlib.error:
                raise self._damage("truncated_file", "the gzip stream is damaged") from None
            if block:
                yield block
            if member.eof:
                packed = (member.unused_data or stream.read(BLOCK_BYTES)).lstrip(b"\0")
                if packed:
                    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            else:
                packed = member.unconsumed_tail or stream.read(BLOCK_BYTES)
        if not member.eof:
            raise self._damage("truncated_file", "the gzip stream ends too early")

    def _damage(self, code: str, text: str) -> DamagedFileError:
        return DamagedFileError(code, text, self.start_line + self.lines_read)

    def _batch(self, data: bytes, ends: np.ndarray, start: int = 0) -> pa.RecordBatch:
        offsets = np.empty(len(ends) + 1, dtype=np.int32)
        offsets[0] = start
        offsets[1:] = ends + 1
        # A line that starts its file may open with a byte-order mark, which is no part of the text.
        is_first = self.start_offset == 0 and self.lines_read == 0
        if is_first and data.startswith(_BOM):
            offsets[0] = len(_BOM)
        lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(data))
        problems: pa.Array = pa.nulls(len(ends), pa.string())
        try:
            lines.validate(full=True)
        except pa.ArrowInvalid:
            lines, problems = _mark_invalid(data, offsets)
        first = self.start_line + self.lines_read
        self.lines_read += len(ends)
        return self._columns(lines, problems, first)

    def _oversized(self, data: bytes) -> pa.RecordBatch:
        text = data[:RAW_TEXT_BYTES].decode("utf-8", errors="replace")
        first = self.start_line + self.lines_read
        self.lines_read += 1
        return self._columns(pa.array([text]), pa.array(["line_too_long"], pa.string()), first)

    def _columns(self, lines: pa.Array, problems: pa.Array, first: int) -> pa.RecordBatch:
        count = len(lines)
        numbers = pa.array(np.arange(first, first + count, dtype=np.int64))
        return pa.RecordBatch.from_arrays(
            [_repeat(self.file_id, count), _repeat(self.file, count), numbers, lines, problems],
            schema=LINES_SCHEMA,
        )


def _places(data: bytes, byte: int) -> np.ndarray:
    return np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == byte)


def _repeat(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)


def _mark_invalid(data: bytes, offsets: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Replace what is not UTF-8 and name the lines; only a batch that fails as a whole comes here."""
    pieces = [data[offsets[i] : offsets[i + 1]] for i in range(len(offsets) - 1)]
    texts: list[str] = []
    problems: list[str | None] = []
    for piece in pieces:
        try:
            texts.append(piece.decode("utf-8"))
            problems.append(None)
        except UnicodeDecodeError:
            texts.append(piece.decode("utf-8", errors="replace"))
            problems.append("invalid_utf8")
    return pa.array(texts, pa.string()), pa.array(problems, pa.string())

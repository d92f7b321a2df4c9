import gzip
import hashlib
import zlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import lines
from ingestion.lines import DamagedFileError, LineReader


def read(path, **options):
    reader = LineReader(path, "id", "f.jsonl", **options)
    batches = [batch.to_pylist() for batch in reader]
    assert all(len(batch) <= lines.BATCH_LINES for batch in batches)
    return reader, [row for batch in batches for row in batch]


@given(
    pieces=st.lists(st.text(alphabet='ab{}"é\U0001f600 \r', max_size=12), max_size=30),
    ended=st.booleans(),
    block=st.integers(1, 64),
    most=st.integers(1, 8),
)
def test_every_line_comes_once_with_its_number_whatever_the_size_of_blocks_and_batches(
    tmp_path_factory, pieces, ended, block, most
):
    path = tmp_path_factory.mktemp("lines") / "f.jsonl"
    data = "\n".join(pieces).encode() + (b"\n" if ended and pieces else b"")
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK_BYTES", block)
        patch.setattr(lines, "BATCH_LINES", most)
        reader, rows = read(path, size_bytes=len(data), hasher=hashlib.sha256())
    end = b"\r" if b"\n" not in data and b"\r" in data[:-1] else b"\n"
    whole, _, tail = data.rpartition(end)
    expected = whole.decode().split(end.decode()) if end in data else []
    assert [row["line"].removesuffix(end.decode()) for row in rows] == expected
    assert [row["line_number"] for row in rows] == list(range(1, len(expected) + 1))
    assert reader.tail == tail
    assert reader.end_offset == len(data) - len(tail)
    assert reader.hasher.hexdigest() == hashlib.sha256(data[: reader.end_offset]).hexdigest()


def test_reading_goes_on_from_an_offset_with_the_next_line_number(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"one\ntwo\nthree\n")
    reader, rows = read(path, start_offset=4, start_line=2)
    assert [(row["line_number"], row["line"]) for row in rows] == [(2, "two\n"), (3, "three\n")]
    assert reader.end_offset == 14


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"\xef\xbb\xbf{}\r\n{}\r\n")
    assert [row["line"].strip() for row in read(path)[1]] == ["{}", "{}"]


def test_line_ends_alone_are_counted_and_not_given(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"\n" * 50 + b"{}\n" + b"\r\n" * 50)
    reader, rows = read(path, skips_blank=True, hasher=hashlib.sha256())
    assert [(row["line_number"], row["line"]) for row in rows] == [(51, "{}\n")]
    assert (reader.lines_read, reader.blank_lines, reader.end_offset) == (101, 100, 153)
    assert len(read(path)[1]) == 101


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf16_says_so_once(tmp_path, code):
    (tmp_path / "f.jsonl").write_bytes('{"a":1}\n{"b":2}\n'.encode(code))
    with pytest.raises(DamagedFileError, match="UTF-16"):
        read(tmp_path / "f.jsonl")
    # A NUL that a stopped machine left before a line is none.
    (tmp_path / "f.jsonl").write_bytes(b'\0{"a":1}\n')
    assert len(read(tmp_path / "f.jsonl")[1]) == 1


def test_bytes_that_are_not_utf8_mark_their_line_only(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(b'{"a":1}\n{"a":"\xff\xfe"}\n{"a":3}\n')
    assert [row["problem"] for row in read(path)[1]] == [None, "invalid_utf8", None]


def test_a_truncated_gzip_gives_its_lines_and_then_an_error_with_the_line(tmp_path):
    path = tmp_path / "f.jsonl.gz"
    whole = gzip.compress(
        b"".join(b'{"n":%d,"x":"%s"}\n' % (n, hashlib.sha256(b"%d" % n).hexdigest().encode()) for n in range(9999))
    )
    path.write_bytes(whole[: len(whole) // 2])
    reader = LineReader(path, "id", "f.jsonl.gz", is_gzip=True)
    given_rows = 0
    with pytest.raises(DamagedFileError) as caught:
        for batch in reader:
            given_rows += batch.num_rows
    assert caught.value.reason_code == "truncated_file"
    there = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(path.read_bytes()).count(b"\n")
    assert there > 4000
    assert (given_rows, caught.value.line_number) == (there, there + 1)


def test_a_line_beyond_the_limit_is_one_marked_line_and_the_next_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 100)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 64)
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"first\n" + b"x" * 1000 + b"\nlast\n")
    rows = read(path)[1]
    assert [(row["line_number"], row["problem"]) for row in rows] == [(1, None), (2, "line_too_long"), (3, None)]
    assert rows[2]["line"] == "last\n"


def test_batches_have_the_declared_schema(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"a\n")
    assert pa.Table.from_batches(list(LineReader(path, "id", "f"))).schema == lines.LINES_SCHEMA

"""Each kind of broken input is a reject with file, line and reason, and costs no other line."""

import dataclasses
import datetime as dt
import gzip
import json
import math
import os
import random
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion import documents, parquet_files
from ingestion.files import InputRoot, plan
from ingestion.lines import RAW_TEXT_BYTES, LineReader
from tests.integration.ingestion.conftest import event, jsonl

GOOD_VIEW = {"contentType": "post", "contentId": "p"}


def deep(levels):
    return (
        b'{"eventId":"deep","eventType":"stream","timestamp":"2026-03-01T00:00:00Z","data":{"x":'
        + b"[" * levels
        + b"]" * levels
        + b"}}"
    )


LINES = {
    "no json": (b"{nope", "invalid_json"),
    "two documents": (b'{"a":1}{"b":2}', "invalid_json"),
    "not a number": (json.dumps(event(1)).encode().replace(b'"p1"', b"NaN"), "invalid_json"),
    "lone surrogate": (json.dumps(event(1)).replace('"web"', '"\\ud800"').encode(), "invalid_json"),
    "binary": (bytes(range(128, 256)).replace(b"\n", b""), "invalid_utf8"),
    "an array": (b"[1,2]", "not_an_object"),
    "a string": (b'"text"', "not_an_object"),
    "no type": (json.dumps({k: v for k, v in event(1).items() if k != "eventType"}).encode(), "missing_field"),
    "null type": (json.dumps(event(1, eventType=None)).encode(), "missing_field"),
    "no time": (json.dumps({k: v for k, v in event(1).items() if k != "timestamp"}).encode(), "missing_field"),
    "view without content": (json.dumps(event(1, data={"contentType": "post"})).encode(), "missing_field"),
    "view without data": (json.dumps(event(1, data=None)).encode(), "missing_field"),
    "empty version, no content": (json.dumps(event(1, schemaVersion="", data={"contentType": "post"})).encode(), "missing_field"),
    "1.1.0 view without duration": (
        json.dumps(event(1, schemaVersion="1.1.0", data={**GOOD_VIEW, "scrollDepth": 1})).encode(), "missing_field"),
    "1.1.0 engagement without metadata": (
        json.dumps(event(1, schemaVersion="1.1.0", eventType="engagement",
                         data={"action": "like", "targetType": "post", "targetId": "p"})).encode(), "missing_field"),
    "number as text": (
        json.dumps(event(1, eventType="purchase", data={"amount": "29.99"})).encode(), "wrong_type"),
    "amount beyond all bounds": (
        json.dumps(event(1, eventType="purchase", data={"amount": 10**30})).encode(), "wrong_type"),
    "text as number": (json.dumps(event(1, userId=5)).encode(), "wrong_type"),
    "data is a list": (json.dumps(event(1, data=[1])).encode(), "wrong_type"),
    "duplicate key": (b'{"eventId":"a","eventId":"b","eventType":"stream","timestamp":"2026-03-01T00:00:00Z"}', "duplicate_key"),
    "no zone": (json.dumps(event(1, timestamp="2026-03-01T10:00:00")).encode(), "invalid_timestamp"),
    "date only": (json.dumps(event(1, timestamp="2026-03-01")).encode(), "invalid_timestamp"),
    "30 February": (json.dumps(event(1, timestamp="2026-02-30T10:00:00Z")).encode(), "invalid_timestamp"),
    "1970": (json.dumps(event(1, timestamp="1970-01-01T00:00:00Z")).encode(), "invalid_timestamp"),
    "year 9999": (json.dumps(event(1, timestamp="9999-12-31T23:59:59Z")).encode(), "invalid_timestamp"),
    "offset of 75 minutes": (json.dumps(event(1, timestamp="2026-03-01T10:00:00+00:75")).encode(), "invalid_timestamp"),
    "words": (json.dumps(event(1, timestamp="yesterday")).encode(), "invalid_timestamp"),
    "NUL": (b'{"eventId":"\x00"}', "invalid_json"),
}  # fmt: skip


def test_each_broken_line_is_a_reject_with_its_line_and_its_neighbours_load(warehouse):
    content = b""
    wanted = {}
    for number, (line, reason) in enumerate(LINES.values()):
        content += jsonl([event(1000 + number)]) + line + b"\r\n"
        wanted[2 * number + 2] = reason
    (warehouse.landing / "mixed.jsonl").write_bytes(content)
    result = warehouse.load()
    found = dict(warehouse.query("select line_number, reason_code from raw_social.rejects"))
    assert found == wanted
    assert set(warehouse.event_ids()) == {f"e{1000 + number}" for number in range(len(LINES))}
    assert (result.rows_loaded, result.rows_rejected) == (len(LINES), len(LINES))
    assert warehouse.query(
        "select count(*) from raw_social.rejects where file <> 'mixed.jsonl' or reason_text = ''"
    ) == [(0,)]


REASONS = [
    ({"events": [event(1)]}, "eventType is required (an object that holds a list of events is read from a .json file)"),
    ({"data": [event(1)]}, "eventType is required (an object that holds a list of events is read from a .json file)"),
    ({k.lower(): v for k, v in event(1).items()}, "eventType is required, spelled so (capital letters count)"),
    (
        {k.lower(): v for k, v in event(1, data='{"a":1}').items()},
        "eventType is required, spelled so (capital letters count)",
    ),
    (event(1, eventType=None), "eventType is required"),
    (event(1, data=[1]), "data must be an object"),
]
EPOCH = "timestamp must be a string: ISO 8601 with a zone; in Parquet, a timestamp column will do"
NO_ZONE = (
    "timestamp must be ISO 8601 with a zone (Z or an offset), from 2000 to 2099; in Parquet, a timestamp column will do"
)


def test_a_reason_tells_what_to_change(warehouse):
    (warehouse.landing / "a.jsonl").write_bytes(jsonl(line for line, _ in REASONS))
    times = [dt.date(2026, 3, 1), 1772359200000, "2026-03-01T10:00:00"]
    for number, time in enumerate(times):
        pq.write_table(
            pa.table({"event_type": ["session"], "timestamp": [time]}), warehouse.landing / f"{number}.parquet"
        )
    warehouse.load()
    found = warehouse.query(
        "select reason_text from raw_social.rejects order by file = 'a.jsonl' desc, file, line_number"
    )
    assert [text for (text,) in found] == [*(reason for _, reason in REASONS), NO_ZONE, EPOCH, NO_ZONE]


def test_a_load_of_mostly_broken_lines_keeps_every_one_of_them(warehouse):
    # Rejects come in batches of 10,000, between which the other tables of the load are written.
    warehouse.landing.mkdir(parents=True, exist_ok=True)
    (warehouse.landing / "broken.jsonl").write_bytes(b"{nope\n" * 25_000 + jsonl([event(1)]))
    assert warehouse.load().rows_rejected == 25_000
    assert warehouse.query("select count(distinct line_number) from raw_social.rejects") == [(25_000,)]


def test_line_ends_alone_are_lines_that_were_read(warehouse):
    (warehouse.landing / "a.jsonl").write_bytes(b"\n" * 500 + jsonl([event(1)]) + b"\r\n" * 500)
    assert warehouse.load().rows_loaded == 1
    assert warehouse.query("select lines_read, rows_blank from raw_social.files") == [(1001, 1000)]
    assert warehouse.query("select line_number from raw_social.events") == [(501,)]


def test_timestamps_with_any_written_zone_become_utc(warehouse):
    texts = {
        "2026-03-01T10:00:00Z": "10:00:00",
        "2026-03-01T10:00:00.250Z": "10:00:00.25",
        "2026-03-01T10:00:00+02:00": "08:00:00",
        "2026-03-01T10:00:00.123456789-09:30": "19:30:00.123456",
        "2026-03-01T10:00:00+0200": "08:00:00",
        "2026-03-01T10:00Z": "10:00:00",
        "20260301T100000Z": "10:00:00",
        "2026-03-01t10:00:00z": "10:00:00",
        "2026-03-01 10:00:00,5+00": "10:00:00.5",
        "2026-03-01T10:00:00,250Z": "10:00:00.25",
        "2026-03-01 10:00:00.5 +0100": "09:00:00.5",
        "2026-03-01 10:00 -01:30": "11:30:00",
    }
    (warehouse.landing / "t.jsonl").write_bytes(
        jsonl(event(number, timestamp=text) for number, text in enumerate(texts))
    )
    warehouse.load()
    found = dict(warehouse.query('select event_id, "timestamp"::varchar from raw_social.events'))
    assert found == {f"e{number}": f"2026-03-01 {time}" for number, time in enumerate(texts.values())}


def test_unknown_versions_types_and_fields_are_kept(warehouse):
    odd = [
        event(1, schemaVersion="2.0.0", data={"anything": [1, {"x": None}]}, region="eu"),
        event(2, eventType="poll", data={"question": "?"}),
        event(3, schemaVersion=None, data={**GOOD_VIEW, "new": 1}),
        event(4, eventType="purchase", data={"orderId": "o"}),
    ]
    (warehouse.landing / "odd.jsonl").write_bytes(jsonl(odd))
    warehouse.load()
    found = {
        row[0]: row[1:] for row in warehouse.query("select event_id, data, extra, event_type from raw_social.events")
    }
    assert json.loads(found["e1"][0]) == {"anything": [1, {"x": None}]}
    assert json.loads(found["e1"][1]) == {"region": "eu"}
    assert found["e2"][2] == "poll"
    assert found["e3"][1] is None and len(found) == 4


def test_an_event_without_id_gets_one_from_its_content_not_from_spacing_or_address(warehouse):
    body = {k: v for k, v in event(1).items() if k != "eventId"}
    other = {**body, "ipAddress": "198.51.100.1"}
    (warehouse.landing / "a.jsonl").write_text(
        json.dumps(body) + "\n" + json.dumps(body, separators=(",", ":")) + "\n" + json.dumps(other) + "\n"
    )
    warehouse.load()
    ids = warehouse.event_ids()
    assert len(ids) == 1 and next(iter(ids)).startswith("line-")
    assert warehouse.query("select bool_or(has_event_id) from raw_social.events") == [(False,)]


def test_a_line_of_50_mib_loads_and_its_reject_keeps_64_kib(warehouse):
    big = json.dumps(event(1, eventType="stream", data={"x": "y" * (50 << 20)}))
    (warehouse.landing / "big.jsonl").write_text(big + "\n" + big[:-1] + "\n" + json.dumps(event(2)) + "\n")
    warehouse.load()
    assert set(warehouse.event_ids()) == {"e1", "e2"}
    [(length,)] = warehouse.query("select strlen(raw_text) from raw_social.rejects")
    assert RAW_TEXT_BYTES - 8 < length <= RAW_TEXT_BYTES


@pytest.mark.parametrize("levels", [1_000, 50_000])
def test_deep_nesting_harms_no_other_line(warehouse, levels):
    (warehouse.landing / "deep.jsonl").write_bytes(jsonl([event(1)]) + deep(levels) + b"\n" + jsonl([event(2)]))
    warehouse.load()
    assert {"e1", "e2"} <= set(warehouse.event_ids())
    assert sum(warehouse.event_ids().values()) + sum(warehouse.reasons().values()) == 3


def test_files_that_cannot_be_read_are_rejects_and_all_others_load(warehouse):
    good = jsonl(event(number) for number in range(3000))
    (warehouse.landing / "good.jsonl").write_bytes(good)
    (warehouse.landing / "empty.jsonl").write_bytes(b"")
    (warehouse.landing / "noise.jsonl").write_bytes(random.Random(1).randbytes(50_000))
    (warehouse.landing / "noise.parquet").write_bytes(random.Random(2).randbytes(50_000))
    (warehouse.landing / "noise.json").write_bytes(random.Random(3).randbytes(50_000))
    (warehouse.landing / "cut.jsonl.gz").write_bytes(
        gzip.compress(jsonl(event(10_000 + n) for n in range(5000)))[:-2000]
    )
    (warehouse.landing / "notes.txt").write_text("hello")
    loop = warehouse.landing / "deeper"
    loop.mkdir()
    (loop / "again").symlink_to(warehouse.landing)
    (loop / "link.jsonl").symlink_to(warehouse.landing / "good.jsonl")
    warehouse.load()
    assert {f"e{number}" for number in range(3000)} <= set(warehouse.event_ids())
    by_file = dict(
        warehouse.query(
            "select file, min(reason_code) from raw_social.rejects where file not like 'noise.js%' group by 1"
        )
    )
    assert by_file == {
        "cut.jsonl.gz": "truncated_file",
        "deeper/again": "unsupported_file",
        "deeper/link.jsonl": "unsupported_file",
        "noise.parquet": "truncated_file",
        "notes.txt": "unsupported_file",
    }
    assert any(int(event_id[1:]) >= 10_000 for event_id in warehouse.event_ids())
    assert warehouse.load().files_read == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_folder_without_permission_is_a_reject_until_it_is_opened(warehouse):
    closed = warehouse.landing / "closed"
    closed.mkdir()
    (closed / "a.jsonl").write_bytes(jsonl([event(1)]))
    (warehouse.landing / "b.jsonl").write_bytes(jsonl([event(2)]))
    closed.chmod(0)
    try:
        warehouse.load()
        assert warehouse.reasons() == {"unreadable_file": 1}
    finally:
        closed.chmod(0o700)
    warehouse.load()
    assert set(warehouse.event_ids()) == {"e1", "e2"}


def test_a_file_whose_reading_fails_is_a_reject_and_is_tried_again_once_it_changes(warehouse, monkeypatch):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1)]))
    (warehouse.landing / "b.jsonl").write_bytes(jsonl([event(2)]))
    opened = type(path).open

    def refuse(self, *args, **options):
        if self.name == "a.jsonl":
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(type(path), "open", refuse)
        warehouse.load()
    assert warehouse.reasons() == {"unreadable_file": 1}
    assert set(warehouse.event_ids()) == {"e2"}
    os.utime(path)
    warehouse.load()
    assert set(warehouse.event_ids()) == {"e1", "e2"}


def test_a_file_whose_reading_fails_in_the_middle_is_in_balance(warehouse, monkeypatch):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl(event(number) for number in range(100)))
    blocks = LineReader._blocks

    def break_off(reader):
        yield next(blocks(reader))
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("ingestion.lines.BLOCK_BYTES", 4096)
        patch.setattr(LineReader, "_blocks", break_off)
        warehouse.load()
    assert warehouse.reasons() == {"unreadable_file": 1}
    assert 0 < len(warehouse.event_ids()) < 100
    os.utime(path)
    warehouse.load()
    assert len(warehouse.event_ids()) == 100


def test_a_grown_file_whose_reading_fails_ends_where_it_was_read_to(warehouse, monkeypatch):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl(event(number) for number in range(10)))
    warehouse.load()
    with path.open("ab") as stream:
        stream.write(jsonl(event(number) for number in range(10, 20)))

    def refuse(reader):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(LineReader, "_blocks", refuse)
        warehouse.load()
    assert warehouse.reasons() == {"unreadable_file": 1}
    # Critical to the audit of raw tables.
    assert warehouse.query("select file from raw_social.files where end_offset < start_offset") == []
    os.utime(path)
    warehouse.load()
    assert len(warehouse.event_ids()) == 20


def test_arrays_and_parquet_load_like_lines(warehouse, monkeypatch):
    # Only damaged arrays may go through Python, which takes their whole text into memory.
    monkeypatch.setattr(documents, "_SALVAGE_BYTES", 0)
    (warehouse.landing / "a.json").write_text(json.dumps([event(1), event(2, userId=7), event(3)], indent=2))
    (warehouse.landing / "one.json").write_text(json.dumps(event(4), indent=2))
    with duckdb.connect() as connection:
        connection.execute(
            f"""copy (select 'e5' as event_id, 'view' as "eventType", timestamptz '2026-03-01 12:00:00+02' as timestamp,
                {{'contentType': 'post', 'contentId': 'p', 'userEmail': 'a@example.org'}} as data, '203.0.113.5' as ip_address
            union all select 'e6', 'view', timestamptz '2026-03-01 12:00:00+00', null, null)
            to '{warehouse.landing}/p.parquet'"""
        )
    warehouse.load()
    assert set(warehouse.event_ids()) == {"e1", "e3", "e4", "e5"}
    assert dict(warehouse.query("select file, line_number from raw_social.rejects")) == {"a.json": 2, "p.parquet": 2}
    [(time, data)] = warehouse.query(
        """select "timestamp"::varchar, data from raw_social.events where event_id = 'e5'"""
    )
    assert time == "2026-03-01 10:00:00"
    assert json.loads(data) == {"contentType": "post", "contentId": "p", "userEmail": "[redacted]"}


def test_arrays_beyond_the_memory_and_with_an_object_of_great_length_are_read_by_the_engine(warehouse, monkeypatch):
    monkeypatch.setattr(documents, "_SALVAGE_BYTES", 0)
    (warehouse.landing / "a.json").write_text(json.dumps([event(1), event(2)]) + " " * (160 << 20))
    (warehouse.landing / "b.json").write_text(json.dumps([event(3), event(4, data="x" * (17 << 20)), event(5)]))
    settings = dataclasses.replace(warehouse.settings, duckdb_memory_limit="256MB", duckdb_threads=1)
    items = plan("events", [InputRoot(warehouse.landing, "social", ("json",))], {})
    found = [batch.column("line_number").to_pylist() for item in items for batch in documents.read(settings, item)]
    assert found == [[1, 2], [1, 2, 3]]
    # Too little memory is no damage of a file, whose rows would be given up.
    with pytest.raises(duckdb.OutOfMemoryException):
        list(documents.read(dataclasses.replace(settings, duckdb_memory_limit="8MB"), items[0]))


def texts(values):
    """As a writer that does not look at its bytes leaves them."""
    return pa.Array.from_buffers(pa.string(), len(values), pa.array(values, pa.binary()).buffers())


def test_bytes_that_are_no_text_in_an_array_or_a_parquet_file_cost_their_own_row(warehouse):
    array = json.dumps([event(1), event(2, userId="?"), event(3)]).encode()
    (warehouse.landing / "a.json").write_bytes(array.replace(b'"?"', b'"\xff canary@example.org"'))
    count = 2500
    users = [b"\xff" if number in (0, 2100) else b"u%d" % number for number in range(count)]
    nested = pa.StructArray.from_arrays(
        [texts([b"\xfe" if number == 7 else b"x" for number in range(count)])], names=["note"]
    )
    path = warehouse.landing / "platform=1" / "p.parquet"
    path.parent.mkdir()
    columns = {
        "event_id": [f"p{number}" for number in range(count)],
        "event_type": pa.array(["stream"] * count).dictionary_encode(),
        # One bad entry of a dictionary is in the rows that name it, and not in all.
        "session_id": pa.DictionaryArray.from_arrays(
            pa.array([int(number == 20) for number in range(count)], pa.int32()), texts([b"s", b"\xfd"])
        ),
        "user_id": texts(users),
        "timestamp": ["2026-03-01T10:00:00Z"] * count,
        "data": nested,
    }
    pq.write_table(pa.table(columns), path)
    warehouse.load()
    assert warehouse.query("select file, line_number, reason_code from raw_social.rejects order by all") == [
        ("a.json", 2, "invalid_utf8"),
        *(("platform=1/p.parquet", line, "invalid_utf8") for line in (1, 8, 21, 2101)),
    ]
    assert len(warehouse.event_ids()) == 2 + count - 4
    assert warehouse.query(
        "select line_number, user_id, platform, data from raw_social.events where event_id = 'p2499'"
    ) == [(2500, "u2499", "1", '{"note":"x"}')]
    assert "canary" not in str(warehouse.query("select raw_text from raw_social.rejects"))


def test_rows_that_were_given_before_a_damage_was_found_are_not_given_again(warehouse, monkeypatch):
    pq.write_table(pa.table({"event_id": ["e1", "e2", "e3"]}), warehouse.landing / "p.parquet")
    as_lines = parquet_files._as_lines

    def breaks_off(connection, item, columns, before, rows, parameters):
        for batch in as_lines(connection, item, columns, before, rows, parameters):
            if "read_parquet" in rows:
                yield batch.slice(0, 2)
                raise duckdb.InvalidInputException("a text of the third row is not UTF-8")
            yield batch

    monkeypatch.setattr(parquet_files, "_as_lines", breaks_off)
    [item] = plan("events", [InputRoot(warehouse.landing, "social", ("parquet",))], {})
    found = [batch.column("line_number").to_pylist() for batch in documents.read(warehouse.settings, item)]
    assert found == [[1, 2], [3]]


def test_a_time_beyond_the_calendar_costs_its_own_row(warehouse):
    seconds = 1_772_359_200
    for name, wrong, good, kind in [
        ("before", 2 - 2**63, seconds * 10**6, pa.timestamp("us")),
        ("before_zoned", 2 - 2**63, seconds * 10**6, pa.timestamp("us", "UTC")),
        ("after_zoned", 2**63 // 1000, seconds * 10**3, pa.timestamp("ms", "UTC")),
        ("endless", 2**63 - 1, seconds * 10**9, pa.timestamp("ns")),
    ]:
        times = pa.array([wrong, good], pa.int64()).cast(kind)
        rows = pa.table({"eventId": ["wrong", name], "eventType": ["stream"] * 2, "timestamp": times})
        pq.write_table(rows, warehouse.landing / f"{name}.parquet")
    warehouse.load()
    assert warehouse.query("select distinct line_number, reason_code from raw_social.rejects") == [
        (1, "invalid_timestamp")
    ]
    assert set(warehouse.event_ids()) == {"before", "before_zoned", "after_zoned", "endless"}
    assert warehouse.query('select distinct "timestamp"::varchar from raw_social.events') == [("2026-03-01 10:00:00",)]


def test_columns_of_any_name_load(warehouse):
    with duckdb.connect() as connection:
        for name, columns in {
            "table": """'e1' as event_id, 'purchase' as event_type, '{"amount": 5}' as event_data, 1 as file_row_number""",
            "twice": """'e2' as "eventId", 'old' as event_id, 'stream' as event_type""",
            "platform=1/part": "'e3' as event_id, 'stream' as event_type",
        }.items():
            path = warehouse.landing / f"{name}.parquet"
            path.parent.mkdir(exist_ok=True)
            connection.execute(f"copy (select {columns}, timestamp '2026-03-01 10:00:00' as timestamp) to '{path}'")
    rows = [
        {
            "id": 1,
            "event_id": "e4",
            "event_type": "stream",
            "event_data": '{"streamId":"s"}',
            "ip_address": "203.0.113.5",
        },
        {"event_id": "e5", "event_type": "stream", "data": {"streamId": "s"}, "user_id": 7},
        {"eventId": "e6", "eventType": "stream", "data": '{"streamId":"s"}'},
    ]
    (warehouse.landing / "table.jsonl").write_bytes(jsonl({**row, "timestamp": "2026-03-01T10:00:00Z"} for row in rows))
    warehouse.load()
    assert warehouse.query(
        "select event_id, data, extra, platform, ip_address_hash is null from raw_social.events order by 1"
    ) == [
        ("e1", '{"amount":5}', '{"fileRowNumber":1}', None, True),
        ("e2", None, '{"event_id":"old"}', None, True),
        ("e3", None, None, "1", True),
        ("e4", '{"streamId":"s"}', '{"id":1}', None, False),
        ("e6", '{"streamId":"s"}', None, None, True),
    ]
    assert warehouse.query("select line_number, reason_text from raw_social.rejects") == [
        (2, "userId must be a string")
    ]


def test_values_of_types_that_json_lacks_are_what_their_writer_meant(warehouse):
    moment = dt.datetime(2026, 3, 1)
    for name, columns in {
        "numbered": {"user_id": pa.array([7]), "data": [GOOD_VIEW | {"contentId": 12}]},
        "decimal": {"user_id": [Decimal(8)], "data": [GOOD_VIEW]},
        "missing": {"data": [GOOD_VIEW | {"viewDuration": math.nan, "note": '"x":NaN'}], "price": [math.inf]},
        "bytes": {"user_id": ["é".encode()], "data": [json.dumps(GOOD_VIEW).encode()]},
        "digest": {"user_id": ["u"], "data": [GOOD_VIEW], "digest": [b"\xff"]},
        "wide": {"data": pa.array([{"amount": Decimal("1.25")}], pa.struct({"amount": pa.decimal256(39, 2)}))},
    }.items():
        kind = "purchase" if name == "wide" else "view"
        rows = {"event_id": [name], "event_type": [kind], "timestamp": [moment]} | columns
        pq.write_table(pa.table(rows), warehouse.landing / f"{name}.parquet")
    warehouse.load()
    found = warehouse.query("select event_id, user_id, data from raw_social.events")
    assert {name: (user, json.loads(data)) for name, user, data in found} == {
        "numbered": ("7", GOOD_VIEW | {"contentId": "12"}),
        "decimal": ("8", GOOD_VIEW),
        "missing": (None, GOOD_VIEW | {"viewDuration": None, "note": '"x":NaN'}),
        "bytes": ("é", GOOD_VIEW),
        "digest": ("u", GOOD_VIEW),
        "wide": (None, {"amount": 1.25}),
    }


def test_names_that_look_like_patterns_are_names(warehouse):
    for number, name in enumerate(["a[1]", "a1", "b*", "bc", "d?", "de"]):
        (warehouse.landing / f"{name}.json").write_text(json.dumps([event(number)]))
        with duckdb.connect() as connection:
            connection.execute(
                f"""copy (select 'p{number}' as event_id, 'stream' as event_type, now() as timestamp)
                to '{warehouse.landing}/{name}.parquet'"""
            )
    warehouse.load()
    assert warehouse.event_ids() == dict.fromkeys([f"{kind}{number}" for number in range(6) for kind in "ep"], 1)


def test_arrays_one_after_the_other_in_a_file_load(warehouse):
    arrays = [json.dumps([event(number), event(number + 1)]) for number in (1, 3, 5)]
    (warehouse.landing / "a.json").write_text("\n".join([arrays[0], "[]", arrays[1]]) + f",{arrays[2]}\n")
    (warehouse.landing / "b.json").write_text(json.dumps([event(7)]) + "\nan end")
    warehouse.load()
    assert warehouse.event_ids() == {f"e{number}": 1 for number in range(1, 8)}
    assert warehouse.query("select file, line_number from raw_social.rejects") == [("b.json", 2)]


def test_a_damaged_array_gives_the_elements_before_the_damage(warehouse):
    text = json.dumps([event(number) for number in range(2000)])
    (warehouse.landing / "a.json").write_text(text[: len(text) // 2])
    warehouse.load()
    found = sorted(int(event_id[1:]) for event_id in warehouse.event_ids())
    assert found == list(range(len(found))) and len(found) > 900
    assert warehouse.query("select line_number, reason_code from raw_social.rejects") == [
        (len(found) + 1, "invalid_json")
    ]


def test_no_clear_address_agent_or_listed_property_reaches_a_table_or_the_state_folder(warehouse):
    marks = ["203.0.113.77", "CanaryAgent/9", "canary@example.org", "canary-password"]
    line = event(
        1, ipAddress=marks[0], userAgent=marks[1], data={**GOOD_VIEW, "x": [{"email": marks[2], "password": marks[3]}]}
    )
    broken = json.dumps({**line, "timestamp": "never"})
    (warehouse.landing / "a.jsonl").write_text(json.dumps(line) + "\n" + broken + "\n" + broken[:-3] + "\n")
    spill = warehouse.settings.state_dir / "spill"
    spill.mkdir(parents=True)
    # What a load that is killed under a small memory limit leaves.
    (spill / "duckdb_temp_storage_DEFAULT-0.tmp").write_text(json.dumps(line))
    warehouse.load()
    assert warehouse.reasons() == {"invalid_timestamp": 1, "invalid_json": 1}
    stored = [path for path in warehouse.settings.warehouse_dir.rglob("*") if path.is_file()]
    text = str([warehouse.query(f"from raw_social.{table}") for table in ("events", "rejects", "files")])
    for mark in marks:
        assert mark not in text
        for path in stored:
            assert mark.encode() not in path.read_bytes(), path


def test_objects_over_several_lines_and_exports_that_hold_a_list_are_read(warehouse):
    """An event of the app may hold a list of that name itself: it stays an event."""
    many = "\n".join(json.dumps(event(number), indent=2) for number in (1, 2, 3))
    (warehouse.landing / "many.json").write_text(many + "\n")
    (warehouse.landing / "cut.json").write_text(json.dumps(event(4), indent=2) + "\n" + many[:-9])
    (warehouse.landing / "export.json").write_text(json.dumps({"events": [event(5), event(6)], "total": 2}))
    (warehouse.landing / "answer.json").write_text(json.dumps({"next": None, "data": [event(7)]}, indent=1))
    (warehouse.landing / "empty.json").write_text('{"events": []}')
    (warehouse.landing / "one.json").write_text(json.dumps(event(8, events=[1])))
    result = warehouse.load()
    assert set(warehouse.event_ids()) == {f"e{number}" for number in range(1, 9)}
    assert warehouse.query("select file, line_number, reason_code from raw_social.rejects") == [
        ("cut.json", 4, "invalid_json")
    ]
    assert result.rows_read == 3 + 4 + 2 + 1 + 1


def test_tables_whose_names_are_all_in_small_or_in_large_letters_load(warehouse):
    for number, case in enumerate((str.lower, str.upper), 1):
        row = event(number, userId=7) | {"data": json.dumps(GOOD_VIEW)}
        pq.write_table(
            pa.Table.from_pylist([{case(k): v for k, v in row.items()}]), warehouse.landing / f"{number}.parquet"
        )
    warehouse.load()
    assert warehouse.query(
        "select distinct user_id, platform, data::json ->> 'contentId', extra from raw_social.events"
    ) == [("7", "web", "p", None)]
    assert warehouse.event_ids() == {"e1": 1, "e2": 1}
    assert parquet_files._keys(["event_id", "eventid", "EVENT_DATA", "my_own", "URL"]) == {
        "event_id": "event_id", "eventid": "eventId", "EVENT_DATA": "data", "my_own": "myOwn", "URL": "URL"
    }  # fmt: skip

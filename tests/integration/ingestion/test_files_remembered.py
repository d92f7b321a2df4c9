"""Nothing is loaded twice and nothing new is missed, however files grow, move or are written over."""

import gzip
import json
import os
import time

import pytest

from ingestion.engine import connect
from ingestion.files import SETTLED_NS
from tests.integration.ingestion.conftest import event, jsonl


def test_a_second_run_on_unchanged_input_loads_nothing(warehouse):
    (warehouse.landing / "a.jsonl").write_bytes(jsonl(event(n) for n in range(10)))
    assert warehouse.load().rows_loaded == 10
    again = warehouse.load()
    assert (again.status, again.files_read, again.load_ids) == ("unchanged", 0, [])


def test_a_grown_file_is_read_on_from_its_last_whole_line(warehouse):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1)]) + json.dumps(event(2)).encode()[:20])
    assert warehouse.load().rows_loaded == 1
    path.write_bytes(jsonl([event(1), event(2), event(3)]))
    assert warehouse.load().rows_loaded == 2
    assert warehouse.event_ids() == {"e1": 1, "e2": 1, "e3": 1}
    assert warehouse.query("select event_id, line_number from raw_social.events order by 1") == [
        ("e1", 1),
        ("e2", 2),
        ("e3", 3),
    ]
    assert not warehouse.reasons()


def test_a_whole_last_line_without_line_end_loads_at_once_and_only_once(warehouse):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1)]).rstrip(b"\n"))
    assert warehouse.load().rows_loaded == 1
    path.write_bytes(jsonl([event(1), event(2)]))
    warehouse.load()
    assert warehouse.query("select event_id, line_number from raw_social.events order by 1") == [("e1", 1), ("e2", 2)]


def test_half_a_line_in_a_settled_file_is_rejected_once_and_still_loads_when_it_is_finished(warehouse):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1)]) + b'{"eventId":"e2"')
    old = time.time_ns() - 2 * SETTLED_NS
    os.utime(path, ns=(old, old))
    warehouse.load()
    assert warehouse.reasons() == {"incomplete_line": 1}
    warehouse.load()
    assert warehouse.reasons() == {"incomplete_line": 1}
    path.write_bytes(jsonl([event(1), event(2)]))
    warehouse.load()
    assert warehouse.event_ids() == {"e1": 1, "e2": 1}


def test_a_pending_half_line_is_rejected_once_its_file_has_settled(warehouse):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1)]) + b'{"eventId"')
    warehouse.load()
    assert not warehouse.reasons()
    old = time.time_ns() - 2 * SETTLED_NS
    os.utime(path, ns=(old, old))
    warehouse.load()
    assert warehouse.reasons() == {"incomplete_line": 1}


def test_a_file_written_over_with_the_same_size_and_time_is_read_again(warehouse):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1)]))
    times = path.stat()
    warehouse.load()
    path.write_bytes(jsonl([event(2)]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    warehouse.load()
    assert set(warehouse.event_ids()) == {"e1", "e2"}


def test_a_new_file_with_an_old_modification_time_is_read(warehouse):
    (warehouse.landing / "a.jsonl").write_bytes(jsonl([event(1)]))
    warehouse.load()
    late = warehouse.landing / "late.jsonl"
    late.write_bytes(jsonl([event(2)]))
    os.utime(late, (0, 0))
    warehouse.load()
    assert set(warehouse.event_ids()) == {"e1", "e2"}


def test_a_truncated_file_is_read_again_whole_and_what_was_loaded_stays(warehouse):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1), event(2), event(3)]))
    warehouse.load()
    path.write_bytes(jsonl([event(4)]))
    warehouse.load()
    assert set(warehouse.event_ids()) == {"e1", "e2", "e3", "e4"}


def test_a_deleted_file_costs_nothing(warehouse):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1)]))
    warehouse.load()
    path.unlink()
    warehouse.load()
    assert set(warehouse.event_ids()) == {"e1"}


def test_a_rotated_file_is_known_by_its_content(warehouse):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1), event(2)]))
    warehouse.load()
    path.rename(warehouse.landing / "a.1.jsonl")
    path.write_bytes(jsonl([event(3)]))
    assert warehouse.load().rows_loaded == 1
    moved = warehouse.landing / "a.1.jsonl"
    moved.write_bytes(moved.read_bytes() + jsonl([event(4)]))
    assert warehouse.load().rows_loaded == 1
    assert warehouse.event_ids() == {"e1": 1, "e2": 1, "e3": 1, "e4": 1}


def test_a_touched_file_with_the_same_content_is_not_loaded_again(warehouse):
    path = warehouse.landing / "a.jsonl.gz"
    path.write_bytes(gzip.compress(jsonl([event(1)])))
    warehouse.load()
    os.utime(path)
    assert warehouse.load().rows_loaded == 0


def test_a_gzip_that_arrives_whole_after_a_truncated_one_is_read_again(warehouse):
    path = warehouse.landing / "a.jsonl.gz"
    whole = gzip.compress(jsonl(event(n) for n in range(3000)))
    path.write_bytes(whole[: len(whole) // 2])
    warehouse.load()
    path.write_bytes(whole)
    warehouse.load()
    assert set(warehouse.event_ids()) == {f"e{n}" for n in range(3000)}


@pytest.mark.parametrize(
    "name", ["sp ace.jsonl", "quo'te.jsonl", 'dou"ble;.jsonl', "{{7}}.jsonl", "%s.jsonl", "ünï.jsonl"]
)
def test_odd_file_names_load_under_their_own_name(warehouse, name):
    (warehouse.landing / name).write_bytes(jsonl([event(1)]) + b"broken\n")
    warehouse.load()
    assert warehouse.query("select file from raw_social.files") == [(name,)]
    assert warehouse.query("select file from raw_social.rejects") == [(name,)]


def test_a_column_that_came_after_the_last_load_is_made_without_a_new_file(warehouse):
    (warehouse.landing / "a.jsonl").write_bytes(jsonl([event(1)]))
    warehouse.load()
    with connect(warehouse.settings, warehouse.settings.database_path) as connection:
        connection.execute("alter table raw_social.events drop column platform")
    assert warehouse.load().status == "unchanged"
    assert warehouse.query("select platform from raw_social.events") == [(None,)]
    (warehouse.landing / "b.jsonl").write_bytes(jsonl([event(2)]))
    warehouse.load()
    assert warehouse.query("select event_id, platform from raw_social.events order by 1") == [
        ("e1", None),
        ("e2", "web"),
    ]


def test_an_empty_landing_folder_still_makes_the_tables(warehouse):
    warehouse.load()
    assert warehouse.event_ids() == {}
    assert warehouse.load().status == "unchanged"


def test_a_file_in_utf16_is_one_reject_until_it_changes(warehouse):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1), event(2)]).decode().encode("utf-16"))
    assert warehouse.load().rows_rejected == 1
    assert warehouse.load().status == "unchanged"
    with path.open("ab") as stream:
        stream.write(jsonl([event(3)]).decode().encode("utf-16-le"))
    assert warehouse.load().rows_rejected == 1
    path.write_bytes(jsonl([event(1)]))
    warehouse.load()
    assert warehouse.event_ids() == {"e1": 1}

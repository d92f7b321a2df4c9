"""After a fix, rejected lines are taken in again, each once."""

import gzip
import hashlib
import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion import social
from ingestion.lines import RAW_TEXT_BYTES
from ingestion.registry import SOURCES
from ingestion.replay import replay_rejects
from ingestion.settings import Secret
from tests.integration.ingestion.conftest import event, jsonl

# The fix: times without a zone are UTC from now on.
FIXED = replace(
    social.EVENTS,
    extract_sql=social.EVENTS.extract_sql.replace("parse_timestamp(v.timestamp)", "try_cast(v.timestamp as timestamp)"),
)


def test_what_passes_after_a_fix_loads_under_its_line_and_what_fails_keeps_one_reject(warehouse):
    (warehouse.landing / "a.jsonl").write_bytes(
        jsonl([event(1), event(2, timestamp="2026-03-01T10:00:00", ipAddress="203.0.113.9"), event(3, userId=5)])
    )
    warehouse.load()
    assert sum(warehouse.reasons().values()) == 2
    unchanged = SOURCES["social"].replay(warehouse.settings)
    assert (unchanged.rows_read, unchanged.rows_loaded, unchanged.rows_rejected) == (2, 0, 2)
    # A load without files: the check of rejects in the newest load has nothing to hold against it (docs/runbook.md).
    newest = "(select max_by(load_id, inserted_at) from raw_social._dlt_loads)"
    assert warehouse.query(f"select count(*) from raw_social.files where _dlt_load_id = {newest}") == [(0,)]

    result = replay_rejects(warehouse.settings, "social", [FIXED])
    assert (result.rows_read, result.rows_loaded, result.rows_rejected) == (2, 1, 1)
    warehouse.assert_conserved()
    assert warehouse.query("select event_id, line_number from raw_social.events order by 1") == [("e1", 1), ("e2", 2)]
    # The address was hashed at the door; the replay keeps that digest.
    assert warehouse.query("select count(ip_address_hash), count(distinct pii_key_id) from raw_social.events") == [
        (2, 1)
    ]
    assert warehouse.query("select count(distinct strlen(ip_address_hash)) from raw_social.events") == [(1,)]

    assert replay_rejects(warehouse.settings, "social", [FIXED]).rows_loaded == 0
    assert sum(warehouse.reasons().values()) == 2


def test_a_replay_after_a_new_key_names_the_key_of_the_stored_digest(warehouse):
    """Else nobody could tell which hashes a key that leaked gives away."""
    warehouse.landing.joinpath("a.jsonl").write_bytes(jsonl([event(1), event(2, timestamp="2026-03-01T10:00:00")]))
    warehouse.load()
    renewed = replace(warehouse.settings, pii_hash_key=Secret("another key, as long as it must be"))
    assert replay_rejects(renewed, "social", [FIXED]).rows_loaded == 1
    assert warehouse.query("select count(*), count(distinct pii_key_id) from raw_social.events") == [(2, 1)]


def test_what_only_begins_like_a_digest_is_hashed_like_any_other_text(warehouse):
    agents = ["hmac:", "hmac:ann@example.com", "hmac:0123456789abcdef:ann"]
    lines = [event(number, userAgent=agent) for number, agent in enumerate(agents)]
    rejected = [{**line, "eventId": f"r{line['eventId']}", "timestamp": "2026-03-01T10:00:00"} for line in lines]
    warehouse.landing.joinpath("a.jsonl").write_bytes(jsonl([*lines, *rejected]))
    warehouse.load()
    assert replay_rejects(warehouse.settings, "social", [FIXED]).rows_loaded == 3
    digest = "^[0-9a-f]{64}$"
    assert warehouse.query(
        f"""select count(*) filter (where regexp_matches(user_agent_hash, '{digest}')),
            count(distinct user_agent_hash), count(distinct pii_key_id) from raw_social.events"""
    ) == [(6, 3, 1)]
    assert warehouse.query("select count(*) from raw_social.rejects where raw_text like '%ann%'") == [(0,)]


def test_a_reject_without_stored_text_is_read_from_its_file(warehouse):
    (warehouse.landing / "a.jsonl").write_bytes(jsonl([event(1), event(2, timestamp="2026-03-01T10:00:00")]))
    silent = replace(social.EVENTS, keeps_text=lambda settings: False)
    from ingestion.pipeline import run_files

    run_files(warehouse.settings, "social", [silent])
    assert warehouse.query("select raw_text from raw_social.rejects") == [(None,)]
    fixed = replace(silent, extract_sql=FIXED.extract_sql)
    assert replay_rejects(warehouse.settings, "social", [fixed]).rows_loaded == 1
    assert set(warehouse.event_ids()) == {"e1", "e2"}


def test_bytes_that_are_no_text_are_not_taken_in_with_replacements(warehouse):
    (warehouse.landing / "a.jsonl").write_bytes(jsonl([event(1), event(2, userId="?")]).replace(b'"?"', b'"\xff\xfe"'))
    warehouse.load()
    assert warehouse.reasons() == {"invalid_utf8": 1}
    result = SOURCES["social"].replay(warehouse.settings)
    assert (result.rows_read, result.rows_loaded, result.rows_rejected) == (1, 0, 1)


def test_a_replay_of_an_empty_warehouse_does_nothing(warehouse):
    assert SOURCES["social"].replay(warehouse.settings).status == "unchanged"


def long_event(number):
    """Rejected, and longer than the text that is kept of it."""
    return event(number, timestamp="2026-03-01T10:00:00", data={**event(number)["data"], "pad": "y" * RAW_TEXT_BYTES})


def test_lines_whose_text_was_cut_are_read_from_files_of_every_form_also_from_damaged_ones(warehouse):
    folder = warehouse.landing
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("a.jsonl").write_bytes(jsonl([event(1), long_event(2), long_event(3)])[:-1])
    folder.joinpath("b.jsonl.gz").write_bytes(gzip.compress(jsonl([long_event(4), long_event(5)])[:-1]))
    folder.joinpath("c.json").write_text(json.dumps([event(6), long_event(7)], indent=1))
    rows = [{**item, "data": json.dumps(item["data"])} for item in (event(8), long_event(9))]
    pq.write_table(pa.Table.from_pylist(rows), folder / "d.parquet")
    noise = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(200))
    packed = gzip.compress(jsonl([long_event(10), event(11, data={**event(11)["data"], "noise": noise})]))
    folder.joinpath("e.jsonl.gz").write_bytes(packed[:-2000])
    warehouse.load()
    assert warehouse.reasons() == {"invalid_timestamp": 7, "truncated_file": 1}
    assert replay_rejects(warehouse.settings, "social", [FIXED]).rows_loaded == 7
    warehouse.assert_conserved()
    assert set(warehouse.event_ids()) == {f"e{number}" for number in range(1, 11)}


def test_a_file_that_holds_something_else_by_now_closes_no_reject(warehouse):
    path = warehouse.landing / "a.jsonl"
    path.write_bytes(jsonl([event(1), long_event(2)]))
    warehouse.load()
    path.write_bytes(jsonl([event(3), event(4)]))
    warehouse.load()
    assert replay_rejects(warehouse.settings, "social", [FIXED]).rows_loaded == 0
    assert warehouse.event_ids() == {"e1": 1, "e3": 1, "e4": 1}

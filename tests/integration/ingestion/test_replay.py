"""After a fix, rejected lines are taken in again, each once."""

from dataclasses import replace

from ingestion import social
from ingestion.registry import SOURCES
from ingestion.replay import replay_rejects
from tests.integration.ingestion.conftest import event, jsonl


def test_what_passes_after_a_fix_loads_under_its_line_and_what_fails_keeps_one_reject(warehouse):
    (warehouse.landing / "a.jsonl").write_bytes(
        jsonl([event(1), event(2, timestamp="2026-03-01T10:00:00", ipAddress="203.0.113.9"), event(3, userId=5)])
    )
    warehouse.load()
    assert sum(warehouse.reasons().values()) == 2
    unchanged = SOURCES["social"].replay(warehouse.settings)
    assert (unchanged.rows_read, unchanged.rows_loaded, unchanged.rows_rejected) == (2, 0, 2)

    # The fix: times without a zone are UTC from now on.
    fixed = replace(
        social.EVENTS,
        extract_sql=social.EVENTS.extract_sql.replace(
            "parse_timestamp(v.timestamp)", "try_cast(v.timestamp as timestamp)"
        ),
    )
    result = replay_rejects(warehouse.settings, "social", [fixed])
    assert (result.rows_read, result.rows_loaded, result.rows_rejected) == (2, 1, 1)
    warehouse.assert_conserved()
    assert warehouse.query("select event_id, line_number from raw_social.events order by 1") == [("e1", 1), ("e2", 2)]
    # The address was hashed at the door; the replay keeps that digest.
    assert warehouse.query("select count(ip_address_hash), count(distinct pii_key_id) from raw_social.events") == [
        (2, 1)
    ]
    assert warehouse.query("select count(distinct strlen(ip_address_hash)) from raw_social.events") == [(1,)]

    assert replay_rejects(warehouse.settings, "social", [fixed]).rows_loaded == 0
    assert sum(warehouse.reasons().values()) == 2


def test_a_reject_without_stored_text_is_read_from_its_file(warehouse):
    (warehouse.landing / "a.jsonl").write_bytes(jsonl([event(1), event(2, timestamp="2026-03-01T10:00:00")]))
    silent = replace(social.EVENTS, keeps_text=lambda settings: False)
    from ingestion.pipeline import run_files

    run_files(warehouse.settings, "social", [silent])
    assert warehouse.query("select raw_text from raw_social.rejects") == [(None,)]
    fixed = replace(
        silent,
        extract_sql=silent.extract_sql.replace("parse_timestamp(v.timestamp)", "try_cast(v.timestamp as timestamp)"),
    )
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

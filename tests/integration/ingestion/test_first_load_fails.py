"""A source that fails before its first load leaves empty tables: what is built on the others goes on."""

import pytest

from ingestion import pipeline
from ingestion.registry import SOURCES
from ingestion.settings import Settings
from tests.integration.ingestion.conftest import event, jsonl


def test_a_disk_that_cannot_hold_the_simulated_sources_is_named(tmp_path, monkeypatch):
    def refuse(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ingestion.simulator.generate", refuse)
    with pytest.raises(pipeline.IngestError, match=r"social: .*No space left.* See docs/runbook\.md"):
        SOURCES["social"].run(Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)}))


def test_an_error_without_a_word_is_named_by_its_kind():
    with pytest.raises(pipeline.IngestError, match=r"social: TimeoutError\."), pipeline.explained("social"):
        raise TimeoutError


def test_the_tables_exist_after_a_failed_first_load_and_take_the_next_one(warehouse, monkeypatch):
    (warehouse.landing / "a.jsonl").write_bytes(jsonl([event(1)]) + b"broken\n")

    def refuse(*args, **options):
        raise RuntimeError("the converter is broken")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "Converter", refuse)
        with pytest.raises(pipeline.IngestError, match="RuntimeError"):
            SOURCES["social"].run(warehouse.settings)
    assert warehouse.event_ids() == {}
    assert warehouse.query("select count(*) from raw_social.files") == [(0,)]

    warehouse.load()
    assert warehouse.event_ids() == {"e1": 1}
    assert warehouse.reasons() == {"invalid_json": 1}
    assert warehouse.load().status == "unchanged"

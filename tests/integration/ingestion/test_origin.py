"""Simulated and real data never stand in one warehouse."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion import origin
from ingestion.collect.clock import SimulatedClock
from ingestion.collect.collection import Collector, collected_dir
from ingestion.pipeline import IngestError
from ingestion.registry import SOURCES
from ingestion.settings import Settings
from tests.integration.ingestion.conftest import Warehouse, event, jsonl


def simulated(tmp_path):
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})
    assert settings.is_simulated
    return Warehouse(settings)


def real(tmp_path):
    landing = tmp_path / "real"
    (landing / "social").mkdir(parents=True, exist_ok=True)
    (landing / "social/a.jsonl").write_bytes(jsonl([event(2)]))
    return Warehouse(Settings.from_env({"WAREHOUSE_DIR": str(tmp_path), "LANDING_DIR": str(landing)}))


def test_configuring_a_source_sets_the_simulated_warehouse_aside(tmp_path, monkeypatch):
    first = simulated(tmp_path)
    first.landing.mkdir(parents=True)
    (first.landing / "s.jsonl").write_bytes(jsonl([event(1)]))
    first.load()
    assert set(first.event_ids()) == {"e1"}
    second = real(tmp_path)
    with monkeypatch.context() as killed:
        killed.setattr(Path, "replace", lambda self, target: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            second.load()
    # The old file never goes before its packages: without it, they would be finished into the new one.
    assert first.settings.database_path.exists() and not (first.settings.state_dir / "dlt").exists()
    second.load()
    assert set(second.event_ids()) == {"e2"}
    assert (tmp_path / "warehouse.simulated.duckdb").exists()
    assert second.load().status == "unchanged"


def test_real_data_is_never_replaced_by_simulated_data(tmp_path):
    before = real(tmp_path)
    before.load()
    clock = SimulatedClock(datetime(2026, 3, 1, tzinfo=UTC))
    with Collector(before.settings, "twitch", clock) as collector, collector.collection("clips", "1") as clips:
        clips.add([{"id": "not loaded yet"}])
    waiting = {path: path.read_bytes() for path in collected_dir(before.settings, "twitch").rglob("*.jsonl")}
    for source in ("social", "twitch"):
        with pytest.raises(IngestError, match="WAREHOUSE_DIR"):
            SOURCES[source].run(Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)}))
    assert set(before.event_ids()) == {"e2"}
    # Nothing simulated was made, and nothing that a platform gave was taken away, for the next night to load.
    assert not before.settings.simulated_dir.exists()
    assert waiting == {path: path.read_bytes() for path in collected_dir(before.settings, "twitch").rglob("*.jsonl")}
    with pytest.raises(origin.MixedOriginError):
        origin.check(Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)}))


@pytest.mark.parametrize("harm", ["lost", "emptied", "older"])
def test_the_file_itself_says_what_it_holds_when_the_note_is_gone(tmp_path, harm):
    def spoil(settings, older):
        if harm == "lost":
            shutil.rmtree(settings.state_dir)
        else:
            (settings.state_dir / "sources").write_text(older if harm == "older" else "")

    first = simulated(tmp_path)
    first.landing.mkdir(parents=True)
    (first.landing / "s.jsonl").write_bytes(jsonl([event(1)]))
    first.load()
    assert origin.holds_simulated(real(tmp_path).settings)
    older = (first.settings.state_dir / "sources").read_text()
    spoil(first.settings, "configured")
    second = real(tmp_path)
    second.load()
    assert set(second.event_ids()) == {"e2"}
    spoil(second.settings, older)
    assert second.load().status == "unchanged"
    assert set(second.event_ids()) == {"e2"}
    spoil(second.settings, older)
    with pytest.raises(IngestError, match="WAREHOUSE_DIR"):
        first.load()

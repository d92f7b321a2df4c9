"""Simulated and real data never stand in one warehouse."""

import pytest

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


def test_configuring_a_source_sets_the_simulated_warehouse_aside(tmp_path):
    first = simulated(tmp_path)
    first.landing.mkdir(parents=True)
    (first.landing / "s.jsonl").write_bytes(jsonl([event(1)]))
    first.load()
    assert set(first.event_ids()) == {"e1"}
    second = real(tmp_path)
    second.load()
    assert set(second.event_ids()) == {"e2"}
    assert (tmp_path / "warehouse.simulated.duckdb").exists()
    assert second.load().status == "unchanged"


def test_real_data_is_never_replaced_by_simulated_data(tmp_path):
    before = real(tmp_path)
    before.load()
    with pytest.raises(IngestError, match="WAREHOUSE_DIR"):
        SOURCES["social"].run(Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)}))
    assert set(before.event_ids()) == {"e2"}

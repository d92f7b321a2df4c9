from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.expectations import warehouse


@pytest.fixture(scope="session")
def sound_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse that passes every check. Read-only: copy it before a change."""
    path = tmp_path_factory.mktemp("sound") / "warehouse.duckdb"
    warehouse.build(path)
    return path


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All tables, no rows: a warehouse before its first input."""
    path = tmp_path_factory.mktemp("empty") / "warehouse.duckdb"
    warehouse.build(path, days=0)
    return path

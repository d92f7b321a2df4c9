"""One warehouse with a first load, made once; every test breaks a copy of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.support import Faulty, copy_warehouse, lines, settings_at


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Faulty:
    """Two files loaded; do not change it."""
    warehouse = Faulty(settings_at(tmp_path_factory.mktemp("loaded")))
    warehouse.write("a.jsonl", lines(0, 40) + "broken\n\n")
    warehouse.write("b.jsonl", lines(40, 60))
    warehouse.load()
    return warehouse


@pytest.fixture
def fresh(tmp_path: Path) -> Faulty:
    """Input, and no warehouse yet."""
    warehouse = Faulty(settings_at(tmp_path))
    warehouse.write("a.jsonl", lines(0, 40) + "broken\n\n")
    warehouse.write("b.jsonl", lines(40, 60))
    return warehouse


@pytest.fixture
def grown(loaded: Faulty, tmp_path: Path) -> Faulty:
    """A warehouse with a first load whose input has grown: more lines in one file, and a new file."""
    warehouse = copy_warehouse(loaded.settings, tmp_path)
    warehouse.write("a.jsonl", lines(60, 75) + "\n")
    warehouse.write("c.jsonl", lines(75, 90) + "also broken\n")
    return warehouse

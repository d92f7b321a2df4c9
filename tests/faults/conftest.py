"""One warehouse with a first load, made once; every test breaks a copy of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingestion.engine import connect
from orchestration.publication import publish
from tests.faults.support import Faulty, copy_warehouse, lines, settings_at


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Faulty:
    """Two files loaded, and a publication with one small mart; do not change it."""
    warehouse = Faulty(settings_at(tmp_path_factory.mktemp("loaded")))
    warehouse.write("a.jsonl", lines(0, 40) + "broken\n\n")
    warehouse.write("b.jsonl", lines(40, 60))
    warehouse.load()
    with connect(warehouse.settings, warehouse.settings.database_path) as connection:
        connection.execute("create schema social")
        connection.execute("create table social.agg as select i, sha256(i::varchar) as text from range(20000) as r(i)")
    publish(warehouse.settings)
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


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Mounts for one test: `mount("-t", "tmpfs", ..., folder)`. Without the right to mount, the test is skipped."""
    mounted: list[str] = []

    def do(*arguments: str | Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("mounting a small or read-only file system needs root")
        done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip("mounting is not allowed here")
        mounted.append(str(arguments[-1]))

    yield do
    for folder in dict.fromkeys(reversed(mounted)):
        subprocess.run(["umount", folder], check=True)

"""`python scripts/compact.py`, which the runbook names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingestion.engine import BUILD_FORMAT
from ingestion.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A build file of an older format, most of it room of rows that were deleted."""
    found = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / "wh")})
    found.warehouse_dir.mkdir()
    with duckdb.connect(str(found.database_path)) as connection:
        connection.execute("create schema social")
        connection.execute(
            "create table social.agg as select range as n, sha256(range::varchar) as text from range(300000)"
        )
        connection.execute("comment on table social.agg is 'Numbers.'")
        connection.execute("create view social.shown as select count(*) as rows from social.agg")
        connection.execute("delete from social.agg where n >= 100")
    return found


def compacted(settings: Settings) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/compact.py"],
        cwd=ROOT,
        env={**os.environ, "WAREHOUSE_DIR": str(settings.warehouse_dir)},
        capture_output=True,
        text=True,
        check=False,
    )


def contents(settings: Settings) -> tuple[object, ...]:
    with duckdb.connect(str(settings.database_path), read_only=True) as connection:
        return (
            connection.execute("from social.agg order by n").fetchall(),
            connection.execute("from social.shown").fetchall(),
            connection.execute("select comment from duckdb_tables()").fetchall(),
        )


def test_what_the_file_holds_stays_and_its_room_and_old_format_go(settings: Settings) -> None:
    before, size = contents(settings), settings.database_path.stat().st_size
    done = compacted(settings)
    assert done.returncode == 0, done.stderr
    assert contents(settings) == before
    after = settings.database_path.stat().st_size
    assert after < size / 2
    assert done.stdout == f"{settings.database_path}: {size:,} bytes before, {after:,} after\n"
    with duckdb.connect(str(settings.database_path), read_only=True) as connection:
        kind = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where not internal"
        ).fetchone()
    assert kind == (f"{BUILD_FORMAT}+",)
    assert sorted(path.name for path in settings.warehouse_dir.iterdir() if path.is_file()) == ["warehouse.duckdb"]


def test_a_file_that_cannot_be_copied_stays_as_it_was(settings: Settings) -> None:
    damaged = settings.database_path.read_bytes()[:20_000]
    settings.database_path.write_bytes(damaged)
    done = compacted(settings)
    assert done.returncode == 1
    assert "The build file stays as it was." in done.stderr
    assert settings.database_path.read_bytes() == damaged

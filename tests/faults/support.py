"""A tiny landing folder with a known answer, processes that die where they are told to, and the oracle of every fault.

The oracle: after the fault and one more run, the committed rows are exactly the lines of the input (each once), and
for every file lines read = rows loaded + rejected + blank.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingestion.engine import connect
from ingestion.pipeline import LoadResult
from ingestion.registry import SOURCES
from ingestion.settings import Settings
from tests.dbt_command import run_forked
from tests.faults import signalled

ROOT = Path(__file__).resolve().parents[2]


def line(number: int, **changes: Any) -> str:
    """A valid social event as a line of a file."""
    event = {
        "eventId": f"e{number}",
        "eventType": "view",
        "userId": f"u{number % 7}",
        "sessionId": f"s{number % 11}",
        "timestamp": f"2026-03-{1 + number % 28:02d}T10:{number % 60:02d}:00Z",
        "schemaVersion": "1.0.0",
        "platform": "web",
        "userAgent": "Agent/1",
        "ipAddress": f"203.0.113.{number % 200}",
        "data": {"contentType": "post", "contentId": f"p{number % 5}"},
    }
    return json.dumps({**event, **changes}) + "\n"


def lines(first: int, last: int) -> str:
    return "".join(line(number) for number in range(first, last))


@dataclass(frozen=True)
class Faulty:
    """A warehouse with a landing folder of social events, on which things go wrong."""

    settings: Settings

    @property
    def landing(self) -> Path:
        return self.settings.landing_dir / "social"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "WAREHOUSE_DIR": str(self.settings.warehouse_dir),
            "LANDING_DIR": str(self.settings.landing_dir),
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
        }

    def write(self, name: str, text: str) -> None:
        self.landing.mkdir(parents=True, exist_ok=True)
        with (self.landing / name).open("a") as stream:
            stream.write(text)

    def load(self) -> LoadResult:
        return SOURCES["social"].run(self.settings)

    def command(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """`python -m ingestion.social` in a process of its own."""
        return run([sys.executable, "-m", "ingestion.social", *arguments], {**self.environment, **variables})

    def stop(self, sent: signal.Signals, target: str, when: str, number: int = 1) -> subprocess.CompletedProcess[str]:
        """The same command, which gets a signal before or after the n-th call of `target` ("module:Class.function")."""
        arguments = [str(int(sent)), target, when, str(number), "ingestion.social"]
        return run([sys.executable, "-m", signalled.__name__, *arguments], self.environment)

    def die(self, target: str, when: str, number: int = 1) -> None:
        """The same command, killed there."""
        done = killed([target, when, str(number), "ingestion.social"], self.environment)
        assert done.returncode == -signal.SIGKILL, f"{target} was not reached:\n{done.stdout}"

    def assert_published(self) -> None:
        """The publication of the fixture is there, whole, and opens without the build file."""
        assert rows_of(self.settings.published_path, "select count(*), count(distinct text) from social.agg") == [
            (20000, 20000)
        ]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with connect(self.settings, self.settings.database_path, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def assert_holds_the_input(self) -> None:
        """Every line of the landing folder is committed once, as a row, a reject or a blank line, and nothing else is."""
        good: Counter[str] = Counter()
        bad = blank = read = 0
        for path in self.landing.rglob("*.jsonl"):
            for text in path.read_text().splitlines():
                read += 1
                if not text.strip():
                    blank += 1
                elif text.startswith("{"):
                    good[json.loads(text)["eventId"]] += 1
                else:
                    bad += 1
        committed = "_dlt_load_id in (select load_id from raw_social._dlt_loads where status = 0)"
        rows = self.query(f"select event_id from raw_social.events where {committed}")
        assert Counter(row[0] for row in rows) == good
        assert self.query(f"select count(*), count(distinct reject_id) from raw_social.rejects where {committed}") == [
            (bad, bad)
        ]
        files = self.query(
            f"select lines_read, rows_loaded, rows_rejected, rows_blank from raw_social.files where {committed}"
        )
        assert all(row[0] == sum(row[1:]) for row in files)
        assert [sum(column) for column in zip(*files, strict=True)] == [read, good.total(), bad, blank]
        assert self.query("select count(*) = count(distinct load_id) from raw_social._dlt_loads") == [(True,)]

    def assert_nothing_is_pending(self) -> None:
        """No half-done package, no spooled rows and no second memory of the input stay behind."""
        memory = self.settings.state_dir / "dlt" / "ingest_social"
        known = {"state.json", "trace.pickle", "schemas/social.schema.json", "load/.version", "normalize/.version"}
        folders = {"schemas", "load", "load/new", "load/normalized", "load/loaded", "normalize", "normalize/extracted"}
        left = {str(path.relative_to(memory)) for path in memory.rglob("*")} - known - folders
        assert not left, left
        assert not list((self.settings.state_dir / "spool").rglob("*.parquet"))


def copy_warehouse(source: Settings, target: Path) -> Faulty:
    """A warehouse folder and its landing folder, copied with their times; both lie in one folder."""
    shutil.copytree(source.warehouse_dir.parent, target, dirs_exist_ok=True, copy_function=shutil.copy2)
    return Faulty(settings_at(target))


def fill(warehouse: Faulty, free: int) -> Path:
    """Take all space of the warehouse's file system but `free` bytes; returns the file that takes it."""
    filler = warehouse.settings.warehouse_dir / "filler"
    size = shutil.disk_usage(warehouse.settings.warehouse_dir).free - free
    filler.write_bytes(b"\0" * max(size, 0))
    return filler


def settings_at(folder: Path, **variables: str) -> Settings:
    for name in ("social", "conversations"):
        (folder / "landing" / name).mkdir(parents=True, exist_ok=True)
    return Settings.from_env(
        {"WAREHOUSE_DIR": str(folder / "warehouse"), "LANDING_DIR": str(folder / "landing"), **variables}
    )


def run(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def killed(arguments: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`tests.faults.signalled` with SIGKILL, which leaves a forked process as little to do as one of its own."""
    return run_forked(signalled.main, [str(int(signal.SIGKILL)), *arguments], environment, ROOT)


def rows_of(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Read a database file as an analyst does."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()

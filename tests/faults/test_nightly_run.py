"""Whole runs: hostile names, secrets, no network, Ctrl-C, a failed check. They share one warehouse, in this order."""

from __future__ import annotations

import csv
import fcntl
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from tests.faults import nightly
from tests.faults.nightly import CANARIES, HOSTILE, Nightly
from tests.faults.support import ROOT, line, rows_of, run
from tests.unit.reports.page_reader import PageReader, read_page

pytestmark = pytest.mark.xdist_group("nightly run")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Nightly:
    """After a first nightly run with all but the loopback network blocked."""
    made = nightly.make(tmp_path_factory.mktemp("nightly"))
    done = run(made.command, made.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    (made.folder / "first.txt").write_text(done.stdout + done.stderr)
    return made


@pytest.fixture(scope="module")
def pages(built: Nightly) -> dict[str, PageReader]:
    return {path.name: read_page(path) for path in built.settings.reports_dir.glob("*.html")}


def test_a_run_reaches_for_no_network(built: Nightly) -> None:
    assert built.connections == ""
    # The block is in force in the processes of a run.
    probe = run(
        [built.command[0], "-c", "import socket; socket.create_connection(('203.0.113.1', 80))"],
        {**built.environment, "CONNECTIONS": str(built.folder / "probe")},
    )
    assert probe.returncode == 1 and (built.folder / "probe").read_text() == "203.0.113.1\n"


def test_every_line_is_a_row_or_a_reject(built: Nightly) -> None:
    found = rows_of(
        built.settings.published_path,
        "select source, sum(rows_read), sum(rows_loaded), sum(rows_rejected), bool_and(is_conserved) "
        "from ops.fct_loads group by all order by all",
    )
    assert found == [("conversations", 44, 43, 1, True), ("social", 122, 120, 2, True)]
    users = {row[0] for row in rows_of(built.settings.published_path, "select distinct user_id from social.fct_events")}
    assert users == set(HOSTILE)


def test_hostile_names_reach_the_report_as_text(built: Nightly, pages: dict[str, PageReader]) -> None:
    shown = "\n".join(text for page in pages.values() for text in page.texts)
    for name in HOSTILE[:3]:
        assert name in shown
    for page in pages.values():
        for tag, attributes in page.elements:
            assert not [name for name in attributes if name.startswith("on")]
            assert not (attributes.get("href") or "").lower().startswith(("javascript:", "data:"))
            assert tag != "img" or attributes.get("src") != "x"
            assert tag != "script" or "src" in attributes or attributes.get("type") == "application/json"
    for path in built.settings.reports_dir.rglob("*.html"):
        assert "<script>alert" not in path.read_text() and "<svg/onload" not in path.read_text()


def test_names_that_are_formulas_are_harmless_in_exports(built: Nightly) -> None:
    seen = set()
    for path in built.settings.exports_dir.rglob("*.csv"):
        with path.open(newline="") as stream:
            for row in csv.reader(stream):
                for cell in row:
                    seen.add(cell)
                    assert not cell.startswith(("=", "@", "\t", "\r")), path
                    assert not cell.startswith(("+", "-")) or re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", cell), (
                        path,
                        cell,
                    )
    assert {"'=HYPERLINK(1)", "'@SUM(1)"} <= seen


def test_no_file_below_the_warehouse_holds_a_secret(built: Nightly) -> None:
    found = set()
    for path in built.settings.warehouse_dir.rglob("*"):
        if path.is_file():
            for text in texts_of(path):
                found |= {(path.name, kind) for kind, value in CANARIES.items() if value.encode() in text}
    assert not found
    said = (built.folder / "first.txt").read_text()
    assert not [kind for kind, value in CANARIES.items() if value in said]


def test_the_search_for_secrets_finds_one(built: Nightly, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute("create table t as select ['a', $1] as texts from range(9000)", [CANARIES["email"]])
        connection.execute(f"copy t to '{tmp_path}/x.parquet'")
    for name in ("x.duckdb", "x.parquet"):
        assert any(CANARIES["email"].encode() in text for text in texts_of(tmp_path / name))


def texts_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file; of compressed tables also the rows that hold a secret."""
    yield path.read_bytes()
    if path.suffix not in (".parquet", ".duckdb"):
        return
    with duckdb.connect() as connection:
        tables = [f"read_parquet('{path}')"]
        if path.suffix == ".duckdb":
            connection.execute(f"attach '{path}' as searched (read_only)")
            names = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'searched'"
            ).fetchall()
            tables = [f'searched."{schema}"."{table}"' for schema, table in names]
        # What no value holds need not come here: the rows of all tables take a minute.
        sought = " or ".join(f"contains(text, '{value}')" for value in CANARIES.values())
        for table in tables:
            rows = f"select t::varchar as text from {table} as t"
            for (text,) in connection.execute(f"select text from ({rows}) where {sought}").fetchall():
                yield text.encode()


class Stopped:
    """A nightly run in a process group of its own, stopped while dbt builds a model."""

    def __init__(self, built: Nightly) -> None:
        self.built = built
        self.runs = built.settings.state_dir / "dbt" / "runs"
        self.before = set(self.runs.glob("*"))
        self.process = subprocess.Popen(
            built.command, env=built.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        )  # fmt: skip

    def wait_for_a_model(self) -> None:
        """Until dbt has begun with a model."""
        while self.process.poll() is None:
            logs = [folder / "dbt.log" for folder in set(self.runs.glob("*")) - self.before]
            if any("START sql" in log.read_text() for log in logs if log.exists()):
                return
            time.sleep(0.05)

    def send(self, number: signal.Signals) -> None:
        """To the whole process group, as a terminal does on Ctrl-C."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def end(self) -> str:
        return self.process.communicate(timeout=300)[0]

    def left(self) -> list[str]:
        """Commands of the run's process group that stay, after some seconds for the system to clear up."""
        found: list[str] = []
        for _ in range(100):
            found = []
            for stat in Path("/proc").glob("[0-9]*/stat"):
                try:
                    fields = stat.read_text().rsplit(")", 1)[1].split()
                    if int(fields[2]) == self.process.pid and fields[0] not in "ZX":
                        found.append((stat.parent / "cmdline").read_text().replace("\0", " "))
                except OSError:
                    continue
            if not found:
                break
            time.sleep(0.2)
        return found


@pytest.mark.parametrize("signals", ["INT", pytest.param("INT INT", marks=pytest.mark.slow), "KILL"])
def test_a_run_that_is_stopped_leaves_no_lock_and_no_reader_notices(built: Nightly, signals: str) -> None:
    numbers = [signal.Signals[f"SIG{name}"] for name in signals.split()]
    (built.settings.landing_dir / "social" / f"more-{signals}.jsonl").write_text(
        "".join(
            line(number, eventId=f"{signals} {number}", timestamp=f"2026-03-01T10:00:{number:02d}Z")
            for number in range(5)
        )
    )
    before = built.outputs()
    running = Stopped(built)
    running.wait_for_a_model()
    for number in numbers:
        running.send(number)
        time.sleep(0.3)
    said = running.end()
    # Whoever comes next gets the lock and the file at once: nobody writes any longer.
    with built.settings.lock_path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if signals != "KILL":
            duckdb.connect(str(built.settings.database_path)).close()
    assert running.process.returncode in {"INT": [130], "INT INT": [130, -2], "KILL": [-9]}[signals], said
    assert "Traceback" not in said
    assert not running.left()
    assert built.outputs() == before


def test_the_next_run_does_what_was_left_and_a_failed_critical_check_stops_all_that_comes_after(built: Nightly) -> None:
    before = built.outputs()
    newest = "where event_date = (select max(event_date) from social.agg_events_daily)"
    with duckdb.connect(str(built.settings.database_path)) as connection:
        connection.execute(f"update social.agg_events_daily set event_count = event_count + 1 {newest}")
    done = run(built.command, built.environment)
    assert done.returncode == 1, done.stdout
    assert "did not come to its end" in done.stdout
    _assert_all_was_done(built, built.settings.database_path)
    # The check is named, and readers have what they had.
    assert re.search(r"^  failed +.*: assert_aggregates_sum_to_facts", done.stdout, re.MULTILINE), done.stdout
    assert built.outputs() == before
    assert "(from an earlier run)" in done.stdout
    with duckdb.connect(str(built.settings.database_path)) as connection:
        connection.execute(f"update social.agg_events_daily set event_count = event_count - 1 {newest}")


@pytest.mark.slow
def test_a_run_after_stopped_ones_publishes_all(built: Nightly) -> None:
    done = run(built.command, built.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    published = built.settings.published_path
    _assert_all_was_done(built, published)
    assert rows_of(published, "select count(*) from ops.fct_runs where status = 'running'") == [(0,)]


def _assert_all_was_done(built: Nightly, path: Path) -> None:
    """`path` has what each stopped run was to load, once, and says of these runs how they ended."""
    stopped = {path.stem for path in (built.settings.landing_dir / "social").glob("more-*")}
    assert rows_of(path, "select count(*) from social.fct_events") == [(120 + 5 * len(stopped),)]
    assert rows_of(path, "select count(*) from ops.fct_loads where not is_conserved") == [(0,)]
    statuses = dict(
        rows_of(
            path,
            "select status, count(*) from ops.fct_runs where coalesce(checks_failed, 0) = 0"
            " and started_at < (select max(started_at) from ops.fct_runs) group by all",
        )
    )
    # Ctrl-C once, and mostly twice: the second may end the process before it can say so.
    cancelled = statuses.get("cancelled", 0)
    assert ("more-INT" in stopped) <= cancelled <= sum("INT" in name for name in stopped)
    assert cancelled + statuses.get("failed", 0) == len(stopped) > 0
    assert "running" not in statuses


@pytest.mark.slow
def test_a_backfill_beside_a_night_and_a_platform_that_does_not_answer(built: Nightly) -> None:
    (built.settings.landing_dir / "social" / "beside.jsonl").write_text(line(1, eventId="beside a backfill"))
    [(known,)] = rows_of(built.settings.published_path, "select count(*) from social.fct_events")
    night = subprocess.Popen(
        built.command,
        env={**built.environment, "FX_RATES_URL": "http://127.0.0.1:9/rates.csv"},
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    dates = ["--start-date", "2026-03-01", "--end-date", "2026-03-02"]
    backfill = run([*built.command, "backfill", *dates], built.environment)
    said = night.communicate(timeout=600)[0]
    assert re.search(r"^  warned +raw/fx/collections: load_succeeded", said, re.MULTILINE), said
    # One that finds models that the other built after its audit does not publish them.
    for code, text in ((night.returncode, said), (backfill.returncode, backfill.stdout)):
        assert code == 0 or (code == 1 and re.search(r"^Failed +publish__analytics: ", text, re.MULTILINE)), text
    # What the other sources brought is published, by one of them or by the next run.
    done = run(built.command, built.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows_of(built.settings.published_path, "select count(*) from social.fct_events") == [(known + 1,)]
    assert rows_of(built.settings.published_path, "select count(*) from ops.fct_loads where not is_conserved") == [(0,)]

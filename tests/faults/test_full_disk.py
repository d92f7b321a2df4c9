"""No space left while loading: an error that says so, readers go on, and the next run with space finishes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion.engine import connect
from ingestion.pipeline import IngestError
from orchestration.publication import PublicationError, publish
from reports import build_site, export_marts
from tests.faults.support import Faulty, copy_warehouse, fill, lines, run


@pytest.fixture
def small(loaded: Faulty, tmp_path: Path, mount: Callable[..., None]) -> Faulty:
    """A warehouse on a file system of 90 MB with a lot of input outside of it."""
    (tmp_path / "warehouse").mkdir()
    mount("-t", "tmpfs", "-o", "size=90m", "tmpfs", tmp_path / "warehouse")
    warehouse = copy_warehouse(loaded.settings, tmp_path)
    warehouse.write("large.jsonl", lines(1000, 31_000))
    return warehouse


@pytest.mark.parametrize("kibibytes", [0, 1024, 3072, 6144])
def test_a_disk_that_is_full_at_any_point_of_a_load(small: Faulty, kibibytes: int) -> None:
    filler = fill(small, kibibytes << 10)
    failed = 0
    for _ in range(2):
        # The second run finds what the first one left, and no more space than that.
        try:
            small.load()
        except IngestError as error:
            failed += 1
            assert "No space left" in str(error)
        small.assert_published()
    assert failed == 2 or kibibytes >= 4096
    filler.unlink()
    small.load()
    small.assert_holds_the_input()
    small.assert_published()
    small.assert_nothing_is_pending()
    assert not (small.settings.state_dir / "set_aside").exists()


def test_a_full_disk_stops_publishing_and_the_earlier_publication_stays(small: Faulty) -> None:
    small.load()
    before = small.settings.published_path.read_bytes()
    filler = fill(small, 256 << 10)
    with pytest.raises(PublicationError, match=r"stays"):
        publish(small.settings)
    assert small.settings.published_path.read_bytes() == before
    filler.unlink()


def test_a_replay_on_a_full_disk_is_a_clear_error(small: Faulty) -> None:
    filler = fill(small, 0)
    done = small.command("--replay-rejects")
    assert done.returncode == 1 and "No space left" in done.stderr and "Traceback" not in done.stderr
    filler.unlink()
    small.load()
    small.assert_holds_the_input()


def test_a_night_on_a_full_disk_says_what_to_do(small: Faulty) -> None:
    fill(small, 256 << 10)
    done = run([sys.executable, "-m", "orchestration.run"], small.environment)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "The disk is full: 0 MiB are free" in done.stderr and "docs/runbook.md" in done.stderr
    small.assert_published()


def test_a_full_disk_leaves_the_earlier_report_and_exports(small: Faulty) -> None:
    settings = small.settings

    def build() -> None:
        build_site(settings.published_path, settings.reports_dir, generated_at=datetime.now(UTC), is_simulated=False)

    def export() -> None:
        export_marts(settings.published_path, settings.exports_dir)

    def contents(folder: Path) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    build()
    export()
    with connect(settings, settings.database_path) as connection:
        connection.execute("update social.agg set text = text || 'new'")
    publish(settings, keep=0)
    before = contents(settings.reports_dir), contents(settings.exports_dir)
    filler = fill(small, 256 << 10)
    for step in (build, export):
        with pytest.raises((OSError, duckdb.Error), match=r"No space left"):
            step()
    assert (contents(settings.reports_dir), contents(settings.exports_dir)) == before
    filler.unlink()
    export()
    build()
    assert contents(settings.exports_dir) != before[1]
    # Of the attempt that failed nothing is left.
    names = {path.name for path in settings.warehouse_dir.iterdir() if not path.name.startswith(".")}
    assert names == {"warehouse.duckdb", "published", "state", "reports", "exports"}
    assert not [path for path in settings.warehouse_dir.iterdir() if path.is_dir() and path.name.startswith(".")]

"""Damage to the database file, its write-ahead log and the folders: a clear error, and the publication stays."""

from __future__ import annotations

import dataclasses
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.engine import connect
from ingestion.pipeline import IngestError, explained
from orchestration.publication import PublicationError, publish
from tests.faults.support import Faulty, lines

STATUS = "dlt.destinations.impl.duckdb.duck:DuckDbClient.complete_load"
BLOCK = 256 << 10


def flip(path: Path, place: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(place)
        byte = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([byte ^ 0x10]))


def assert_clear_error(warehouse: Faulty) -> str:
    """The load says what is wrong in a sentence and where to read on; readers notice nothing."""
    done = warehouse.command()
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert "social: " in done.stderr and "docs/runbook.md" in done.stderr
    warehouse.assert_published()
    return done.stderr


@pytest.mark.parametrize("place", ["headers", "half", "empty", "noise"])
def test_a_database_file_that_cannot_be_opened_is_named_and_a_rebuild_from_the_input_works(
    grown: Faulty, place: str
) -> None:
    path = grown.settings.database_path
    size = path.stat().st_size
    if place == "headers":
        for header in (0, 4096, 8192):
            flip(path, header + 100)
            flip(path, header + 20)
    elif place == "half":
        with path.open("r+b") as stream:
            stream.truncate(size // 2)
    else:
        path.write_bytes(b"" if place == "empty" else random.Random(5).randbytes(size))
    assert "docs/runbook.md, 'Restore'" in assert_clear_error(grown)
    path.unlink()
    grown.load()
    grown.assert_holds_the_input()
    grown.assert_published()


def test_a_flipped_bit_in_a_table_is_found_before_it_is_published(grown: Faulty) -> None:
    path = grown.settings.database_path
    found = 0
    for block in range(path.stat().st_size // BLOCK):
        whole, before = path.read_bytes(), grown.settings.published_path.read_bytes()
        flip(path, 3 * 4096 + block * BLOCK + BLOCK // 3)
        try:
            publish(grown.settings)
        except PublicationError as error:
            found += 1
            assert "the earlier publication stays" in str(error)
            assert grown.settings.published_path.read_bytes() == before
        grown.assert_published()
        path.write_bytes(whole)
    assert found
    grown.load()
    grown.assert_holds_the_input()


@pytest.mark.parametrize("kind", ["noise", "of another file", "of a newer state"])
def test_a_write_ahead_log_that_does_not_belong_there_costs_no_line(grown: Faulty, kind: str) -> None:
    wal = grown.settings.database_path.with_name("warehouse.duckdb.wal")
    if kind == "noise":
        wal.write_bytes(random.Random(3).randbytes(5000))
    elif kind == "of another file":
        other = grown.settings.warehouse_dir / "other.duckdb"
        code = "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('create table t as from range(99)'); os._exit(1)"
        subprocess.run([sys.executable, "-c", code, str(other)], check=False)
        shutil.move(other.with_name("other.duckdb.wal"), wal)
    else:
        # A restored file beside the log of the one that it replaced.
        older = grown.settings.database_path.read_bytes()
        grown.load()
        grown.write("d.jsonl", lines(90, 99))
        grown.die(STATUS, "after")
        grown.settings.database_path.write_bytes(older)
    try:
        grown.load()
    except IngestError as error:
        assert wal.name in str(error) and "docs/runbook.md" in str(error)
        wal.unlink()
    grown.load()
    grown.assert_holds_the_input()
    grown.assert_published()


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95, "flip"])
def test_a_torn_write_ahead_log_costs_no_line(grown: Faulty, kept: float | str) -> None:
    """What the log lost is not in the ledger, whatever dlt's local state believes."""
    grown.die(STATUS, "after")
    wal = grown.settings.database_path.with_name("warehouse.duckdb.wal")
    size = wal.stat().st_size
    if isinstance(kept, str):
        flip(wal, size // 2)
        done = grown.command()
        if done.returncode:
            assert "docs/runbook.md" in done.stderr and "Traceback" not in done.stderr
            wal.unlink()
    else:
        with wal.open("r+b") as stream:
            stream.truncate(int(size * kept))
    grown.load()
    grown.assert_holds_the_input()
    grown.assert_published()


def test_damaged_local_state_of_dlt_is_set_aside(grown: Faulty) -> None:
    state = grown.settings.state_dir / "dlt" / "ingest_social" / "state.json"
    state.write_text("{")
    result = grown.load()
    assert len(result.set_aside) == 1
    grown.assert_holds_the_input()


def test_a_spill_folder_that_cannot_be_made_is_named(grown: Faulty) -> None:
    spill = grown.settings.state_dir / "spill"
    shutil.rmtree(spill, ignore_errors=True)
    spill.write_text("a file, where a folder should be")
    assert str(spill) in assert_clear_error(grown)
    assert not (grown.settings.state_dir / "set_aside").exists()
    spill.unlink()
    grown.load()
    grown.assert_holds_the_input()


def test_a_spill_folder_that_cannot_be_written_is_named(grown: Faulty, mount: Callable[..., None]) -> None:
    spill = grown.settings.state_dir / "spill"
    mount("-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", spill)
    small = dataclasses.replace(grown.settings, duckdb_memory_limit="60MB", duckdb_threads=1)
    with (
        pytest.raises(IngestError, match=f"{spill}.*Read-only.*docs/runbook.md"),
        explained("social"),
        connect(small) as connection,
    ):
        connection.execute("create table t as select sha256(i::varchar) as text from range(3000000) as r(i) order by 1")
    grown.load()
    grown.assert_holds_the_input()


def test_a_read_only_landing_folder_is_enough(grown: Faulty, mount: Callable[..., None]) -> None:
    mount("--bind", grown.landing, grown.landing)
    mount("-o", "remount,ro,bind", grown.landing)
    with pytest.raises(OSError, match="Read-only"):
        (grown.landing / "new.jsonl").touch()
    grown.load()
    grown.assert_holds_the_input()


def test_a_read_only_warehouse_is_a_clear_error_and_readers_go_on(grown: Faulty, mount: Callable[..., None]) -> None:
    folder = grown.settings.warehouse_dir
    mount("--bind", folder, folder)
    mount("-o", "remount,ro,bind", folder)
    with pytest.raises((IngestError, OSError), match="Read-only"):
        grown.load()
    done = grown.command()
    assert done.returncode == 1 and "Read-only" in done.stderr and "Traceback" not in done.stderr
    grown.assert_published()


def test_flipped_bits_in_parquet_input_cost_no_other_file_and_every_row_is_accounted_for(grown: Faulty) -> None:
    """Parquet tells of few flipped bits: what it does not tell of loads as it stands, the rest is named."""
    whole = grown.landing / "flipped-00.parquet"
    values = "'p' || i as \"eventId\", 'poll' as \"eventType\", '2026-03-01T10:00:00Z' as timestamp, i::varchar as \"userId\""
    with connect(grown.settings) as connection:
        connection.execute(f"copy (select {values} from range(3000) as r(i)) to '{whole}' (format parquet)")
    size = whole.stat().st_size
    places = [0, 2, *range(40, size, size // 9), size - 60, size - 6, size - 2]
    for number, place in enumerate(places, 1):
        copied = whole.with_name(f"flipped-{number:02d}.parquet")
        shutil.copy(whole, copied)
        flip(copied, place)
    grown.load()
    found = grown.query(
        """select file, status, lines_read, rows_loaded + rows_rejected + rows_blank from raw_social.files
        where file like '%flipped-%' order by file"""
    )
    assert len(found) == len(places) + 1
    assert found[0][1:] == ("loaded", 3000, 3000)
    assert all(read == accounted > 0 for _, _, read, accounted in found)
    assert {status for _, status, _, _ in found[1:]} == {"loaded", "damaged"}
    damaged = {file for file, status, _, _ in found if status != "loaded"}
    rejected = grown.query(
        "select distinct file from raw_social.rejects where file like '%flipped-%' and line_number > 0"
    )
    assert damaged <= {file for (file,) in rejected}
    assert grown.query("select count(*) from raw_social.events where event_id like 'e%'") == [(90,)]

"""Exports hold every mart exactly, harmless in a spreadsheet, described by their manifest, swapped in one step."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from reports import export_marts, exports
from tests.unit.reports.published_sample import HOSTILE_IDS, TABLES, contract_tables


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Two marts of a few rows with every trap of the formats."""
    path = tmp_path / "small.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema social")
        connection.execute("create schema staging")
        connection.execute("create table staging.secret as select 1 as a")
        connection.execute(
            """
            create table social.fct_traps as select * from (values
                ('=1+1', -5::bigint, -1.50::decimal(18, 6), 'nan'::double, timestamp '2026-01-01 10:00:00', true),
                ('+1', 6, 2, 'inf'::double, null, false),
                ('-1', 7, 3, -0.5, null, null),
                ('@sum', 8, 4, 0.5, null, null),
                (chr(9) || '=1', 9, 5, 0.5, null, null),
                (chr(13) || '=1', 10, 6, 0.5, null, null),
                (chr(10) || '=1', 11, 6, 0.5, null, null),
                ('a=b, "c"' || chr(10) || 'd', 12, 7, 0.5, null, null),
                ('', 13, 8, 0.5, null, null),
                (null, 14, 9, null, null, null)
            ) as rows(text_value, count_value, amount, share_ratio, seen_at, is_seen)
            """
        )
        connection.execute("create table social.dim_plain as select 1 as a")
    yield path


def test_every_mart_is_there_in_three_formats_with_rows_and_checksums(published: Path, tmp_path: Path) -> None:
    manifest = export_marts(published, tmp_path / "e")
    assert {f"{table.schema}.{table.table}" for table in manifest.tables} == {*TABLES, *dict(contract_tables())}
    written = json.loads((tmp_path / "e" / "manifest.json").read_text())
    listed = set()
    with duckdb.connect(str(published), read_only=True) as source, duckdb.connect() as reader:
        for table in written["tables"]:
            name = f"{table['schema']}.{table['table']}"
            rows = source.execute(f"select count(*) from {name}").fetchone()
            assert rows is not None and table["row_count"] == rows[0]
            for file in table["files"]:
                path = tmp_path / "e" / file["path"]
                listed.add(path)
                assert path.stat().st_size == file["bytes"]
                assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
            parquet = tmp_path / "e" / table["schema"] / f"{table['table']}.parquet"
            same = reader.execute(f"select sum(hash(t)::hugeint) from '{parquet}' as t").fetchall()
            assert same == source.execute(f"select sum(hash(t)::hugeint) from {name} as t").fetchall()
            csv_rows = sum(1 for _ in csv.reader(parquet.with_suffix(".csv").open(newline=""))) - 1
            assert csv_rows == rows[0]
            assert sum(1 for line in parquet.with_suffix(".ndjson").open() if json.loads(line)) == rows[0]
    assert listed | {tmp_path / "e" / "manifest.json"} == {p for p in (tmp_path / "e").rglob("*") if p.is_file()}


def test_texts_that_a_spreadsheet_would_run_are_harmless_and_numbers_stay_numbers(small: Path, tmp_path: Path) -> None:
    export_marts(small, tmp_path / "e")
    with (tmp_path / "e/social/fct_traps.csv").open(newline="") as file:
        rows = {int(row["count_value"]): row for row in csv.DictReader(file)}
    assert [rows[number]["text_value"] for number in (-5, 6, 7, 8, 9, 10, 11)] == [
        "'=1+1", "'+1", "'-1", "'@sum", "'\t=1", "'\r=1", "'\n=1",
    ]  # fmt: skip
    assert rows[12]["text_value"] == 'a=b, "c"\nd'
    assert Decimal(rows[-5]["amount"]) == Decimal("-1.5")
    assert float(rows[7]["share_ratio"]) == -0.5


def test_no_cell_of_a_hostile_mart_starts_a_formula(published: Path, tmp_path: Path) -> None:
    export_marts(published, tmp_path / "e")
    with (tmp_path / "e/social/fct_events.csv").open(newline="") as file:
        found = {row["content_id"] for row in csv.DictReader(file)}
    assert "'" + HOSTILE_IDS[5] in found
    assert not [text for text in found if text[:1] in tuple("=+-@\t\r")]


def test_ndjson_is_valid_json_with_null_for_what_json_cannot_say(small: Path, tmp_path: Path) -> None:
    export_marts(small, tmp_path / "e")

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    lines = (tmp_path / "e/social/fct_traps.ndjson").read_text().splitlines()
    rows = [json.loads(line, parse_constant=refuse) for line in lines]
    assert [row["share_ratio"] for row in rows][:3] == [None, None, -0.5]
    assert rows[0]["text_value"] == "=1+1"
    assert (rows[-1]["text_value"], rows[-2]["text_value"]) == (None, "")


def test_only_mart_schemas_leave_the_house(small: Path, tmp_path: Path) -> None:
    export_marts(small, tmp_path / "e")
    assert sorted(path.name for path in (tmp_path / "e").iterdir()) == ["manifest.json", "social"]


def test_an_unchanged_mart_keeps_its_files_and_a_changed_one_does_not(small: Path, tmp_path: Path) -> None:
    export_marts(small, tmp_path / "e")
    before = {path.name: path.stat().st_ino for path in (tmp_path / "e/social").iterdir()}
    with duckdb.connect(str(small)) as connection:
        connection.execute("update social.dim_plain set a = 2")
    manifest = export_marts(small, tmp_path / "e")
    after = {path.name: path.stat().st_ino for path in (tmp_path / "e/social").iterdir()}
    assert manifest.kept_count == 1
    assert all((before[name] == after[name]) == name.startswith("fct_traps") for name in before)
    assert (tmp_path / "e/social/dim_plain.csv").read_text() == "a\n2\n"


def test_a_damaged_or_missing_file_is_written_again(small: Path, tmp_path: Path) -> None:
    export_marts(small, tmp_path / "e")
    damaged, missing = tmp_path / "e/social/fct_traps.csv", tmp_path / "e/social/dim_plain.parquet"
    damaged.write_bytes(damaged.read_bytes().replace(b"a=b", b"a=c"))
    missing.unlink()
    assert export_marts(small, tmp_path / "e").kept_count == 0
    assert b"a=b" in damaged.read_bytes() and missing.is_file()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"tables": [{"schema": "social"}]}', '{"tables": 3}'])
def test_an_unreadable_manifest_means_that_all_is_written(small: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "manifest.json").write_text(text)
    assert export_marts(small, tmp_path / "e").kept_count == 0


def test_a_manifest_cannot_point_outside_its_folder(small: Path, tmp_path: Path) -> None:
    export_marts(small, tmp_path / "e")
    path = tmp_path / "e" / "manifest.json"
    (tmp_path / "outside.csv").write_text("a\n1\n")
    path.write_text(path.read_text().replace("social/dim_plain.csv", "../outside.csv"))
    export_marts(small, tmp_path / "e")
    assert "outside" not in path.read_text()


def test_zero_rows_give_headers_and_empty_files(empty_published: Path, tmp_path: Path) -> None:
    export_marts(empty_published, tmp_path / "e")
    assert (tmp_path / "e/core/dim_hours.csv").read_text().startswith("hour_at,date,hour_of_day")
    assert (tmp_path / "e/core/dim_hours.ndjson").read_text() == ""


@pytest.mark.parametrize("name", ["a;b", "../up", 'x"y', "a b"])
def test_a_mart_with_a_dangerous_name_stops_the_export_and_the_old_one_stays(
    small: Path, tmp_path: Path, name: str
) -> None:
    export_marts(small, tmp_path / "e")
    with duckdb.connect(str(small)) as connection:
        connection.execute('create table social."{}" as select 1 as a'.format(name.replace('"', '""')))
    with pytest.raises(ValueError, match="not an identifier"):
        export_marts(small, tmp_path / "e")
    assert (tmp_path / "e/social/fct_traps.csv").is_file()
    assert not list(tmp_path.glob(".e.new-*"))


def test_a_folder_with_quotes_in_its_name_is_fine(small: Path, tmp_path: Path) -> None:
    assert export_marts(small, tmp_path / "it's; drop" / "e").tables


def test_a_full_disk_leaves_the_old_export(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export_marts(small, tmp_path / "e")
    before = (tmp_path / "e/manifest.json").read_bytes()
    with duckdb.connect(str(small)) as connection:
        connection.execute("update social.dim_plain set a = 3")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "_write_manifest", fail)
    with pytest.raises(OSError, match="No space"):
        export_marts(small, tmp_path / "e")
    assert (tmp_path / "e/manifest.json").read_bytes() == before
    assert (tmp_path / "e/social/dim_plain.csv").read_text() == "a\n1\n"

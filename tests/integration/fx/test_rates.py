"""Reference rates: CSV files, zips and an address; what is no rate is set apart."""

from __future__ import annotations

import datetime as dt
import http.server
import io
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from ingestion import csv_files
from ingestion.collect.collection import collected_dir
from ingestion.engine import connect
from ingestion.registry import SOURCES
from ingestion.settings import Settings, SettingsError

HEADER = "Date,USD,JPY,HRK,"
GOOD = ["2026-01-05,1.10,160.1,N/A,", "2026-01-02,1.09,,N/A,", "2025-12-31,1.08,159,N/A,"]
RATES = [
    (dt.date(2025, 12, 31), '{"JPY":"159","USD":"1.08"}'),
    (dt.date(2026, 1, 2), '{"USD":"1.09"}'),
    (dt.date(2026, 1, 5), '{"JPY":"160.1","USD":"1.10"}'),
]


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with connect(settings, settings.database_path, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def rates(settings: Settings) -> list[tuple[Any, ...]]:
    return query(settings, "select distinct rate_date, rates from raw_fx.rates order by 1")


@pytest.fixture
def landed(make_settings: Callable[..., Settings]) -> Settings:
    settings = make_settings()
    (settings.landing_dir / "fx").mkdir()
    return settings


def text(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def whole_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rates.csv", text(HEADER, *GOOD))
    return packed.getvalue()


def damaged_zip() -> bytes:
    """A zip with bytes in the middle that no longer unpack."""
    packed = whole_zip()
    return packed[:40] + b"\xff" * 8 + packed[48:]


@pytest.mark.parametrize(
    "content",
    [
        text(HEADER, *GOOD),
        b"\xef\xbb\xbf" + text(HEADER, *GOOD).replace(b"\n", b"\r\n"),
        text(HEADER, *GOOD).rstrip(b"\n"),
        text('"Date","USD","JPY","HRK",', *(line.replace("1.09", '"1.09"') for line in GOOD)),
        text("Date, USD, JPY, HRK, ", *(line.replace(",", ", ") for line in GOOD), ""),
        text("Date, USD, JPY, HRK, ", "05 January 2026, 1.10, 160.1, N/A, ", *GOOD[1:]),
    ],
    ids=["as published", "bom and crlf", "no last line end", "quotes", "blanks", "of a day"],
)
def test_the_layout_is_read(landed: Settings, content: bytes) -> None:
    (landed.landing_dir / "fx" / "eurofxref-hist.csv").write_bytes(content)
    SOURCES["fx"].run(landed)
    assert rates(landed) == RATES


def test_a_zip_is_read_and_repeats_change_nothing(landed: Settings) -> None:
    folder = landed.landing_dir / "fx"
    with zipfile.ZipFile(folder / "eurofxref-hist.zip", "w") as packed:
        packed.writestr("eurofxref-hist.csv", text(HEADER, *GOOD))
    (folder / "again.csv").write_bytes(text(HEADER, *GOOD[:2]))
    SOURCES["fx"].run(landed)
    assert rates(landed) == RATES
    assert query(landed, "select count(*), count(distinct rate_id) from raw_fx.rates") == [(5, 3)]
    assert SOURCES["fx"].run(landed).status == "unchanged"


def test_a_zip_unpacks_to_a_bounded_size_whatever_it_says(landed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_files, "_MAX_UNZIPPED_BYTES", 1000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rates.csv", text(HEADER, *GOOD) + b"\n" * 10_000)
    honest = packed.getvalue()
    size = honest.index(b"PK\x01\x02") + 24
    (landed.landing_dir / "fx" / "honest.zip").write_bytes(honest)
    (landed.landing_dir / "fx" / "lying.zip").write_bytes(honest[:size] + b"\x10\0\0\0" + honest[size + 4 :])
    SOURCES["fx"].run(landed)
    assert query(landed, "select file, reason_code from raw_fx.rejects order by file") == [
        ("honest.zip", "unsupported_file"), ("lying.zip", "truncated_file"),
    ]  # fmt: skip
    assert rates(landed) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2026-01-06,1.1", "wrong_column_count"),
        ("2026-01-06,1.1,160,N/A,,", "wrong_column_count"),
        ("2026-01-06,0,160,N/A,", "wrong_type"),
        ("2026-01-06,-1.1,160,N/A,", "wrong_type"),
        ("2026-01-06,1e3,160,N/A,", "wrong_type"),
        ('2026-01-06,"1,1",160,N/A,', "wrong_type"),
        ("2026-02-30,1.1,160,N/A,", "invalid_timestamp"),
        ("06.01.2026,1.1,160,N/A,", "invalid_timestamp"),
        (",1.1,160,N/A,", "missing_field"),
    ],
)
def test_a_record_that_is_no_rate_is_set_apart(landed: Settings, line: str, reason: str) -> None:
    (landed.landing_dir / "fx" / "rates.csv").write_bytes(text(HEADER, GOOD[0], line, *GOOD[1:]))
    SOURCES["fx"].run(landed)
    assert rates(landed) == RATES
    assert query(landed, "select line_number, reason_code from raw_fx.rejects") == [(3, reason)]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("damaged.zip", b"PK nothing", "truncated_file"),
        ("flipped.zip", damaged_zip(), "truncated_file"),
        ("endless.csv", b"x" * 200_000 + b"\n1\n", "wrong_header"),
        ("headless.csv", b"\n1,2\n", "wrong_header"),
        ("twice.csv", b"Date,USD,USD\n2026-01-06,1,1\n", "wrong_header"),
        ("odd.csv", b'Date,US"D\n2026-01-06,1\n', "wrong_type"),
    ],
)
def test_a_file_that_is_no_table_is_noted(landed: Settings, name: str, content: bytes, reason: str) -> None:
    (landed.landing_dir / "fx" / name).write_bytes(content)
    (landed.landing_dir / "fx" / "good.csv").write_bytes(text(HEADER, *GOOD))
    SOURCES["fx"].run(landed)
    assert rates(landed) == RATES
    assert query(landed, "select reason_code from raw_fx.rejects") == [(reason,)]


def test_what_a_killed_run_had_unpacked_is_removed(landed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (landed.landing_dir / "fx" / "rates.zip").write_bytes(whole_zip())
    with monkeypatch.context() as killed:
        killed.setattr(tempfile, "TemporaryDirectory", lambda **where: nullcontext(tempfile.mkdtemp(**where)))
        SOURCES["fx"].run(landed)
    assert list(landed.state_dir.rglob("unpacked.csv"))
    SOURCES["fx"].run(landed)
    assert not list(landed.state_dir.rglob("unpacked.csv"))


class Publisher(http.server.BaseHTTPRequestHandler):
    """Serves `content`, or fails as often as `failures` says."""

    content = b""
    failures = 0

    def do_GET(self) -> None:
        if Publisher.failures:
            Publisher.failures -= 1
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(Publisher.content)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Publisher) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/stats/eurofxref-hist.csv"
        server.shutdown()


def test_an_address_is_collected_and_only_what_is_new_is_taken(
    make_settings: Callable[..., Settings], address: str
) -> None:
    settings = make_settings(FX_RATES_URL=address)
    Publisher.content = text(HEADER, *GOOD, "2025-11-03,1.05,150,N/A,")
    assert SOURCES["fx"].run(settings).rows_loaded > 0
    assert len(rates(settings)) == 4
    Publisher.content = text(HEADER, "2026-01-06,1.11,161,N/A,", *GOOD, "2025-11-03,9,9,N/A,")
    SOURCES["fx"].run(settings)
    assert rates(settings)[-1] == (dt.date(2026, 1, 6), '{"JPY":"161","USD":"1.11"}')
    # Dates long known are not taken again; recent ones are, since they may have been corrected.
    assert query(settings, "select count(*) from raw_fx.rates where rate_date = date '2025-11-03'") == [(1,)]
    states = query(
        settings,
        "select status, rows, requests, points from raw_fx.collections where status <> 'running' order by recorded_at",
    )
    assert states == [("succeeded", 4, 1, 0), ("succeeded", 4, 1, 0)]


def test_an_older_warehouse_put_back_gets_what_it_lacks(make_settings: Callable[..., Settings], address: str) -> None:
    settings = make_settings(FX_RATES_URL=address)
    Publisher.content = text(HEADER, *GOOD)
    SOURCES["fx"].run(settings)
    older = settings.database_path.read_bytes()
    # Later rates than those that are taken again.
    Publisher.content = text(HEADER, "2026-06-01,1.2,170,N/A,", "2026-03-02,1.1,160,N/A,", *GOOD)
    SOURCES["fx"].run(settings)
    known = rates(settings)
    for harm in ("older", "removed", "damaged memory"):
        if harm == "damaged memory":
            (collected_dir(settings, "fx") / "through.json").write_text("")
        else:
            settings.database_path.unlink()
        if harm == "older":
            settings.database_path.write_bytes(older)
        SOURCES["fx"].run(settings)
        assert len(known) == 5 and sorted(set(rates(settings))) == sorted(known), harm


def test_a_date_of_the_future_and_a_shorter_file_hide_nothing(
    make_settings: Callable[..., Settings], address: str
) -> None:
    settings = make_settings(FX_RATES_URL=address.replace("hist", "hist-90d"))
    Publisher.content = text(HEADER, "2099-01-05,1.2,170,N/A,", GOOD[0])
    SOURCES["fx"].run(settings)
    Publisher.content = text(HEADER, "2099-01-05,1.2,170,N/A,", "2026-01-06,1.11,161,N/A,", GOOD[0])
    SOURCES["fx"].run(settings)
    assert [found[0] for found in rates(settings)] == [dt.date(2026, 1, 5), dt.date(2026, 1, 6), dt.date(2099, 1, 5)]
    # A note of a machine whose clock was wrong.
    note = collected_dir(settings, "fx") / "through.json"
    note.write_text(note.read_text().replace("2026-01-06", "2999-01-06"))
    Publisher.content = text(HEADER, "2026-01-07,1.12,162,N/A,", GOOD[0])
    SOURCES["fx"].run(settings)
    assert rates(settings)[-2][0] == dt.date(2026, 1, 7)
    # The whole history after the last days.
    Publisher.content = text(HEADER, GOOD[0], "2019-07-01,1.13,122,7.4,")
    SOURCES["fx"].run(make_settings(FX_RATES_URL=address))
    assert rates(settings)[0][0] == dt.date(2019, 7, 1)


def test_a_failed_collection_is_told_and_the_next_run_makes_up_for_it(
    make_settings: Callable[..., Settings], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(FX_RATES_URL=address)
    Publisher.content, Publisher.failures = text(HEADER, *GOOD), 1
    assert len(SOURCES["fx"].run(settings).problems) == 1
    Publisher.content = b"<html>no table</html>"
    assert "no table of rates" in SOURCES["fx"].run(settings).problems[0]
    Publisher.content = text(HEADER, "2026-01-05," + "1" * 200_000)
    assert "no table of rates" in SOURCES["fx"].run(settings).problems[0]
    Publisher.content = damaged_zip()
    assert "neither CSV" in SOURCES["fx"].run(settings).problems[0]
    Publisher.content = whole_zip()
    with monkeypatch.context() as small:
        small.setattr("ingestion.fx.collect._MAX_BYTES", 10)
        assert "unpacks to more than" in SOURCES["fx"].run(settings).problems[0]
    Publisher.content = text(HEADER, *GOOD)
    assert SOURCES["fx"].run(settings).problems == []
    assert rates(settings) == RATES


@pytest.mark.parametrize("value", ["ftp://example.org/rates.csv", "https://example.org/canary/rates", "rates.csv"])
def test_an_address_that_cannot_be_read_is_named(make_settings: Callable[..., Settings], value: str) -> None:
    with pytest.raises(SettingsError, match="FX_RATES_URL") as raised:
        make_settings(FX_RATES_URL=value)
    # Some publishers have the key in the path.
    assert "canary" not in str(raised.value)

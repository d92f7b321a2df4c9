"""The landed social files hold what the manifest and the truth say, by the definitions alone."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from ingestion.simulator import SimulatedInput

Event = dict[str, Any]


def lines_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """All lines, elements and rows below a folder; a last line without line end is left out."""
    for path in sorted(folder.rglob("*")):
        if path.name.endswith((".jsonl", ".jsonl.gz")):
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:-1]:
                yield path, line.rstrip(b"\r")
        elif path.suffix == ".json":
            for element in json.loads(path.read_bytes()):
                yield path, json.dumps(element).encode()
        elif path.suffix == ".parquet":
            for row in pq.read_table(path).to_pylist():
                given = {name: value for name, value in row.items() if value is not None}
                yield path, json.dumps(given, default=str).encode()


def valid_events(folder: Path) -> Iterator[tuple[Path, Event, str]]:
    for path, line in lines_of(folder):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and not str(event.get("eventId", "")).startswith("bad-"):
            yield path, event, line.decode()


@pytest.fixture(scope="module")
def events(simulation: SimulatedInput) -> list[Event]:
    """Distinct events, first arrival first; by id, or by their text where they have none."""
    seen: dict[str, Event] = {}
    for _, event, line in valid_events(simulation.landing / "social"):
        event["at"] = datetime.fromisoformat(event["timestamp"]).astimezone(UTC).replace(tzinfo=None)
        seen.setdefault(event.get("eventId") or line, event)
    return list(seen.values())


def test_every_line_is_counted(simulation: SimulatedInput) -> None:
    told = simulation.manifest["sources"]["social"]
    assert sum(1 for _ in lines_of(simulation.landing / "social")) + told["pending"] == told["lines"]
    assert (
        told["lines"]
        == told["rows"] + told["repeats"] + sum(told["rejects"].values()) + told["blank"] + told["pending"]
    )


def test_distinct_events_are_the_true_ones(events: list[Event], truth: duckdb.DuckDBPyConnection) -> None:
    told = truth.sql(
        "select event_id, event_type, user_id, session_id, occurred_at, schema_version, platform,"
        ' amount::double, currency, quantity from "social.fct_events"'
    ).fetchall()
    found = Counter(
        (
            event.get("eventId"), event["eventType"], event.get("userId"), event.get("sessionId"),
            event["at"], event.get("schemaVersion"), event.get("platform"),
            None if event["data"].get("amount") is None else float(event["data"]["amount"]),
            event["data"].get("currency"), event["data"].get("quantity"),
        )
        for event in events
    )  # fmt: skip
    assert found == Counter(told)


def test_sessions_follow_the_definition(events: list[Event], truth: duckdb.DuckDBPyConnection) -> None:
    """Client sessions by person and id, cut over 3 days; the others by more than 30 minutes of inactivity."""
    times: dict[tuple[str | None, str | None], list[datetime]] = defaultdict(list)
    for event in events:
        if event.get("userId") or event.get("sessionId"):
            times[event.get("userId"), event.get("sessionId")].append(event["at"])
    found: Counter[tuple[Any, ...]] = Counter()
    for (user, session), all_times in times.items():
        pieces: list[list[datetime]] = []
        for moment in sorted(all_times):
            if session is None:
                is_new = not pieces or moment - pieces[-1][-1] > timedelta(minutes=30)
            else:
                is_new = not pieces or moment - pieces[-1][0] > timedelta(days=3)
            if is_new:
                pieces.append([])
            pieces[-1].append(moment)
        for piece in pieces:
            is_cut = session is not None and len(pieces) > 1
            found[user, session, piece[0], piece[-1], len(piece), session is not None, is_cut] += 1
    told = truth.sql(
        "select user_id, session_id, started_at, ended_at, event_count, is_client_session, is_cut"
        ' from "social.fct_sessions"'
    ).fetchall()
    assert found == Counter(told)


def test_sums_agree_between_tables(truth: duckdb.DuckDBPyConnection) -> None:
    total = truth.sql('select count(*) from "social.fct_events"').fetchall()[0][0]
    for table in ("agg_events_hourly", "agg_events_daily", "agg_activity_daily", "agg_schema_versions_daily"):
        assert truth.sql(f'select sum(event_count) from "social.{table}"').fetchall() == [(total,)], table
    periods = truth.sql('select timeframe, sum(event_count) from "social.agg_events_period" group by all').fetchall()
    assert dict(periods) == dict.fromkeys(("hour", "day", "week", "month"), total)
    assert truth.sql(
        """
        select
            (select sum(purchase_count) from "social.agg_revenue_daily")
                = (select count(*) from "social.fct_events" where event_type = 'purchase'),
            (select sum(revenue_amount) from "social.agg_revenue_daily")
                = (select sum(amount) from "social.fct_events"),
            (select sum(view_count) from "social.agg_content_daily")
                = (select sum(view_count) from "social.dim_content"),
            (select sum(dwell_seconds) < sum(dwell_raw_seconds) from "social.agg_content_daily"),
            (select sum(event_count) from "social.dim_users")
                = (select count(*) from "social.fct_events" where user_id is not null),
            (select sum(new_user_count) from "social.agg_activity_daily")
                = (select count(*) from "social.dim_users"),
            (select sum(event_count) from "social.fct_sessions")
                = (select count(*) from "social.fct_events" where coalesce(user_id, session_id) is not null)
        """
    ).fetchall() == [(True,) * 7]


def test_dates_and_hours_are_those_of_the_reporting_zone(truth: duckdb.DuckDBPyConnection) -> None:
    hours = truth.sql(
        "select min(hour_at), max(hour_at) from \"social.agg_events_hourly\" where event_date = date '2026-03-29'"
    ).fetchall()
    # the day on which the clock goes forward begins at 23:00 UTC and has 23 hours
    assert hours[0][0] >= datetime(2026, 3, 28, 23) and hours[0][1] < datetime(2026, 3, 29, 22)
    assert truth.sql(
        "select distinct hour_of_day from \"social.agg_events_hourly\" where hour_at = timestamp '2026-03-29 01:00'"
    ).fetchall() == [(3,)]
    assert truth.sql(
        'select distinct period_started_at from "social.agg_events_period"'
        " where timeframe = 'week' and period_date = date '2026-03-30'"
    ).fetchall() == [(datetime(2026, 3, 29, 22),)]


def test_days_follow_a_weekly_and_a_daily_rhythm(truth: duckdb.DuckDBPyConnection) -> None:
    by_day = dict(truth.sql('select event_date, event_count from "social.agg_activity_daily"').fetchall())
    saturday, tuesday = datetime(2026, 3, 28).date(), datetime(2026, 3, 24).date()
    assert by_day[saturday] > 1.2 * by_day[tuesday]
    ((evening, night),) = truth.sql(
        "select sum(event_count) filter (hour_of_day between 18 and 21),"
        ' sum(event_count) filter (hour_of_day between 3 and 6) from "social.agg_events_hourly"'
    ).fetchall()
    assert evening > 2 * night


PATHOLOGIES = {
    "late rows": lambda p, e: p.parent.name == "late",
    "no event id": lambda p, e: "eventId" not in e,
    "no person": lambda p, e: "userId" not in e,
    "no session": lambda p, e: "sessionId" not in e,
    "neither person nor session": lambda p, e: not {"userId", "sessionId"} & set(e),
    "no platform": lambda p, e: "platform" not in e,
    "no schema version": lambda p, e: "schemaVersion" not in e,
    "version 1.0.0": lambda p, e: e.get("schemaVersion") == "1.0.0",
    "version 1.1.0": lambda p, e: e.get("schemaVersion") == "1.1.0",
    "newer version with unknown fields": lambda p, e: e.get("schemaVersion") == "1.2.0" and "experiment" in e,
    "unknown event type": lambda p, e: e["eventType"] == "share_card",
    "time with an offset": lambda p, e: e["timestamp"].endswith("+02:00"),
    "markup in a name": lambda p, e: e.get("userId") == "<script>alert(1)</script>",
    "quotes and semicolons": lambda p, e: "'" in e.get("userId", "") and ";" in e["userId"],
    "double quotes in an id": lambda p, e: '"' in e["data"].get("contentId", ""),
    "email": lambda p, e: "@" in e["data"].get("contact", {}).get("email", ""),
    "deep password": lambda p, e: "password" in e["data"].get("form", {}).get("fields", [{}])[0],
    "deep token": lambda p, e: "token" in e["data"].get("form", {}).get("auth", {}).get("session", {}),
    "purchase without an amount": lambda p, e: e["data"].get("orderId") and "amount" not in e["data"],
    "purchase without a currency": lambda p, e: e["data"].get("orderId") and "currency" not in e["data"],
    "purchase in JPY": lambda p, e: e["data"].get("currency") == "JPY",
    "deep folders": lambda p, e: "devices/gate" in p.as_posix(),
    "compressed": lambda p, e: p.suffix == ".gz",
    "array": lambda p, e: p.suffix == ".json",
    "Parquet": lambda p, e: p.suffix == ".parquet",
}  # fmt: skip


@pytest.mark.parametrize("name", PATHOLOGIES)
def test_pathology_is_there(simulation: SimulatedInput, name: str) -> None:
    assert any(PATHOLOGIES[name](path, event) for path, event, _ in valid_events(simulation.landing / "social"))


def test_every_kind_of_broken_line_repeat_and_file_is_there(
    simulation: SimulatedInput, events: list[Event], truth: duckdb.DuckDBPyConnection
) -> None:
    told = simulation.manifest["sources"]["social"]
    assert set(told["rejects"]) == {
        "invalid_json", "not_an_object", "missing_field", "wrong_type", "duplicate_key", "invalid_timestamp",
        "invalid_utf8",
    }  # fmt: skip
    assert told["repeats"] > told["changed_repeats"] > 0
    assert told["blank"] > 0 and told["pending"] == 1
    texts = defaultdict(set)
    for _, event, line in valid_events(simulation.landing / "social"):
        texts[event.get("eventId")].add(line.removeprefix("{").replace(" ", ""))
    assert sum(len(found) > 1 for event_id, found in texts.items() if event_id) >= told["changed_repeats"]
    assert any(path.stat().st_size == 0 for path in simulation.landing.rglob("*.jsonl"))
    sessions = truth.sql(
        """
        select
            count(*) filter (is_cut),
            count(*) filter (not is_client_session),
            count(*) filter (user_id is null),
            count(*) filter (started_at::date < ended_at::date and not is_cut),
            count(*) filter (event_count > 1 and duration_seconds = 0)
        from "social.fct_sessions"
        """
    ).fetchall()[0]
    assert all(found > 0 for found in sessions)


def test_orders_of_arrival_and_of_time_differ(simulation: SimulatedInput) -> None:
    path = next((simulation.landing / "social").rglob("part-000.jsonl"))
    times = [event["timestamp"] for found, event, _ in valid_events(path.parent) if found == path]
    assert times != sorted(times)

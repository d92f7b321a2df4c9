"""The landed sessions of streaming characters hold what the manifest and the truth say, by the definitions alone."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from ingestion.simulator import SimulatedInput

MINUTE = timedelta(minutes=1)


def moment(value: Any) -> datetime:
    """A moment in any of the wrappings of document stores, UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, int):
        return datetime.fromtimestamp(value // 1000, UTC).replace(tzinfo=None) + timedelta(milliseconds=value % 1000)
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
    if "$date" in value:
        inner = value["$date"]
        return moment(int(inner["$numberLong"]) if isinstance(inner, dict) else inner)
    seconds, nanos = (value.get(f"_{name}", value.get(name)) for name in ("seconds", "nanoseconds"))
    return moment(seconds * 1000 + nanos // 1_000_000)


def lines_of(folder: Path) -> Iterator[Any]:
    """Each line, element and row; what is no JSON as None."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".json":
            yield from json.loads(path.read_bytes())
        elif path.suffix == ".parquet":
            yield from ({**row, "data": json.loads(row["data"])} for row in pq.read_table(path).to_pylist())
        else:
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            for line in data.split(b"\n")[:-1]:
                try:
                    yield json.loads(line)
                except ValueError:
                    yield None


@pytest.fixture(scope="module")
def lines(simulation: SimulatedInput) -> list[Any]:
    return list(lines_of(simulation.landing / "livestream"))


def sessions_of(lines: list[Any]) -> dict[str, list[tuple[datetime, str, Any]]]:
    found: dict[str, dict[tuple[datetime, str, str], Any]] = defaultdict(dict)
    for line in lines:
        if isinstance(line, dict) and line.get("type") and isinstance(line.get("data"), dict):
            session = line["data"].get("sessionId")
            if isinstance(session, str) and not session.startswith("bad-"):
                at = moment(line["timestamp"])
                data = {key: value for key, value in line["data"].items() if key != "timestamp"}
                found[session][at, line["type"], json.dumps(data, sort_keys=True)] = data
    return {
        session: sorted(((at, kind, data) for (at, kind, _), data in events.items()), key=lambda event: event[:2])
        for session, events in found.items()
    }


def test_every_line_is_counted(simulation: SimulatedInput, lines: list[Any]) -> None:
    told = simulation.manifest["sources"]["livestream"]
    assert len(lines) == told["lines"]
    assert told["lines"] == told["rows"] + told["repeats"] + sum(told["rejects"].values()) + told["blank"]


def test_moments_come_in_all_wrappings(lines: list[Any]) -> None:
    stamps = [line["timestamp"] for line in lines if isinstance(line, dict) and "timestamp" in line]
    shapes = {tuple(sorted(stamp)) if isinstance(stamp, dict) else type(stamp).__name__ for stamp in stamps}
    assert shapes >= {"str", "int", ("_nanoseconds", "_seconds"), ("nanoseconds", "seconds"), ("$date",)}


def test_viewers_follow_the_definition(lines: list[Any], truth: duckdb.DuckDBPyConnection) -> None:
    """Hours watched of the sessions whose events were landed: each gap at most two minutes, up to the end."""
    told = {
        row[0]: row[1:]
        for row in truth.sql(
            'select session_id, hours_watched, viewer_sample_mean, viewer_peak from "livestream.fct_stream_sessions"'
            " where not is_reconstructed and viewer_sample_count > 0"
        ).fetchall()
    }
    found = {}
    for session, events in sessions_of(lines).items():
        samples = [(at, data["viewerCount"]) for at, kind, data in events if kind == "viewer_sample"]
        if not samples:
            continue
        # The end is the session's own, in an event or a document, else one interval after the last event.
        ends = [at for at, kind, _ in events if kind == "session_end"]
        ends += [
            moment(line["endTime"])
            for line in lines
            if isinstance(line, dict) and line.get("id") == session and line.get("endTime")
        ]
        end = max(ends) if ends else max(at for at, *_ in events) + MINUTE
        times = [*[at for at, _ in samples][1:], end]
        watched = sum(
            viewers * max(min(later, end, at + 2 * MINUTE) - at, timedelta()).total_seconds()
            for (at, viewers), later in zip(samples, times, strict=True)
        )
        counts = [viewers for _, viewers in samples]
        found[session] = (watched / 3600, sum(counts) / len(counts), max(counts))
    assert set(found) == set(told)
    for session, figures in found.items():
        assert figures == pytest.approx(told[session]), session


def test_sessions_end_live_or_by_the_rule(truth: duckdb.DuckDBPyConnection) -> None:
    rows = truth.sql(
        'select is_live, closed_by_rule, ended_at is null, count(*) from "livestream.fct_stream_sessions" group by all'
    ).fetchall()
    assert {row[:3] for row in rows} == {(False, False, False), (False, True, True), (True, False, True)}

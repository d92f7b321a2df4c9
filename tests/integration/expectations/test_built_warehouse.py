"""The suites fit the tables that ingestion and dbt really make, also where there is no input, and where it is odd."""

from __future__ import annotations

import json
from typing import Any

import pytest

import expectations
from ingestion.settings import Settings
from tests.pipeline import Pipeline

# Each is taken in: the version has no such rule, or does not say what a value must be.
ODD_EVENTS: list[dict[str, Any]] = [
    {"eventType": "view", "schemaVersion": "2.0.0", "data": {"contentId": "v1"}},
    {"eventType": "view", "schemaVersion": "2.0.0", "data": {"contentType": "video"}},
    {"eventType": "view", "schemaVersion": "2.0.0", "data": {}},
    {"eventType": "view", "schemaVersion": "2.0.0", "data": {"viewDuration": "NaN", "scrollDepth": "-Infinity"}},
    *(
        {"eventType": "view", "data": {"contentType": "video", "contentId": "v1", "viewDuration": seconds}}
        for seconds in (-3, 45, 1e-9, 1e12, 1e300)
    ),
    {"eventType": "engagement", "schemaVersion": "2.0.0", "data": {"targetId": 7}},
    {"eventType": "heartbeat", "data": {"contentType": "video"}},
    {"eventType": "started", "data": {"build": "10.0.22.1", "proxy": "::1:2", "appVersion": "1.2.3.4"}},
    *(
        {"eventType": "purchase", "data": {"amount": amount, "quantity": 0, "currency": currency}}
        for amount, currency in ((-5, "USD"), (1e-7, "usd"), (999999999999, None), (None, ""))
    ),
    {"eventType": "purchase", "data": {"conversionPath": ["(paths of few people)"]}},
    *(
        {"eventType": kind}
        for kind in ("(start)", "(end)", "(paths of few people)", "a > b", "social.view", "x" * 3000)
    ),
    *(
        {"eventType": "view", "platform": platform, "data": {"contentType": "video", "contentId": "v1"}}
        for platform in ("(all)", "(none)", "((all))", "")
    ),
]


def _odd_stream_events() -> list[dict[str, Any]]:
    """Sessions that number their events as others do, and as events of other kinds."""
    kinds = ("session_start", "viewer_sample", "interaction", "interaction", "session_end")
    events = [(kind, session, str(number)) for session in ("a", "b") for number, kind in enumerate(kinds)]
    events += [("viewer_sample", "c", "1"), ("interaction", "c", "1")]
    return [
        {
            "type": kind,
            "id": event_id,
            "timestamp": "2024-03-01T10:00:00Z",
            "data": {"sessionId": session, "viewerCount": 3},
        }
        for kind, session, event_id in events
    ]


def _failed(pipeline: Pipeline) -> list[Any]:
    results = [
        result
        for stage in expectations.STAGES
        for result in expectations.run_suites(pipeline.settings.database_path, stage=stage)
    ]
    return [result for result in results if result.status != "passed"]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A warehouse without input at first, which the tests fill one after the other."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "landing" / "social").mkdir(parents=True)
    return Pipeline(
        Settings.from_env({"WAREHOUSE_DIR": str(folder / "warehouse"), "LANDING_DIR": str(folder / "landing")})
    )


def test_every_check_passes_on_no_input(pipeline: Pipeline) -> None:
    """The full ones are those of tests/integration/pipeline/test_truth.py."""
    pipeline.ingest()
    pipeline.build_models()
    assert _failed(pipeline) == []


def test_no_odd_event_that_is_taken_in_stops_the_publication(pipeline: Pipeline) -> None:
    """One app's odd event must not keep everybody's figures back: at most warnings are for it."""
    common = {"userId": "ann", "timestamp": "2024-03-01T10:00:00Z", "schemaVersion": "1.0.0"}
    alone = [common | {"userId": f"alone {number}"} | event for number, event in enumerate(ODD_EVENTS)]
    # Enough people for figures that are not withheld.
    lines = alone + [common | {"userId": f"user {n}"} | event for n in range(5) for event in ODD_EVENTS]
    lines += [common | {"userId": None} | event for event in ODD_EVENTS]
    (pipeline.settings.landing_dir / "social" / "odd.jsonl").write_text(
        "".join(json.dumps(line | {"eventId": f"e{number}"}) + "\n" for number, line in enumerate(lines))
    )
    # An archived chat may be older than all else, and of no stream that is known.
    paid = {
        "message_id": "m",
        "message_type": "paid_message",
        "timestamp": 1_706_866_800_000_000,
        "money": {"text": "$5"},
    }
    (pipeline.settings.landing_dir / "youtube").mkdir()
    (pipeline.settings.landing_dir / "youtube" / "chat.jsonl").write_text(json.dumps(paid))
    streams = _odd_stream_events()
    (pipeline.settings.landing_dir / "livestream").mkdir()
    (pipeline.settings.landing_dir / "livestream" / "odd.jsonl").write_text("\n".join(map(json.dumps, streams)) + "\n")
    loaded = pipeline.ingest()["social"]
    pipeline.dbt("build", "--exclude-resource-type", "unit_test")
    assert (loaded.rows_loaded, loaded.rows_rejected) == (len(lines), 0)
    assert pipeline.query("select count(*) from staging.stg_livestream__events") == [(len(streams),)]
    assert [result for result in _failed(pipeline) if result.severity != "warning"] == []

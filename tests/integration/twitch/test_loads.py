"""From the simulated platform to the raw tables: all of them, everything in them, once; and values that no table can hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.collect.clock import SimulatedClock
from ingestion.collect.collection import Collector, collected_dir
from ingestion.pipeline import LoadResult, run_files
from ingestion.registry import SOURCES
from ingestion.settings import Settings
from ingestion.simulator import generate
from ingestion.simulator.platforms.world import attach_world
from ingestion.twitch import RESOURCES
from tests.integration.twitch.conftest import START, Twitch

DATA_TABLES = ("users", "channels", "followers", "subscriptions", "streams", "stream_polls", "videos", "clips", "games")


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the warehouse, and of the world beside it as world.<table>."""
    with duckdb.connect() as connection:
        attach_world(connection, settings.simulated_dir / "world")
        connection.execute(f"attach '{settings.database_path}' as warehouse (read_only)")
        connection.execute("use warehouse")
        return connection.execute(re.sub(r"\bworld\.", "memory.world.", sql)).fetchall()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, LoadResult]:
    """A simulated warehouse of four days whose source twitch was run once."""
    folder = tmp_path_factory.mktemp("simulated")
    settings = Settings.from_env({"WAREHOUSE_DIR": str(folder)})
    generate(settings.simulated_dir, events=64, days=4, conversations=0, end_date=date(2026, 11, 20), with_truth=False)
    return settings, SOURCES["twitch"].run(settings)


def test_the_raw_tables_are_these_and_every_one_has_rows(simulated: tuple[Settings, LoadResult]) -> None:
    settings, result = simulated
    tables = query(settings, "select table_name from duckdb_tables() where schema_name = 'raw_twitch'")
    bookkeeping = {"files", "rejects", "reject_replays", "_dlt_loads", "_dlt_version", "_dlt_pipeline_state"}
    assert {name for (name,) in tables} == {*DATA_TABLES, "collections", *bookkeeping}
    counts = {name: query(settings, f"select count(*) from raw_twitch.{name}")[0][0] for name in DATA_TABLES}
    assert min(counts.values()) > 0
    assert (result.status, result.rows_rejected) == ("loaded", 0)
    assert (
        result.rows_loaded
        == sum(counts.values()) + query(settings, "select count(*) from raw_twitch.collections")[0][0]
    )


def test_a_second_run_collects_and_loads_nothing(simulated: tuple[Settings, LoadResult]) -> None:
    settings, _ = simulated
    before = query(settings, "select count(*) from raw_twitch.collections")
    assert SOURCES["twitch"].run(settings).status == "unchanged"
    assert query(settings, "select count(*) from raw_twitch.collections") == before
    assert [path for path in collected_dir(settings, "twitch").glob("*/*")] == []


def test_the_streams_are_those_of_the_world_at_the_polls_that_were_answered(
    simulated: tuple[Settings, LoadResult],
) -> None:
    settings, _ = simulated
    collected = "select collected_at, stream_id, account_id, viewer_count from raw_twitch.streams"
    expected = """
        select p."at", v.stream_id, s.account_id, v.viewers
        from world.polls p join world.stream_viewers v on v.minute_at = p."at" join world.streams s using (stream_id)
        where not exists (
            from world.outages o where o.resource = 'streams'
            and p."at" >= o.from_at and p."at" < o.from_at + to_minutes(o.minutes)
        )"""
    assert query(settings, f"({collected} except all {expected}) union all ({expected} except all {collected})") == []
    [(answered, planned)] = query(
        settings, "select (select count(*) from raw_twitch.stream_polls), (select count(*) from world.polls)"
    )
    assert answered == planned - 5
    assert query(settings, "select count(distinct polled_account_ids) from raw_twitch.stream_polls") == [(1,)]


def test_followers_videos_and_clips_are_those_of_the_world_on_each_day(simulated: tuple[Settings, LoadResult]) -> None:
    settings, _ = simulated
    day = """from world.daily_collections d"""
    down = "(select account_id from world.outages where resource = 'followers')"
    expected = f"""
        select d."at"::date, f.account_id, f.followers {day} join world.follower_counts f on f."at" = d."at"
        where f.account_id not in {down} or d."at"::date <> (
            select from_at::date from world.outages where resource = 'followers')"""
    collected = "select collected_at::date, broadcaster_id, total from raw_twitch.followers"
    assert query(settings, f"({collected} except all {expected}) union all ({expected} except all {collected})") == []
    expected = f"""
        select d."at"::date, v.video_id, max_by(w.views, w."at") {day}
        join world.videos v on v.listed_at <= d."at" and (v.deleted_at is null or d."at" < v.deleted_at)
        join world.video_views w on w.video_id = v.video_id and w."at" <= d."at" group by all"""
    collected = "select collected_at::date, video_id, view_count from raw_twitch.videos"
    assert query(settings, f"({collected} except all {expected}) union all ({expected} except all {collected})") == []
    # Of clips, what was read on a day is what the world had; which ones are due is another test's.
    expected = f"""
        select d."at"::date, c.clip_id, max(struct_pack("at" := w."at", views := w.views)).views {day}
        join world.clips c on c.created_at <= d."at" and (c.deleted_at is null or d."at" < c.deleted_at)
        join world.clip_views w on w.clip_id = c.clip_id and w."at" <= d."at" group by all"""
    collected = "select collected_at::date, clip_id, view_count from raw_twitch.clips where is_gone is not true"
    assert query(settings, f"{collected} except all {expected}") == []
    # Every clip of the days was seen, unless it was deleted before it could be.
    assert (
        query(
            settings,
            """select clip_id from world.clips where created_at < (select max("at") from world.daily_collections)
        and clip_id not in (select clip_id from raw_twitch.clips) and deleted_at is null""",
        )
        == []
    )


def test_collections_tell_what_failed(simulated: tuple[Settings, LoadResult]) -> None:
    settings, result = simulated
    ended = Counter(query(settings, "select resource, status from raw_twitch.collections where status <> 'running'"))
    assert ended[("streams", "failed")] == 5
    assert ended[("followers", "failed")] == 1
    assert ended[("subscriptions", "partial")] == 2
    assert {status for (resource, status) in ended if resource in ("clips", "videos", "channels", "games")} == {
        "succeeded"
    }
    assert ended[("clips", "succeeded")] == 6 * 4
    # Of the last day, as a nightly run would say.
    assert result.problems == []


def test_no_subscriber_and_no_token_reaches_the_warehouse(simulated: tuple[Settings, LoadResult]) -> None:
    settings, _ = simulated
    [tokens] = settings.warehouse_dir.rglob("*token*")
    assert tokens.stat().st_mode & 0o077 == 0
    texts = [
        path.read_bytes()
        for path in settings.warehouse_dir.rglob("*")
        if path.is_file() and path.suffix != ".parquet" and path != tokens
    ]
    # Compressed columns do not show their bytes.
    texts += [str(query(settings, f"from raw_twitch.{table}")).encode() for table in (*DATA_TABLES, "collections")]
    assert any(len(text) > 100_000 for text in texts)
    given = [
        one[name].encode()
        for one in json.loads(tokens.read_text()).values()
        for name in ("access_token", "refresh_token")
    ]
    assert len(set(given)) == 4
    people = (b"canary-Subscriber", b"canary-subscriber", b"canary-Gifter", b"canary-gifter")
    assert [word for word in (*people, *given, b"access-token-") for text in texts if word in text] == []


def test_a_collection_that_was_killed_in_a_simulated_run_begins_anew(tmp_path: Path) -> None:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})
    generate(settings.simulated_dir, events=64, days=1, conversations=0, end_date=date(2026, 11, 20), with_truth=False)
    left_over = collected_dir(settings, "twitch") / "clips"
    left_over.mkdir(parents=True)
    (left_over / "killed.jsonl").write_text('{"item": "half a simulation"}\n')
    assert SOURCES["twitch"].run(settings).rows_rejected == 0


POISON: list[tuple[dict[str, Any], str]] = [
    ({"view_count": "5"}, "wrong_type"),
    ({"view_count": 2**63}, "wrong_type"),
    ({"view_count": 1.5}, "wrong_type"),
    ({"view_count": -1}, "wrong_type"),
    ({"id": ""}, "missing_field"),
    ({"id": None}, "missing_field"),
    ({"id": 7}, "wrong_type"),
    ({"id": "nul\0"}, "wrong_type"),
    ({"title": ["x"]}, "wrong_type"),
    ({"title": "\ud800"}, "invalid_json"),
    ({"created_at": "2026-02-30T00:00:00Z"}, "invalid_timestamp"),
    ({"created_at": "9999-01-01T00:00:00Z"}, "invalid_timestamp"),
    ({"created_at": None}, "missing_field"),
    ({"duration": "30"}, "wrong_type"),
    ({"is_featured": "yes"}, "wrong_type"),
]


def test_values_that_break_the_schema_become_rejects_and_the_rest_is_loaded(twitch: Twitch) -> None:
    account_id = twitch.accounts[0]
    clip = twitch.server.world.clips(account_id, 0, START.timestamp(), START.timestamp())[0]
    good = [
        {**clip, "id": "Good-1", "title": "nul \0 and \x1b"},
        {**clip, "id": "Good-2", "brand_new": {"deep": 1, "email": "canary@example.org"}},
        {name: value for name, value in clip.items() if name not in ("view_count", "vod_offset", "title")}
        | {"id": "Good-3"},
        {**clip, "id": "Good-4", "vod_offset": None, "game_id": "", "view_count": 10.0**11},
        {"id": "Good-5", "is_gone": True, "was_looked_up": True},
    ]
    settings = twitch.settings
    with Collector(settings, "twitch", SimulatedClock(START)) as collector:
        with collector.collection("clips", account_id) as collection:
            collection.add([*good, *({**clip, **change} for change, _ in POISON), "no object", None])  # type: ignore[list-item]
        with collector.collection("videos", account_id) as collection:
            video = twitch.server.world.videos(account_id, START.timestamp())[0]
            for duration in ("3h8m33s", "33s", "1d2h", "", "999999999999h", None):
                collection.add([{**video, "id": f"v{duration}", "duration": duration}])
    result = run_files(settings, "twitch", RESOURCES)
    assert (result.status, result.set_aside) == ("loaded", [])
    rows = query(settings, "select clip_id, title, view_count, game_id, extra from raw_twitch.clips order by clip_id")
    assert [row[0] for row in rows] == [item["id"] for item in good]
    assert rows[0][1] == "nul \0 and \x1b"
    assert json.loads(rows[1][4]) == {"brand_new": {"deep": 1, "email": "[redacted]"}}
    assert rows[2][1:4] == (None, None, clip["game_id"])
    assert rows[3][2:] == (10**11, None, None)
    reasons = Counter(query(settings, "select reason_code from raw_twitch.rejects where resource = 'clips'"))
    expected = Counter((code,) for _, code in POISON) + Counter([("wrong_type",), ("missing_field",)])
    assert reasons == expected
    assert query(settings, "select video_id, duration_seconds from raw_twitch.videos order by 1") == [
        ("v", 0), ("v33s", 33), ("v3h8m33s", 11_313), ("vNone", None),
    ]  # fmt: skip
    assert query(settings, "select sum(lines_read) = sum(rows_loaded + rows_rejected) from raw_twitch.files") == [
        (True,)
    ]

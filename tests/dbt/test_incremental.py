"""Incremental results equal a rebuild from raw, whatever way the same lines arrive."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import duckdb
import pytest

from ingestion.settings import Settings
from orchestration.backfill import mark_dates

from .conftest import ZONE, Event, Warehouse, differences
from .session_oracle import first_arrivals, sessions

DAY = dt.datetime(2024, 3, 30, 20, 0)
NIGHT = dt.datetime(2024, 4, 2, 2, 0)
MINUTE = dt.timedelta(minutes=1)


def view(event_id: str, minutes: float, user: str | None, session: str | None = None, **data: object) -> Event:
    content = {"contentType": "post", "contentId": f"post-{len(event_id)}", "viewDuration": 50, **data}
    return Event(event_id, DAY + minutes * MINUTE, user, session, data=content, platform="web")


def random_events(seed: int, count: int) -> list[Event]:
    """Events whose gaps sit on and around each border of the session rules; some ids repeat with other content."""
    source = random.Random(seed)
    gaps = [0, 0, 1, 10, 29, 30, 30 + 1 / 60_000_000, 31, 90, 600, 1440, 4319, 4320, 4320 + 1 / 60_000_000]
    clocks: dict[str | None, dt.datetime] = {}
    events: list[Event] = []
    for number in range(count):
        user = source.choice(["ann", "bob", "cid", "dan", None])
        clock = clocks.get(user, DAY) + source.choice(gaps) * MINUTE
        clocks[user] = clock
        kind = source.choice(["view", "view", "engagement", "purchase", "stream", "anything"])
        content = {
            "view": {"contentType": "post", "contentId": f"c{number % 5}", "viewDuration": source.random() * 4000},
            "engagement": {"action": "like", "targetType": "post", "targetId": f"c{number % 7}"},
            "purchase": {"orderId": f"o{number % 9}", "amount": number / 7, "currency": source.choice(["EUR", "USD"])},
        }
        events.append(
            Event(
                f"r{number:04d}" if source.random() > 0.05 or not number else f"r{source.randrange(number):04d}",
                clock,
                user,
                source.choice([None, None, None, "s1", "s2"]),
                kind,
                content.get(kind, {}),
                source.choice(["ios", "web", None]),
                source.choice([None, "1.0.0", "1.1.0"]),
            )
        )
    source.shuffle(events)
    return events


RANDOM = random_events(11, 700)


def assert_sessions_follow_the_rules(warehouse: Warehouse) -> None:
    expected, members = sessions(first_arrivals(warehouse.loaded))
    rows = warehouse.sql(
        "select first_event_id, started_at, ended_at, event_count, is_cut, user_id, session_id from social.fct_sessions"
    )
    assert {row[0]: tuple(row[1:]) for row in rows} == expected
    assert len(rows) == len(expected)
    found = warehouse.sql(
        "select e.event_id, s.first_event_id from social.fct_events as e"
        " left join social.fct_sessions as s using (session_key)"
    )
    assert dict(found) == members
    assert len(found) == len(members)


def test_builds_without_a_single_row(incremental: Warehouse) -> None:
    assert incremental.sql("select count(*) from social.fct_events") == [(0,)]
    assert incremental.sql("select count(*) from social.agg_events_period") == [(0,)]


def test_late_rows_join_sessions_move_their_start_and_repeat(incremental: Warehouse) -> None:
    first = [
        view("gap-1", 0, "gil"),
        view("gap-3", 50, "gil"),
        view("start-2", 100, "hal"),
        view("client-2", 0, "ida", "s"),
        view("cut-1", 0, "jon", "long"),
        view("cut-3", 4320 + 60, "jon", "long"),
        view("anonymous", 5, None),
        *RANDOM[:250],
    ]
    second = [
        view("gap-2", 25, "gil"),  # joins two sessions into one
        view("start-1", 80, "hal"),  # comes before a session's start
        view("client-1", -2000, "ida", "s"),
        view("cut-2", -60, "jon", "long"),  # moves the start, and with it the cut
        view("gap-1", 999, "someone-else"),  # repeats an id: the first arrival stays
        *RANDOM[250:400],
        *RANDOM[:100],
    ]
    incremental.add_load("1000.1", NIGHT, first)
    incremental.run()
    assert_sessions_follow_the_rules(incremental)
    incremental.add_load("1000.2", NIGHT + dt.timedelta(days=1), second)
    incremental.add_load("1000.3", NIGHT + dt.timedelta(days=1), [view("unfinished", 0, "kim")], status=1)
    incremental.run()

    assert_sessions_follow_the_rules(incremental)
    assert incremental.sql("select count(*) from social.fct_sessions where user_id = 'gil'") == [(1,)]
    assert incremental.sql("select count(*) from social.fct_events where event_id = 'unfinished'") == [(0,)]
    assert differences(incremental, incremental.rebuilt()) == {}


def test_a_run_that_died_between_models_is_finished_by_the_next(incremental: Warehouse) -> None:
    incremental.add_load("1000.4", NIGHT + dt.timedelta(days=2), RANDOM[400:500])
    incremental.run("stg_social__events")
    incremental.add_load("1000.5", NIGHT + dt.timedelta(days=3), [*RANDOM[500:560], view("nobody", 7, None)])
    incremental.run("stg_social__events", "fct_sessions")
    incremental.add_load("1000.6", NIGHT + dt.timedelta(days=4), RANDOM[560:620])
    incremental.run("stg_social__events", "fct_sessions", "fct_events", "agg_events_hourly")
    # An older load id that becomes visible now, with the first rows' ids among its own.
    incremental.add_load("0999.9", NIGHT + dt.timedelta(days=5), [*RANDOM[600:], *RANDOM[:50]])
    incremental.run()

    assert_sessions_follow_the_rules(incremental)
    assert differences(incremental, incremental.rebuilt()) == {}


def test_a_model_run_alone_between_staging_and_sessions_loses_nothing(incremental: Warehouse) -> None:
    incremental.add_load("1000.7", NIGHT + dt.timedelta(days=6), [view("alone", 9000, "lea")])
    incremental.run("stg_social__events", "fct_events", "int_social__activity_grouped")
    incremental.run()

    assert incremental.sql("select count(*) from social.fct_events where event_id = 'alone'") == [(1,)]
    assert_sessions_follow_the_rules(incremental)


def test_a_load_from_a_clock_set_back_takes_the_place_of_younger_rows(incremental: Warehouse) -> None:
    moved = [view("gap-2", 12_000, "mia"), view("anonymous", 20_000, "mia", n=1)]
    incremental.add_load("0999.8", NIGHT - dt.timedelta(days=1), moved)
    incremental.run()

    assert incremental.sql("select count(*) from social.fct_sessions where user_id = 'gil'") == [(2,)]
    assert_sessions_follow_the_rules(incremental)
    assert differences(incremental, incremental.rebuilt()) == {}


def test_a_backfill_computes_the_figures_of_its_dates_again(incremental: Warehouse, manifest: dict[str, Any]) -> None:
    wrong = {  # as models left them that were corrected since
        "social.fct_sessions": ("duration_seconds", "session_date"),
        "social.fct_events": ("dwell_seconds", "event_date"),
        "social.agg_events_hourly": ("event_count", "event_date"),
        "social.agg_events_daily": ("event_count", "event_date"),
        "social.agg_revenue_daily": ("purchase_count", "event_date"),
        "social.agg_content_daily": ("view_count", "event_date"),
    }
    first, last = dt.date(2024, 3, 30), dt.date(2024, 4, 10)
    for table, (figure, date) in wrong.items():
        updated = incremental.sql(f"update {table} set {figure} = -7 where {date} between '{first}' and '{last}'")
        assert updated[0][0] > 0, table
    settings = Settings.from_env({"WAREHOUSE_DIR": str(incremental.path.parent), "REPORTING_TIMEZONE": ZONE})
    with duckdb.connect(str(incremental.path)) as connection:
        mark_dates(connection, settings, manifest, str(first), str(last))
    incremental.run()

    for table, (figure, _) in wrong.items():
        assert incremental.sql(f"select count(*) from {table} where {figure} = -7") == [(0,)], table
    assert differences(incremental, incremental.rebuilt()) == {}


def test_all_data_tests_pass_on_the_result(incremental: Warehouse) -> None:
    incremental.dbt("test", "--select", "path:models/marts/social", "path:tests/social")


def test_a_row_of_an_older_batch_is_tested_again_when_all_rows_are_asked_for(
    incremental: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    incremental.sql(
        "update social.fct_events set session_key = null, batch_id = batch_id - 1"
        " where event_id = (select min(event_id) from social.fct_events where user_id is not null)"
    )
    arguments = ("test", "--select", "fct_events_known_person_has_session")
    assert incremental.dbt(*arguments, check=False).returncode == 0
    monkeypatch.setenv("DBT_TEST_ALL_ROWS", "true")
    assert incremental.dbt(*arguments, check=False).returncode == 1

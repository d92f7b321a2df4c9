"""Live streams: incremental results equal a rebuild from raw, whatever way events, documents and rates arrive."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .conftest import Warehouse

DAY = dt.datetime(2024, 3, 30, 22, 0)  # midnight and a change of the clock lie inside the sessions
NIGHT = dt.datetime(2024, 4, 5, 2, 0)
MODELS = [
    f"path:models/{layer}" for layer in (
        "staging/livestream", "staging/fx", "staging/youtube", "intermediate/livestream", "intermediate/fx",
        "marts/livestream",
    )
]  # fmt: skip
Row = dict[str, Any]


def event(session: str, at: dt.datetime, kind: str, number: int, **columns: Any) -> Row:
    return {"event_id": f"{session}-{kind}-{number}", "has_event_id": True, "is_document": False, "type": kind,
            "session_id": session, "timestamp": at, "data": "{}", **columns}  # fmt: skip


def stats(source: random.Random, samples: int) -> dict[str, Any]:
    counts = [source.choice([None, 0, 5, 40]) for _ in range(samples)]
    return {
        "viewerStats": {"peak": max((one or 0 for one in counts), default=0), "average": 7.5, "samples": counts},
        "interactionStats": {"total": source.randrange(9), "superChats": source.randrange(3),
                             "superChatRevenue": source.randrange(20), "responseTimeAvg": 400,
                             "responseTimes": [source.choice([0, 900, 7000]) for _ in range(source.randrange(5))]},
        "technicalStats": {"errors": source.randrange(3), "reconnects": source.randrange(2)},
    }  # fmt: skip


def session_rows(source: random.Random, number: int) -> list[Row]:
    """One session in one or both forms; its parts may say different accounts, and its end may be missing."""
    session, video = f"s{number}", source.choice([None, None, f"v{number % 3}"])
    start = DAY + dt.timedelta(minutes=source.choice([0, 30, 90, 115, 119, 3000]) + number)
    length = source.choice([0, 1, 3, 12, 130])
    who = {"character_id": source.choice(["ada", "bob", None]), "video_id": video}
    rows: list[Row] = []
    if source.random() < 0.8:
        rows.append(event(session, start, "session_start", 0, account_id=source.choice([None, "a1", "a2"]), **who))
        for minute in range(1, length + 1, source.choice([1, 1, 2, 7])):
            at = start + dt.timedelta(minutes=minute, milliseconds=source.randrange(-20_000, 20_000))
            rows.append(event(session, at, "viewer_sample", minute, viewer_count=source.randrange(50), **who))
        for place in range(source.choice([0, 1, 6])):
            at = start + dt.timedelta(seconds=source.randrange(-30, 60 * length + 60))
            money = source.choice([None, 0, 5, 12.5])
            rows.append(
                event(session, at, "interaction", place, interaction_id=f"i{number}-{place}", super_chat_amount=money,
                      user_id=source.choice(["u1", "u2", "u3", None]), emotion=source.choice(["joy", None]),
                      currency=source.choice(["EUR", "USD", "JPY", None]), **who,
                      response_time=source.choice([None, 0.0, 800.0, 9000.0]))
            )  # fmt: skip
        for place in range(source.choice([0, 0, 2])):
            rows.append(event(session, start + dt.timedelta(minutes=place), "error", place, error_type="x"))
            rows.append(event(session, start + dt.timedelta(minutes=place), "reconnect", place, component="voice"))
        if source.random() < 0.6:
            told = stats(source, length) if source.random() < 0.5 else {}
            told["duration"] = source.choice([length * 60, None, -5])
            end = start + dt.timedelta(minutes=length, seconds=source.choice([0, 0, 30, -90]))
            rows.append(event(session, end, "session_end", 0, **who) | {"data": json.dumps(told)})
    for version in range(source.choice([0, 0, 1, 2]) if rows else 1):
        told = {"id": session, **stats(source, max(0, length - 2 + version))}
        ended = start + dt.timedelta(minutes=length) if source.random() < 0.5 else None
        rows.append(
            event(session, start, "session_document", version, ended_at=ended, **who)
            | {"is_document": True, "data": json.dumps(told)}
        )
    return rows


def chat_rows(source: random.Random) -> list[Row]:
    return [
        {"message_id": source.choice([f"m{place}", f"i{place}-0"]), "video_id": f"v{place % 4}", "account_id": "channel",
         "type": "superChatEvent", "author_hash": f"h{place % 3}", "amount_micros": 5_000_000, "amount": 5,
         "currency": source.choice(["USD", "EUR"]), "origin": "api",
         "published_at": DAY + dt.timedelta(minutes=source.randrange(200))}
        for place in range(6)
    ]  # fmt: skip


def rate_rows(source: random.Random) -> list[Row]:
    rows = []
    for day in range(-3, 4):
        date = DAY.date() + dt.timedelta(days=day)
        if source.random() < 0.6:
            rates = json.dumps({"USD": f"1.{source.randrange(10, 99)}", "JPY": "160.5"})
            rows.append({"rate_id": f"{date}{rates}", "rate_date": date, "rates": rates})
    return rows


def add(warehouse: Warehouse, table: str, load: str, at: dt.datetime, rows: list[Row]) -> None:
    schema = table.partition(".")[0]
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"insert into {schema}._dlt_loads values (?, '', 0, ?, 'h')", [load, at.replace(tzinfo=dt.UTC)]
        )
        for number, row in enumerate(rows, start=1):
            full = row | {"file_id": f"f-{load}", "line_number": number, "_dlt_load_id": load}
            columns, marks = ", ".join(f'"{name}"' for name in full), ", ".join("?" * len(full))
            connection.execute(f"insert into {table} ({columns}) values ({marks})", list(full.values()))


def difference(one: Warehouse, other: Warehouse) -> dict[str, int]:
    """Rows that only one of two warehouses holds, by table of the domain."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one.path}' as one (read_only); attach '{other.path}' as other (read_only)")
        tables = connection.execute(
            "select schema_name, table_name, string_agg('\"' || column_name || '\"', ', ')"
            " from duckdb_columns() join duckdb_tables() using (database_name, schema_name, table_name)"
            " where database_name = 'one' and column_name not in ('batch_id', 'displaced_batch_id', 'loaded_at')"
            " and (schema_name = 'livestream' or table_name like '%\\_livestream\\_%' escape '\\')"
            " and not starts_with(schema_name, 'raw') group by all"
        ).fetchall()
        assert len(tables) >= 16
        for schema, table, columns in tables:
            a, b = (f"select {columns} from {db}.{schema}.{table}" for db in ("one", "other"))
            row = connection.execute(
                f"select count(*) from (({a} except all {b}) union all ({b} except all {a}))"
            ).fetchone()
            if row and row[0]:
                found[table] = row[0]
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """An empty warehouse; the examples copy its raw tables. One path for all: dbt parses anew when it changes."""
    folder = tmp_path_factory.mktemp("livestream")
    return Warehouse(folder / "warehouse.duckdb", folder)


def check(warehouse: Warehouse, seed: int, loads: int, sessions: int) -> None:
    source = random.Random(seed)
    warehouse.path.unlink(missing_ok=True)
    warehouse.create_raw()
    rows = [row for number in range(sessions) for row in session_rows(source, number)]
    pools: dict[str, list[list[Row]]] = {
        table: [[] for _ in range(loads)]
        for table in ("raw_livestream.events", "raw_youtube.chat_messages", "raw_fx.rates")
    }
    for table, all_rows in zip(pools, (rows, chat_rows(source), rate_rows(source) + rate_rows(source)), strict=True):
        for row in all_rows:
            pools[table][source.randrange(loads)].append(row)
            if source.random() < 0.1:
                pools[table][source.randrange(loads)].append(row)
        for pool in pools[table]:
            source.shuffle(pool)
    for number in range(loads):
        # Once the clock was set back: what arrives then is older than what is modelled.
        at = NIGHT + dt.timedelta(days=number if number != 2 else -9)
        for table, pool in pools.items():
            add(warehouse, table, f"{1000 + number}.{len(table)}", at, pool[number])
        warehouse.run(*MODELS)
    # The rebuild takes the place of the first: dbt parses anew where the path changes.
    before = Warehouse(warehouse.path.with_name("incremental.duckdb"), warehouse.state)
    before.path.write_bytes(warehouse.path.read_bytes())
    warehouse.dbt("run", "--full-refresh", "--select", *MODELS)
    assert warehouse.sql("select count(*) from livestream.fct_stream_sessions") == [(sessions,)]
    assert difference(before, warehouse) == {}
    assert_figures_follow_the_definitions(warehouse)


def assert_figures_follow_the_definitions(warehouse: Warehouse) -> None:
    """Viewers by the definition, gap by gap, from the samples alone."""
    told = warehouse.sql(
        "select session_id, sampled_at, viewer_count from intermediate.int_livestream__samples_timed"
        " order by session_id, sampled_at, sample_id"
    )
    ends = dict(warehouse.sql("select session_id, closes_at from intermediate.int_livestream__sessions_resolved"))
    seconds: dict[str, float] = {}
    watched: dict[str, float] = {}
    for place, (session, at, viewers) in enumerate(told):
        following = told[place + 1] if place + 1 < len(told) and told[place + 1][0] == session else None
        until = min(following[1] if following else ends[session], ends[session])
        gap = min(max((until - at).total_seconds(), 0), 120)
        seconds[session] = seconds.get(session, 0) + gap
        watched[session] = watched.get(session, 0) + gap * viewers
    for session, hours, covered in warehouse.sql(
        "select session_id, hours_watched, covered_seconds from livestream.fct_stream_sessions"
    ):
        assert covered == pytest.approx(seconds.get(session, 0))
        assert (hours or 0) == pytest.approx(watched.get(session, 0) / 3600)
    assert warehouse.sql(
        "select (select coalesce(sum(hours_watched), 0) from livestream.agg_characters_daily)"
        " - (select coalesce(sum(hours_watched), 0) from livestream.fct_stream_sessions)"
    )[0][0] == pytest.approx(0, abs=1e-6)


_DRAWN_ONLY = {"phases": [Phase.explicit, Phase.generate], "suppress_health_check": list(HealthCheck)}


def test_any_cut_into_loads_equals_a_rebuild(template: Warehouse) -> None:
    check(template, seed=4, loads=2, sessions=30)


@pytest.mark.slow
@given(seed=st.integers(0, 10**6), loads=st.integers(2, 5), sessions=st.integers(1, 40))
@settings(max_examples=8, **_DRAWN_ONLY)
def test_many_cuts_into_loads_equal_a_rebuild(template: Warehouse, seed: int, loads: int, sessions: int) -> None:
    check(template, seed, loads, sessions)

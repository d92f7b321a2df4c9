"""A five-step funnel and a twelve-week retention by the models, and by one hand-written query each for the same numbers.

`python -m tests.bench.behavior models|by_hand <database> <memory limit>` is one measured process; `prepare <database>
<events>` comes before, in a process of its own, because a new process counts the memory of the one that starts it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from orchestration.dbt import PROJECT_DIR, dbt_executable

DATABASE = "behavior_bench"
WEEK = 7 * 86400 * 1_000_000
KINDS = ("view", "engagement", "cart", "checkout", "purchase")
BLOCK = {
    "minimum_people": 1,
    "funnels": [
        {"name": "five_steps", "window": "7 days", "steps": [{"event": f"social.{kind}"} for kind in KINDS]},
    ],
    "retentions": [
        {
            "name": "twelve_weeks",
            "cohort_event": {"event": "social.view"},
            "return_event": {"event": "social.view"},
            "interval": "week",
            "periods": 12,
        }
    ],
}
MODELS = (
    "int_behavior__people",
    "fct_funnel_attempts",
    "agg_funnels",
    "int_behavior__retention_people",
    "int_behavior__retention_cells",
    "agg_retention",
)
# A quarter of a year; a few people with thousands of events, most with a handful. Half of the events are views.
EVENTS = """
insert into social.fct_events by name
select
    'event-' || n as event_id, 'user-' || floor({people} * pow(hash(n, 1) % 1000003 / 1000003.0, 2))::bigint as user_id,
    'session-' || hash(n, 2) % {people} as session_key,
    timestamp '2026-01-05' + to_microseconds((hash(n, 3) % 7862400000000)::bigint) as occurred_at,
    occurred_at::date as event_date,
    case when draw < 50 then 'view' when draw < 75 then 'engagement' when draw < 87 then 'cart' when draw < 95 then 'checkout'
        else 'purchase' end as event_type,
    ['ios', 'android', 'web'][1 + (hash(n, 4) % 3)::int] as platform, 1 as batch_id, timestamp '2026-04-06' as loaded_at
from (select n, hash(n, 5) % 100 as draw from range({events}) as numbers(n))
"""


def by_hand_funnel() -> str:
    """People by step, timeframe and period of entry, with median and p90 times, in one query."""
    passes = ", ".join(
        f"""p{j} as (
            select u, d, t, s, {
            ", ".join(
                f"first_value(case when s = {j} then {'t' if i == j else f't{i}'} end ignore nulls) over w as t{i}"
                for i in range(j, 6)
            )
        }
            from p{j + 1}
            window w as (partition by u order by t, s rows between 1 following and unbounded following)
            qualify s < {j}
        )"""
        for j in (5, 4, 3, 2)
    )
    reached = ", ".join(f"case when t{i} - t <= {WEEK} then t{i} end as t{i}" for i in range(2, 6))
    depth = "1" + "".join(f" + (t{i} is not null)::int" for i in range(2, 6))
    order = f"order by {depth} desc, coalesce(t5, t4, t3, t2, 0), t desc"
    picks = " union all ".join(
        f"""select '{name}' as timeframe, {period} as period, * from best
        {"" if name == "day" else f"qualify row_number() over (partition by u, {period} {order}) = 1"}"""
        for name, period in (
            ("day", "d"),
            ("week", "date_trunc('week', d)::date"),
            ("month", "date_trunc('month', d)::date"),
            ("all_time", "null::date"),
        )
    )
    measures = ", ".join(
        f"count(t{i}), quantile_cont((t{i} - {before}) / 1e6, 0.5), quantile_cont((t{i} - {before}) / 1e6, 0.9),"
        f" quantile_cont((t{i} - t) / 1e6, 0.5), quantile_cont((t{i} - t) / 1e6, 0.9)"
        for i, before in ((2, "t"), (3, "t2"), (4, "t3"), (5, "t4"))
    )
    steps = " ".join(f"when '{kind}' then {number}" for number, kind in enumerate(KINDS, start=1))
    return f"""
    with p6 as (
        select user_id as u, event_date as d, epoch_us(occurred_at) as t, case event_type {steps} end as s
        from social.fct_events where event_type in {KINDS} and user_id is not null
    ), {passes},
    attempts as (select u, d, t, {reached} from p2),
    best as materialized (select * from attempts qualify row_number() over (partition by u, d {order}) = 1)
    select timeframe, period, count(*), {measures} from ({picks}) group by timeframe, period order by all
    """


def by_hand_retention() -> str:
    """Size and people who came back, by week of the first view and weeks since, in one query."""
    return """
    with weeks as (
        select user_id, date_trunc('week', event_date)::date as week from social.fct_events
        where event_type = 'view' and user_id is not null group by all
    ),
    firsts as (select user_id, min(week) as cohort from weeks group by user_id),
    sizes as (select cohort, count(*) as size from firsts group by cohort),
    came as (
        select f.cohort, (w.week - f.cohort) // 7 as period, count(*) as returned
        from firsts as f join weeks as w using (user_id) where w.week - f.cohort <= 12 * 7 group by all
    )
    select s.cohort, p.period, s.size, coalesce(c.returned, 0)
    from sizes as s cross join range(13) as p(period) left join came as c on c.cohort = s.cohort and c.period = p.period
    where s.cohort + 7 * (p.period + 1)::int <= date '2026-04-06' order by all
    """


def prepare(database: Path, events: str) -> None:
    """A warehouse with empty marts but for `events` social events, and the models' SQL beside it."""
    from tests.dbt.conftest import raw_tables

    folder = database.parent
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute(raw_tables())
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    _dbt(folder, "build", *kinds, "--select", "+int_behavior__events")
    # Compiled before there are rows: as a first build.
    _dbt(folder, "compile", "--select", *MODELS, "--indirect-selection", "empty")
    nodes = json.loads((folder / "target" / "manifest.json").read_text())["nodes"].values()
    compiled = {
        node["name"]: [node["schema"], node["compiled_code"]]
        for node in nodes
        if node["resource_type"] == "model" and node["name"] in MODELS
    }
    (folder / "models.json").write_text(json.dumps(compiled))
    with duckdb.connect(str(database)) as connection:
        connection.execute(EVENTS.format(events=events, people=max(100, int(events) // 25)))
        connection.execute("insert into staging.stg_social__events(batch_id) values (1)")
        connection.execute("create schema if not exists behavior")
        connection.execute("checkpoint")


def _dbt(folder: Path, *arguments: str) -> None:
    environment = os.environ | {
        "DBT_DUCKDB_PATH": str(folder / f"{DATABASE}.duckdb"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "REPORTING_TIMEZONE": "UTC",
    }
    places = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    result = subprocess.run(
        [dbt_executable(), *arguments, "--vars", json.dumps({"behavior": BLOCK}), *places],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SystemExit(result.stdout[-4000:])


def _connect(database: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(database), config={"preserve_insertion_order": False})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"set memory_limit = '{memory_limit}'")
    return connection


def models(database: Path, memory_limit: str) -> None:
    """Every model's own SQL, into tables."""
    compiled = json.loads((database.parent / "models.json").read_text())
    with _connect(database, memory_limit) as connection:
        for name in MODELS:
            schema, sql = compiled[name]
            connection.execute(f"create or replace table {schema}.{name} as {sql}")


def by_hand(database: Path, memory_limit: str) -> None:
    """The two queries; their rows go to a file, to be compared."""
    with _connect(database, memory_limit) as connection:
        rows = {
            "funnel": connection.execute(by_hand_funnel()).fetchall(),
            "retention": connection.execute(by_hand_retention()).fetchall(),
        }
    (database.parent / "by_hand.json").write_text(json.dumps(rows, default=str))


def differences(database: Path) -> list[Any]:
    """Figures that the marts and the hand-written queries do not share: empty if they measure the same."""
    expected = json.loads((database.parent / "by_hand.json").read_text())
    figures = ", ".join(
        f"max({name}) filter (where step = {step})"
        for step in range(2, 6)
        for name in (
            "converted_count",
            "median_seconds_from_previous",
            "p90_seconds_from_previous",
            "median_seconds_from_first",
            "p90_seconds_from_first",
        )
    )
    with duckdb.connect(str(database), read_only=True) as connection:
        found = {
            "funnel": connection.execute(
                f"""select timeframe, period_date, max(entered_count) filter (where step = 1), {figures}
                from behavior.agg_funnels group by all order by all"""
            ).fetchall(),
            "retention": connection.execute(
                """select cohort_date, period, cohort_size, returned_count from behavior.agg_retention
                where is_mature order by all"""
            ).fetchall(),
        }
    shown = json.loads(json.dumps(found, default=str))
    return [
        (one, two)
        for name in expected
        for one, two in zip(_rounded(expected[name]), _rounded(shown[name]), strict=True)
        if one != two
    ]


def _rounded(rows: list[list[Any]]) -> list[list[Any]]:
    return [[round(value, 6) if isinstance(value, float) else value for value in row] for row in rows]


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])

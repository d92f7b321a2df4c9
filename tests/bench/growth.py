"""What a night costs behaviour's models where the history is four times as long, and where four times the people come."""

from __future__ import annotations

import shutil
from pathlib import Path

from ingestion.settings import Settings
from tests.bench.behavior import EVENTS
from tests.dbt.conftest import raw_tables
from tests.pipeline import Pipeline

FACTOR = 4
PEOPLE = 500
_MODELS = ("path:models/intermediate/behavior", "path:models/marts/behavior")
# The last date of EVENTS is the day before; each person comes with ten events.
_NIGHT = """
insert into social.fct_events by name
select
    'night-' || n as event_id, 'user-' || n % {people} * {step} as user_id, 'night-' || n % {people} as session_key,
    timestamp '2026-04-06' + to_microseconds((hash(n, 3) % 86400000000)::bigint) as occurred_at,
    occurred_at::date as event_date, ['view', 'engagement', 'purchase'][1 + (hash(n, 4) % 3)::int] as event_type,
    'ios' as platform, 2 as batch_id, timestamp '2026-04-07' as loaded_at
from range(10 * {people}) as numbers(n)
"""


def measure(events: int, folder: Path, memory_limit: str) -> dict[str, float]:
    """Seconds of all behaviour's models by the dbt command's own results; of each night the faster of two.

    `first`: the first build on `events`. `night`: PEOPLE of them come again. `night_short`: the same on a history of a
    FACTOR-th. `night_many`: FACTOR times as many people come.
    """
    short = _prepare(events // FACTOR, folder / "short", memory_limit)
    found = {"night_short": _night(short, events // FACTOR, PEOPLE)}
    whole = _prepare(events, folder / "whole", memory_limit)
    found["first"] = sum(whole.models_built().values())
    found["night"] = _night(whole, events, PEOPLE)
    found["night_many"] = _night(whole, events, FACTOR * PEOPLE)
    return found


def _people(events: int) -> int:
    return max(FACTOR * PEOPLE, events // 25)


def _prepare(events: int, folder: Path, memory_limit: str) -> Pipeline:
    folder.mkdir(parents=True, exist_ok=True)
    variables = {"WAREHOUSE_DIR": str(folder), "DUCKDB_MEMORY_LIMIT": memory_limit}
    pipeline = Pipeline(Settings.from_env(variables), is_forked=False)
    with pipeline.connection() as connection:
        connection.execute(raw_tables())
    pipeline.build_models("--select", *(f"+{models}" for models in _MODELS))
    _insert(pipeline, EVENTS.format(events=events, people=_people(events)), batch=1)
    pipeline.dbt("run", "--full-refresh", "--select", *_MODELS)
    return pipeline


def _insert(pipeline: Pipeline, events: str, batch: int) -> None:
    with pipeline.connection() as connection:
        connection.execute(events)
        connection.execute(f"insert into staging.stg_social__events(batch_id) values ({batch})")
        connection.execute("checkpoint")


def _night(pipeline: Pipeline, events: int, people: int) -> float:
    database = pipeline.settings.database_path
    kept = database.with_name("kept.duckdb")
    shutil.copy(database, kept)
    seconds = []
    for _ in range(2):
        _insert(pipeline, _NIGHT.format(people=people, step=_people(events) // people), batch=2)
        pipeline.dbt("run", "--select", *_MODELS)
        seconds.append(sum(pipeline.models_built().values()))
        changed = pipeline.query("select count(*) from intermediate.int_behavior__people where batch_id = 2")
        if changed != [(people,)]:
            raise SystemExit(f"{people} people came and {changed} were computed again")
        shutil.copy(kept, database)
    return min(seconds)

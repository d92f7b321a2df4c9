"""Marts of the Twitch channels equal a rebuild from raw, whatever way the same rows arrive."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .clips_rows import Rows, add_load
from .conftest import ZONE, Warehouse, differences
from .twitch_rows import observations

STAGED = ("users", "channels", "followers", "subscriptions", "streams", "stream_polls", "videos", "collections")
MODELS = [
    *(f"stg_twitch__{resource}" for resource in STAGED),
    *("path:models/intermediate/channels", "path:models/marts/channels"),
]
NIGHT = dt.datetime(2026, 4, 2, 2)
# The hours that all domains share are built from all domains; these tests need their own only.
HOURS = f"""
create schema core;
create table core.dim_hours as
select
    moment as hour_at, timezone('{ZONE}', timezone('UTC', moment))::date as date,
    hour(timezone('{ZONE}', timezone('UTC', moment)))::bigint as hour_of_day
from generate_series(timestamp '2026-03-20 23:00:00', timestamp '2026-04-10', interval 1 hour) as hours(moment);
create table core.dim_dates as select distinct date from core.dim_hours;
"""
_DRAWN_ONLY = {"phases": [Phase.explicit, Phase.generate], "suppress_health_check": list(HealthCheck)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One place for all examples: dbt parses the project anew whenever the path of the warehouse changes."""
    return tmp_path_factory.mktemp("channels")


def check(folder: Path, seed: int, loads: int, repeated: float) -> Warehouse:
    dice = random.Random(seed)
    pools: list[Rows] = [{} for _ in range(loads)]
    rows = observations(seed)
    dice.shuffle(rows)
    for resource, values in rows:
        pools[dice.randrange(loads)].setdefault(f"twitch.{resource}", []).append(values)
        while dice.random() < repeated:
            pools[dice.randrange(loads)].setdefault(f"twitch.{resource}", []).append(values)
    warehouse = Warehouse(folder / "twitch.duckdb", folder, MODELS, "channels", 33)
    warehouse.path.unlink(missing_ok=True)
    warehouse.create_raw()
    warehouse.sql(HOURS)
    for number, pool in enumerate(pools):
        # Some loads have a clock that was set back: what they bring was there first.
        hours = number if dice.random() < 0.7 else -number
        add_load(str(warehouse.path), f"{1000 + number}", NIGHT + dt.timedelta(hours=hours), pool)
        warehouse.run()
    assert warehouse.sql("select count(*) > 5 from channels.fct_stream_sessions") == [(True,)]
    assert differences(warehouse, warehouse.rebuilt()) == {}
    return warehouse


@given(seed=st.integers(0, 10**6))
@settings(max_examples=1, **_DRAWN_ONLY)
def test_rows_in_any_order_and_two_loads_equal_a_full_refresh(folder: Path, seed: int) -> None:
    warehouse = check(folder, seed, 2, 0.2)
    warehouse.dbt("test", "--select", *MODELS, "--exclude", "test_type:unit")


@pytest.mark.slow
@given(seed=st.integers(0, 10**6), loads=st.integers(2, 6), repeated=st.sampled_from([0.0, 0.1, 0.6]))
@settings(max_examples=25, **_DRAWN_ONLY)
def test_any_cut_into_loads_equals_a_full_refresh(folder: Path, seed: int, loads: int, repeated: float) -> None:
    check(folder, seed, loads, repeated)

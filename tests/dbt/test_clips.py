"""Clips however they arrive: any cut of the raw rows into loads, in any order and with repeats, equals a rebuild."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .clips_rows import FIRST, HOUR, Rows, add_load, random_rows
from .conftest import ZONE, Warehouse, differences

MODELS = [
    *("stg_twitch__clips", "stg_twitch__games", "stg_discord__messages"),
    *("path:models/intermediate/clips", "path:models/marts/clips"),
]
# An example costs many seconds: a failing one is reported as it was drawn, not shrunk.
_DRAWN_ONLY = {"phases": [Phase.explicit, Phase.generate], "suppress_health_check": list(HealthCheck)}


class Clips:
    """One warehouse for all examples: dbt parses the project anew whenever its path changes."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = Warehouse(folder / "arriving.duckdb", folder, MODELS, "clips", 25)
        self.loads = 0

    def begin(self) -> None:
        self.warehouse.path.unlink(missing_ok=True)
        self.warehouse.create_raw()
        self.loads = 0
        # The calendar and the broadcasts are other domains' work; here they are of the days that the rows are about.
        self.warehouse.sql(
            f"""create schema core; create table core.dim_hours as
            select hour_at, timezone('{ZONE}', timezone('UTC', hour_at))::date as date,
                hour(timezone('{ZONE}', timezone('UTC', hour_at)))::bigint as hour_of_day
            from generate_series(timestamp '2026-03-01', timestamp '2026-04-10', interval 1 hour) as t(hour_at)"""
        )
        self.warehouse.sql(
            """create schema channels; create table channels.fct_broadcasts as
            select account_id, started_at, 9000.0::double as duration_seconds, 1::bigint as batch_id, started_at as loaded_at
            from (values ('acc0'), ('acc1')) as a(account_id),
                generate_series(timestamp '2026-03-20 18:00', timestamp '2026-04-01', interval 16 hour) as t(started_at)"""
        )
        self.warehouse.dbt("seed", "--select", "clips_emoji_lexicon")

    def load(self, rows: Rows, at: dt.datetime | None = None) -> None:
        self.loads += 1
        add_load(str(self.warehouse.path), f"{self.loads:04d}", at or FIRST + self.loads * HOUR, rows)

    def differences_from_a_rebuild(self) -> dict[str, int]:
        before = self.warehouse.path.with_name("incremental.duckdb")
        shutil.copy(self.warehouse.path, before)
        self.warehouse.run(full_refresh=True)
        return differences(replace(self.warehouse, path=before), self.warehouse)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clips]:
    yield Clips(tmp_path_factory.mktemp("clips"))


def check(clips: Clips, loads: int, seed: int, repeated: float) -> None:
    dice = random.Random(seed)
    rows = random_rows(seed)
    pools: list[Rows] = [{table: [] for table in rows} for _ in range(loads)]
    for table, found in rows.items():
        for row in found:
            pools[dice.randrange(loads)][table].append(row)
            while dice.random() < repeated:
                # A repeat may differ: of one fetch the first arrival counts.
                other = row | ({"view_count": 1} if table == "twitch.clips" and not row.get("is_gone") else {})
                pools[dice.randrange(loads)][table].append(other)
    clips.begin()
    clips.warehouse.run()
    assert clips.warehouse.sql("select count(*) from clips.dim_clips") == [(0,)]
    for pool in pools:
        for found in pool.values():
            dice.shuffle(found)
        # Now and then a load becomes visible after a younger one.
        clips.load(pool, FIRST + dice.choice([1, 1, 1, -1]) * (clips.loads + 1) * HOUR)
        clips.warehouse.run()
    assert clips.warehouse.sql("select count(*) > 100 from clips.fct_clip_snapshots") == [(True,)]
    assert clips.warehouse.sql("select count(*) > 10 from clips.fct_discord_reactions") == [(True,)]
    assert clips.differences_from_a_rebuild() == {}


def test_a_cut_into_loads_equals_a_rebuild(clips: Clips) -> None:
    check(clips, loads=3, seed=430, repeated=0.2)


@pytest.mark.slow
@given(loads=st.integers(1, 8), seed=st.integers(0, 10**6), repeated=st.sampled_from([0.0, 0.1, 0.6]))
@settings(max_examples=40, **_DRAWN_ONLY)
def test_many_cuts_into_loads_equal_a_rebuild(clips: Clips, loads: int, seed: int, repeated: float) -> None:
    check(clips, loads, seed, repeated)


def test_data_tests_pass_on_what_the_examples_left(clips: Clips) -> None:
    clips.warehouse.dbt("test", "--exclude-resource-type", "unit_test", "--select", "path:models/marts/clips")

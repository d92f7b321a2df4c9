"""However the same input is cut into loads, mixed, repeated and delayed, the models equal a full refresh."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingestion.settings import Settings
from ingestion.simulator import SimulatedInput, generate
from tests.integration.pipeline.cuts import Pool, grow, pools_of
from tests.odd_rows import Row, Rows, add_load
from tests.odd_rows.clips import clip_rows
from tests.odd_rows.conversations import conversation_rows
from tests.odd_rows.livestream import stream_rows
from tests.odd_rows.twitch import channel_rows
from tests.pipeline import Pipeline

# The days of the odd rows, so that all domains tell of the same weeks: clocks are set forward within them.
LAST_DAY = dt.date(2026, 4, 1)
NIGHT = dt.datetime(2026, 4, 2, 2)
STREAMING = [f"path:models/marts/{domain}" for domain in ("livestream", "channels", "clips", "core")]
# Behaviour has runs of its own against a full refresh (tests/dbt/behavior/test_incremental.py); the long form builds all.
_WITHOUT_BEHAVIOR = ("--exclude", "path:models/intermediate/behavior", "path:models/marts/behavior")
# Of raw tables: what belongs together, and when it happened.
_GROUPS = {
    "social.events": ("user_id", "timestamp"),
    "conversations.events": ("conversation_id", "timestamp"),
    "livestream.events": ("session_id", "timestamp"),
    "youtube.chat_messages": ("video_id", "published_at"),
    "fx.rates": ("'all'", "rate_date"),
    "twitch.streams": ("stream_id", "collected_at"),
    "twitch.followers": ("account_id", "collected_at"),
    "twitch.clips": ("account_id", "created_at"),
    "discord.messages": ("message_id", "collected_at"),
}


@dataclass(frozen=True)
class Input:
    """All that the examples load, and the place where they do."""

    simulated: SimulatedInput
    pools: list[Pool]
    folder: Path


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Input:
    place = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path_factory.mktemp("exact-input"))})
    simulated = generate(
        place.simulated_dir,
        seed=23,
        events=1500,
        days=5,
        conversations=12,
        end_date=LAST_DAY,
        with_truth=False,
        formats="jsonl",
    )
    return Input(simulated, pools_of(simulated, place), tmp_path_factory.mktemp("exact-warehouse"))


def pipeline_in(folder: Path) -> Pipeline:
    variables = {
        "WAREHOUSE_DIR": str(folder / "warehouse"),
        "LANDING_DIR": str(folder / "landing"),
        "CLAUDE_CONFIG_DIR": str(folder / "claude"),
        "CONVERSATION_TEXT": "keep",
        "REPORTING_TIMEZONE": "Europe/Berlin",
    }
    return Pipeline(Settings.from_env(variables))


def odd_rows(seed: int, loads: int, dice: random.Random, repeated: float) -> list[Rows]:
    """Rows on the borders of the rules, by load. The repeat of a clip or of an event may differ: the first arrival
    counts."""
    dealt: list[Rows] = [{} for _ in range(loads)]
    # Looks at a stream come together, so that a late clip may be all that is new of it.
    load_of_stream: dict[str, int] = {}
    for table, rows in (channel_rows(seed) | clip_rows(seed) | conversation_rows(seed) | stream_rows(seed)).items():
        dice.shuffle(rows)
        for row in rows:
            number = dice.randrange(loads)
            if "stream_id" in row:
                number = load_of_stream.setdefault(row["stream_id"], number)
            dealt[number].setdefault(table, []).append(row)
            while dice.random() < repeated:
                other: Row = {}
                if table == "twitch.clips" and not row["is_gone"]:
                    other = {"view_count": 1}
                elif table == "conversations.events":
                    other = {"conversation_id": f"odd-{dice.randrange(12)}", "user_id": "cid"}
                dealt[dice.randrange(loads)].setdefault(table, []).append(row | other)
    return dealt


def check(everything: Input, hours: Sequence[int], seed: int, repeated: float, *chosen: str) -> Pipeline:
    """Load, and build the models `chosen`, once for each of `hours`, the time that the clock shows: one that was set back
    has what comes later be there first, and displace what is modelled."""
    dice = random.Random(seed)
    loads = len(hours)
    for name in ("warehouse", "landing", "claude"):
        shutil.rmtree(everything.folder / name, ignore_errors=True)
        (everything.folder / name).mkdir()
    pipeline = pipeline_in(everything.folder)
    dealt = [(pool, pool.deal(loads, dice, repeated)) for pool in everything.pools]
    odd = odd_rows(seed, loads, dice, repeated)
    for number in range(loads):
        for pool, parts in dealt:
            pool.write(everything.folder, number, parts[number])
        grow(everything.simulated.claude, everything.folder / "claude", dice, is_last=number == loads - 1)
        pipeline.ingest()
        at = NIGHT + dt.timedelta(hours=hours[number])
        add_load(str(pipeline.settings.database_path), f"{1000 + number}", at, odd[number])
        pipeline.build_models(*chosen)
    if loads > 1:
        assert_much_came_late(pipeline)
    if repeated and list(hours) != sorted(hours):
        assert_rows_were_displaced(pipeline)
    assert pipeline.full_refresh_differences(*chosen) == {}
    return pipeline


def assert_rows_were_displaced(pipeline: Pipeline) -> None:
    """A row that was modelled made room for one that had been there before it."""
    for table in ("twitch__clips", "twitch__streams", "livestream__events", "conversations__events"):
        [(displaced,)] = pipeline.query(f"select count(displaced_batch_id) from staging.stg_{table}")
        assert displaced, table


def assert_much_came_late(pipeline: Pipeline) -> None:
    """Samples, clips, reactions, ...: something that happened earlier was loaded after something later."""
    for table, (group, moment) in _GROUPS.items():
        [(late,)] = pipeline.query(
            f"""select count(*) from (
                select load < lag(load) over (partition by part order by moment) as is_late from (
                    select {group} as part, "{moment}" as moment, min(_dlt_load_id) as load from raw_{table} group by all
                )
            ) where is_late"""
        )
        assert late > 5, (table, late)


def assert_viewers_follow_the_definition(pipeline: Pipeline) -> None:
    """Hours watched, gap by gap from the samples alone: each stands until the next, for two intervals at most."""
    told = pipeline.query(
        "select session_id, sampled_at, viewer_count from intermediate.int_livestream__samples_timed"
        " order by session_id, sampled_at, sample_id"
    )
    ends = dict(pipeline.query("select session_id, closes_at from intermediate.int_livestream__sessions_resolved"))
    seconds: dict[str, float] = {}
    watched: dict[str, float] = {}
    for place, (session, at, viewers) in enumerate(told):
        following = told[place + 1] if place + 1 < len(told) and told[place + 1][0] == session else None
        until = min(following[1] if following else ends[session], ends[session])
        gap = min(max((until - at).total_seconds(), 0), 120)
        seconds[session] = seconds.get(session, 0) + gap
        watched[session] = watched.get(session, 0) + gap * viewers
    for session, hours, covered in pipeline.query(
        "select session_id, hours_watched, covered_seconds from livestream.fct_stream_sessions"
    ):
        assert covered == pytest.approx(seconds.get(session, 0))
        assert (hours or 0) == pytest.approx(watched.get(session, 0) / 3600)
    assert pipeline.query(
        "select (select coalesce(sum(hours_watched), 0) from livestream.agg_characters_daily)"
        " - (select coalesce(sum(hours_watched), 0) from livestream.fct_stream_sessions)"
    )[0][0] == pytest.approx(0, abs=1e-6)


def test_a_cut_into_loads_equals_a_full_refresh(everything: Input) -> None:
    # The load from a clock set back takes the place of rows, and has streams computed anew; the one after it adds to them.
    pipeline = check(everything, (1, 0, 2), 430, 0.2, *_WITHOUT_BEHAVIOR)
    tables = {
        "social.fct_events": 1000,
        "conversations.fct_requests": 50,
        "livestream.fct_stream_sessions": 60,
        "livestream.fct_super_chats": 100,
        "channels.fct_broadcasts": 30,
        "clips.fct_clip_snapshots": 500,
        "clips.fct_discord_reactions": 200,
        "core.agg_stream_moments": 20,
        "core.agg_stream_moments where moment_measure = 'clip_count'": 5,
    }
    for table, at_least in tables.items():
        assert pipeline.query(f"select count(*) >= {at_least} from {table}") == [(True,)], table


def test_what_the_examples_left_follows_the_rules(everything: Input) -> None:
    pipeline = pipeline_in(everything.folder)
    assert_viewers_follow_the_definition(pipeline)
    pipeline.dbt("test", "--exclude-resource-type", "unit_test", "--select", *STREAMING)


# An example costs minutes: a failing one is reported as it was drawn, not shrunk.
_DRAWN_ONLY = {"phases": [Phase.explicit, Phase.generate], "suppress_health_check": list(HealthCheck)}


@pytest.mark.slow
@given(
    hours=st.integers(1, 6).flatmap(lambda loads: st.permutations(range(loads))),
    seed=st.integers(0, 10**6),
    repeated=st.sampled_from([0.0, 0.1, 0.6]),
)
@settings(max_examples=20, **_DRAWN_ONLY)
def test_many_cuts_into_loads_equal_a_full_refresh(
    everything: Input, hours: Sequence[int], seed: int, repeated: float
) -> None:
    check(everything, hours, seed, repeated)

"""Collectors that are killed: what they had is kept, they are closed as failed, and the next run has all of the world."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.settings import Settings
from ingestion.simulator.platforms import discord, youtube
from ingestion.simulator.platforms.helix import HelixServer
from ingestion.simulator.platforms.helix_world import HelixWorld
from ingestion.simulator.platforms.server import serve
from ingestion.simulator.platforms.world import WorldSize, attach_world, write_world
from tests.faults.clock import SharedClock
from tests.faults.support import ROOT, killed, run

START = datetime(2026, 11, 18, tzinfo=UTC)
END = date(2026, 11, 20)
# When the last run of Twitch and Discord begins: nothing of Discord changes in the five minutes that follow.
QUIET = """
    select "at" from (
        select "at", lead("at") over (order by "at") as next_at from (
            select unnest([sent_at, edited_at, deleted_at]) as "at" from world.discord_messages
            union all select "at" from world.discord_reactions
        ) where "at" > timestamp '2026-11-20 18:00'
    ) where next_at > "at" + interval 5 minute order by 1 limit 1"""


@dataclass(frozen=True)
class Platform:
    """A source and what is done to it.

    Attributes:
        serve: (world, clock) -> the environment in which the source asks a server of this process.
        runs: (moment, where a run that begins then dies); None: it runs to its end. A moment is a query of the world.
        died: resources of the collections in the middle of which a run died.
        keys: what an item is known by in its raw table, and in the item.
        there: queries of what the world has to tell; each gives more than a few rows.
        wrong: queries of what the warehouse holds otherwise; each must give no row.
    """

    source: str
    serve: Callable[[Path, SharedClock], Any]
    runs: tuple[tuple[str, tuple[str, int] | None], ...]
    died: list[str]
    keys: Mapping[str, tuple[str, str]]
    there: tuple[str, ...]
    wrong: tuple[str, ...]


@contextmanager
def serve_twitch(world: Path, clock: SharedClock) -> Iterator[dict[str, str]]:
    server = HelixServer(HelixWorld(world), clock)
    with server.running() as root:
        yield {
            "TWITCH_CLIENT_ID": server.client_id,
            "TWITCH_CLIENT_SECRET": server.client_secret,
            "TWITCH_CHANNELS": ",".join(server.world.accounts),
            "TWITCH_API_URL": f"{root}/helix",
            "TWITCH_AUTH_URL": f"{root}/oauth2",
        }


@contextmanager
def serve_discord(world: Path, clock: SharedClock) -> Iterator[dict[str, str]]:
    channels = rows(world, "select channel_id from world.discord_channels order by 1")
    with serve(discord.DiscordServer(world, clock).answer) as root:
        yield {
            "DISCORD_BOT_TOKEN": discord.TOKEN,
            "DISCORD_CHANNELS": ",".join(channel for (channel,) in channels),
            "DISCORD_API_URL": root,
        }


@contextmanager
def serve_youtube(world: Path, clock: SharedClock) -> Iterator[dict[str, str]]:
    channels = rows(world, "select channel_id from world.youtube_channels order by 1")
    with serve(youtube.YouTubeServer(world, clock).answer) as root:
        yield {
            "YOUTUBE_API_KEY": youtube.KEY,
            "YOUTUBE_CHANNELS": ",".join(channel for (channel,) in channels),
            "YOUTUBE_API_URL": f"{root}/youtube/v3",
            "YOUTUBE_FOLLOW_MINUTES": "300",
        }


# Tables of the world, keys, and between which moments a row is there.
_TWITCH_THERE = (
    ("clips", "clip_id", "created_at", "deleted_at"),
    ("videos", "video_id", "listed_at", "deleted_at"),
)
TWITCH = Platform(
    "twitch",
    serve_twitch,
    # In the middle of the clips of the fourth channel, then before the last resources of a second run.
    (
        (QUIET, ("ingestion.twitch.clips:_Reader.look_up", 4)),
        (QUIET, ("ingestion.twitch.run:Run._channels", 1)),
        (QUIET, None),
    ),
    ["clips"],
    {
        "clips": ("clip_id", "id"),
        "videos": ("video_id", "id"),
        "followers": ("broadcaster_id", "broadcaster_id"),
        "channels": ("broadcaster_id", "broadcaster_id"),
    },
    tuple(f"select * from world.{table} where {since} <= $first" for table, _, since, _ in _TWITCH_THERE),
    (
        *(
            f"""select {key} from world.{table} where {since} <= $first and coalesce({until} > $last, true)
            except select {key} from raw.{table}"""
            for table, key, since, until in _TWITCH_THERE
        ),
        *(f"select account_id from world.channels except select account_id from raw.{one}" for one in ("users", "channels")),
        *(
            f"""select {key}, found from (
                select r.{key}, r.collected_at, r.{found} as found, arg_max_null(w.{there}, w."at") as there
                from raw.{table} as r left join world.{values} as w on w.{key} = r.{key} and w."at" <= r.collected_at
                group by all having found is distinct from there)"""
            for table, key, found, values, there in (
                ("followers", "account_id", "total", "follower_counts", "followers"),
                ("videos", "video_id", "view_count", "video_views", "views"),
                ("clips", "clip_id", "view_count", "clip_views", "views"),
            )
        ),
        "select account_id from world.channels except select account_id from raw.followers",
    ),
)  # fmt: skip
_DISCORD_GONE = """
    select m.message_id from world.discord_links join world.discord_messages as m using (message_id)
    where m.sent_at < timestamp '2026-11-19 12:00' and m.deleted_at between timestamp '2026-11-19 12:10' and $first
    and coalesce(to_at > timestamp '2026-11-19 12:10', true)"""
_DISCORD_SEEN = """
    select m.message_id, l.clip_id from world.discord_links as l join world.discord_messages as m using (message_id)
    where m.sent_at <= $last and coalesce(m.deleted_at > $last, true) and coalesce(l.to_at > $last, true)"""
_DISCORD_FOUND = """
    select message_id, is_gone, json_extract_string(clip_links, '$[0].clip_id') as clip_id, reactions from raw.messages
    qualify row_number() over (partition by message_id order by collected_at desc) = 1"""
DISCORD = Platform(
    "discord",
    serve_discord,
    # A day before, to its end; then on the second page of a channel, then with all read and its place not yet noted.
    (
        ("select timestamp '2026-11-19 12:00'", None),
        (QUIET, ("ingestion.discord.client:DiscordClient.messages", 2)),
        (QUIET, ("ingestion.discord.position:Positions.save", 1)),
        (QUIET, None),
    ),
    ["messages"],
    {"messages": ("message_id", "id")},
    (_DISCORD_SEEN, _DISCORD_GONE),
    (
        f"({_DISCORD_SEEN}) except select message_id, clip_id from ({_DISCORD_FOUND}) where not is_gone",
        f"select message_id, clip_id from ({_DISCORD_FOUND}) where clip_id is not null except ({_DISCORD_SEEN})",
        # What the first run saw and somebody deleted since.
        f"({_DISCORD_GONE}) except select message_id from ({_DISCORD_FOUND}) where is_gone",
        f"""with told as (
            select message_id, unnest(from_json(reactions, '[{{"emoji_id":"VARCHAR","emoji_name":"VARCHAR",
                "normal_count":"BIGINT","burst_count":"BIGINT"}}]')) as r
            from ({_DISCORD_FOUND}) where clip_id is not null
        ),
        found as (select message_id, r.emoji_id, r.emoji_name, r.normal_count, r.burst_count from told),
        there as (
            select message_id, emoji_id, emoji_name, max_by(normal_count, r."at") as normal, max_by(burst_count, r."at") as burst
            from world.discord_reactions as r join ({_DISCORD_SEEN}) using (message_id) where r."at" <= $last
            group by all having normal + burst > 0
        )
        (from found except from there) union all (from there except from found)""",
    ),
)
_YOUTUBE_THERE = """
    select message_id, type, published_at, amount_micros, currency, deleted_message_id from world.youtube_messages
    join world.youtube_videos using (live_chat_id) where not is_archived_only and started_at < $last"""
_YOUTUBE_FOUND = """
    select message_id, type, published_at, amount_micros, currency, deleted_message_id from raw.chat_messages"""
YOUTUBE = Platform(
    "youtube",
    serve_youtube,
    # On the third page of a chat; after its last page with its place not yet noted; in the next stream, to its end.
    (
        ("select timestamp '2026-11-19 16:30'", ("ingestion.youtube.client:YouTubeClient.chat", 3)),
        ("select timestamp '2026-11-19 16:40'", ("ingestion.youtube.chats:Chats.save", 1)),
        ("select timestamp '2026-11-20 16:30'", None),
    ),
    ["chat_messages"],
    {"chat_messages": ("message_id", "id"), "videos": ("video_id", "id")},
    (_YOUTUBE_THERE,),
    (
        f"({_YOUTUBE_THERE}) except ({_YOUTUBE_FOUND})",
        f"({_YOUTUBE_FOUND}) except ({_YOUTUBE_THERE})",
    ),
)


def rows(world: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        attach_world(connection, world)
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, seed=5, end_date=END, size=WorldSize(days=3, clips=14, has_outages=False))
    return folder


@pytest.mark.parametrize("platform", [TWITCH, DISCORD, YOUTUBE], ids=lambda platform: platform.source)
def test_killed_collections_lose_nothing_and_are_closed_as_failed(
    platform: Platform, world: Path, tmp_path: Path
) -> None:
    source, file = platform.source, tmp_path / "clock"
    clock = SharedClock(file, START)
    collected = tmp_path / "warehouse" / "state" / "collected" / source
    command = ["tests.faults.clock", source, str(file), START.isoformat()]
    written: dict[str, set[tuple[str, str]]] = {}
    with platform.serve(world, clock) as variables:
        variables |= {"WAREHOUSE_DIR": str(tmp_path / "warehouse"), "PYTHONWARNINGS": "ignore"}
        environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT)}
        settings = Settings.from_env(variables)
        for query, death in platform.runs:
            [(moment,)] = rows(world, query)
            clock.sleep((moment.replace(tzinfo=UTC) - clock.now()).total_seconds())
            first = clock.now().replace(tzinfo=None)
            if death is None:
                done = run([sys.executable, "-m", *command], environment)
                assert done.returncode == 0, done.stderr
                continue
            done = killed([death[0], "before", str(death[1]), *command], environment)
            assert done.returncode == -signal.SIGKILL, done.stdout
            for table, (_, field) in platform.keys.items():
                lines = [json.loads(line) for path in (collected / table).glob("*") for line in path.open()]
                written.setdefault(table, set()).update(
                    (line["collection_id"], str(line["item"][field])) for line in lines
                )
        last = clock.now().replace(tzinfo=None)
    assert any(written.values())

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        attach_world(connection, world)
        connection.execute(f"attach '{settings.database_path}' as warehouse (read_only)")
        connection.execute("create schema raw")
        for (table,) in connection.execute(
            f"select table_name from duckdb_tables() where schema_name = 'raw_{source}'"
        ).fetchall():
            connection.execute(f"create view raw.{table} as from warehouse.raw_{source}.{table}")

        def query(sql: str) -> list[tuple[Any, ...]]:
            given = {name: value for name, value in (("first", first), ("last", last)) if f"${name}" in sql}
            return connection.execute(sql, given).fetchall()

        assert query("select resource, error from raw.collections where status = 'failed' order by all") == [
            (resource, "the process died") for resource in platform.died
        ]
        # Each collection began once and ended once.
        assert query(
            "select count(*) from (select count(*) filter (status = 'running') as begun, count(*) as states"
            " from raw.collections group by collection_id) where begun <> 1 or states <> 2"
        ) == [(0,)]
        for table, (column, _) in platform.keys.items():
            found = query(f"select collection_id, {column}, collected_at from raw.{table}")
            assert len(found) == len(set(found)) > 0
            assert written[table] <= {(collection, key) for collection, key, _ in found}
        for sql in platform.there:
            assert len(query(sql)) > 2
        for sql in platform.wrong:
            assert query(sql) == []
        assert query("select count(*) from raw.rejects") == [(0,)]
    assert [path for path in collected.glob("*/*")] == []

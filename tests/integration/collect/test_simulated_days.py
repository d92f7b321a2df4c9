"""Discord and YouTube over the simulated days: the real clients find what the world holds, all of it and once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.collect.collection import collected_dir
from ingestion.registry import SOURCES
from ingestion.settings import Settings
from ingestion.simulator.platforms.archives import write_archives
from ingestion.simulator.platforms.world import WorldSize, attach_world, write_world


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("simulated")
    world = folder / "simulated" / "world"
    write_world(world, seed=11, end_date=date(2026, 11, 20), size=WorldSize(days=9, old_clips=4))
    with duckdb.connect() as connection:
        attach_world(connection, world)
        assert write_archives(connection, folder / "simulated" / "landing") > 0
    made = Settings.from_env({"WAREHOUSE_DIR": str(folder)})
    assert made.is_simulated
    return made


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the warehouse with the world beside it."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{settings.database_path}' as warehouse (read_only)")
        attach_world(connection, settings.simulated_dir / "world")
        return connection.execute(sql.replace("raw_", "warehouse.raw_")).fetchall()


def run(settings: Settings, source: str) -> list[str]:
    return SOURCES[source].run(settings).problems


def test_discord(settings: Settings) -> None:
    assert run(settings, "discord") == []
    assert query(settings, "select count(*) from raw_discord.rejects") == [(0,)]
    # As the last reading found them: messages of its days with links, and their counts.
    seen = """(select l.message_id, l.clip_id, c."at" from world.discord_links as l
        join world.discord_messages as m using (message_id)
        join (select max("at") as "at" from world.daily_collections) as c on
            m.sent_at between c."at" - interval 7 day and c."at" and (m.deleted_at is null or m.deleted_at > c."at")
            and (l.to_at is null or l.to_at > c."at"))"""
    found = """(select message_id, json_extract_string(clip_links, '$[0].clip_id') as clip_id, reactions, collected_at
        from raw_discord.messages qualify row_number() over (partition by message_id order by collected_at desc) = 1)"""
    (counts,) = query(
        settings,
        f"""select count(*), count(f.message_id), count(*) filter (where f.clip_id = s.clip_id)
        from {seen} as s left join {found} as f using (message_id)""",
    )
    assert counts[0] > 60 and set(counts) == {counts[0]}
    wrong = query(
        settings,
        f"""with told as (
            select message_id, unnest(from_json(reactions, '[{{"emoji_id":"VARCHAR","emoji_name":"VARCHAR",
                "normal_count":"BIGINT","burst_count":"BIGINT"}}]')) as r
            from {found} where message_id in (select message_id from {seen})
        ),
        is_true as (
            select message_id, emoji_id, emoji_name, max_by(normal_count, r."at") as n, max_by(burst_count, r."at") as b
            from world.discord_reactions as r join {seen} as s using (message_id) where r."at" <= s."at"
            group by all having n + b > 0
        )
        select count(*) from (
            (select message_id, r.emoji_id, r.emoji_name, r.normal_count, r.burst_count from told except from is_true)
            union all (from is_true except select message_id, r.emoji_id, r.emoji_name, r.normal_count, r.burst_count from told)
        )""",
    )
    assert wrong == [(0,)]
    gone = query(
        settings,
        """select count(*), count(m.deleted_at) from raw_discord.messages as g
        left join world.discord_messages as m using (message_id) where g.is_gone""",
    )
    assert gone[0][0] == gone[0][1] > 0
    # The outage of a day is noted, and its channel read by the next.
    assert query(settings, "select count(*) from raw_discord.collections where status = 'failed'") == [(1,)]


def test_youtube(settings: Settings) -> None:
    assert run(settings, "youtube") == []
    assert query(settings, "select count(*) from raw_youtube.rejects") == [(0,)]
    page_id = "'Ch' || m.message_id[7:]"
    for origin, written, message_id in (
        ("api", "not v.is_archived_only", "m.message_id"),
        ("archive", "v.archived_as is not null and m.type not in ('messageDeletedEvent', 'userBannedEvent')", page_id),
    ):
        of_world = f"""select {message_id}, v.video_id, m.type, m.published_at, m.amount_micros, m.currency
            from world.youtube_messages as m join world.youtube_videos as v using (live_chat_id) where {written}"""
        of_raw = f"""select message_id, video_id, type, published_at, amount_micros, currency
            from raw_youtube.chat_messages where origin = '{origin}'
            {"and type not in ('messageDeletedEvent', 'userBannedEvent')" if origin == "archive" else ""}"""
        (rows,) = query(
            settings,
            f"""select (select count(*) from ({of_world})), (select count(*) from ({of_raw})),
                (select count(*) from (({of_world}) except ({of_raw})))""",
        )
        assert rows[0] == rows[1] > 150 and rows[2] == 0, origin


@pytest.mark.parametrize("source", ["discord", "youtube"])
def test_a_second_run_collects_nothing_and_a_killed_one_begins_anew(
    settings: Settings, source: str, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    collect = SOURCES[source].collect
    assert collect is not None
    folder = collected_dir(settings, source)
    assert collect(settings, lambda text: None) == []
    assert not list(folder.glob("*/*.jsonl"))
    # As a kill leaves it: half-written files and no note of the end.
    (folder / "simulated.done").unlink()
    left = folder / "messages" / "left.jsonl.part"
    left.parent.mkdir(exist_ok=True)
    left.write_text('{"collection_id": "dead", "item": {')
    assert collect(settings, lambda text: None) == []
    lines = [json.loads(line) for path in folder.glob("*/*.jsonl") for line in path.open()]
    assert lines and all(line["collection_id"] != "dead" for line in lines)


def test_without_credentials_nothing_is_asked(make_settings: Callable[..., Settings]) -> None:
    for source in ("discord", "youtube"):
        collect = SOURCES[source].collect
        assert collect is not None
        settings = make_settings()
        assert not settings.is_simulated
        assert collect(settings, lambda text: None) == []
        assert not collected_dir(settings, source).exists()

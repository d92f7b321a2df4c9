"""Staging of Discord and YouTube: states and copies that arrive in any order give what a rebuild gives."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from tests.odd_rows import Row, add_load

from .conftest import Warehouse

DAY = dt.datetime(2026, 3, 1)
NIGHT = dt.datetime(2026, 4, 1, 2)
MODELS = ("stg_discord__messages", "stg_youtube__chat_messages", "stg_youtube__videos")


def states(source: random.Random) -> list[Row]:
    """Readings of eight messages whose reactions come, go and return; some are taken away."""
    rows = []
    for number in range(8):
        sent = DAY + dt.timedelta(hours=number)
        for hour in range(1, 12):
            gone = hour > 9 and number % 3 == 0
            there = {
                "guild_id": "g", "author_hash": f"a{number}", "is_bot": False, "sent_at": sent,
                "clip_links": f'[{{"clip_id":"C{number if hour < 8 else 0}"}}]',
                "reactions": source.choice([None, "[1]", "[1]", "[2]"]),
            }  # fmt: skip
            base = {"message_id": f"{number}", "channel_id": "c", "account_id": "c", "is_gone": gone}
            at = sent + dt.timedelta(hours=hour)
            rows.append({**base, "collection_id": f"r{hour}", "collected_at": at, **({} if gone else there)})
    return rows


def chat(source: random.Random) -> list[Row]:
    """Messages by API, by archive and by both, in both forms of their ids, with deletions and tombstones."""
    rows = []
    for number in range(25):
        at = DAY + dt.timedelta(minutes=number)
        paid = number % 3 == 0
        money = {"amount_micros": 1_000_000 * number, "amount": number, "currency": "EUR"} if paid else {}
        kind = "superChatEvent" if paid else "textMessageEvent"
        both = {"type": kind, "published_at": at, "author_hash": f"a{number % 4}", **money}
        api = {"message_id": f"LCC.EhwKGkN{number}", "video_id": "v", "account_id": "UC", "origin": "api", **both}
        archive = {
            "message_id": f"ChwKGkN{number}",
            "video_id": source.choice([None, "v"]),
            "origin": "archive",
            **both,
        }
        rows += source.choice([[api], [archive], [api, archive], [archive, archive]])
        if number % 5 == 0:
            gone = {"deleted_message_id": source.choice([api, archive])["message_id"], "origin": "api"}
            rows.append({"message_id": f"d{number}", "type": "messageDeletedEvent", "published_at": at, **gone})
        if number % 7 == 0:
            rows.append(
                {
                    **api,
                    "type": "tombstone",
                    "author_hash": None,
                    "amount": None,
                    "currency": None,
                    "amount_micros": None,
                }
            )
    return rows


def videos() -> list[Row]:
    fetches = [DAY + dt.timedelta(minutes=minute) for minute in range(0, 60, 10)]
    return [{"video_id": "v", "channel_id": "UC", "collection_id": "c", "collected_at": at} for at in fetches]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("platforms")
    made = Warehouse(folder / "warehouse.duckdb", folder, models=MODELS)
    made.create_raw()
    return made


def content(warehouse: Warehouse, model: str) -> list[tuple[Any, ...]]:
    return warehouse.sql(
        f"select * exclude (batch_id, displaced_batch_id, loaded_at) from staging.{model} order by all"
    )


def test_any_cut_into_loads_gives_what_a_rebuild_gives_and_repeats_touch_nothing(warehouse: Warehouse) -> None:
    source = random.Random(5)
    tables = {
        "discord.messages": states(source),
        "youtube.chat_messages": chat(source),
        "youtube.videos": videos(),
    }
    for rows in tables.values():
        source.shuffle(rows)
    # The second load becomes visible last: its rows came before those of the third.
    for number in (0, 2, 1):
        part = {table: rows[number::3] for table, rows in tables.items()}
        add_load(str(warehouse.path), f"{number}", NIGHT + dt.timedelta(days=number), part)
        warehouse.run()
    incremental = {model: content(warehouse, model) for model in MODELS}
    batches = {model: warehouse.sql(f"select max(batch_id) from staging.{model}") for model in MODELS}

    # What is known already touches no row, also where the staging model holds nothing of its load.
    known = {table: rows[::2] for table, rows in tables.items()}
    add_load(str(warehouse.path), "9", NIGHT + dt.timedelta(days=9), known)
    warehouse.run()
    assert {model: warehouse.sql(f"select max(batch_id) from staging.{model}") for model in MODELS} == batches
    assert {model: content(warehouse, model) for model in MODELS} == incremental

    warehouse.run(full_refresh=True)
    for model in MODELS:
        assert content(warehouse, model) == incremental[model], model
    assert len(incremental["stg_youtube__chat_messages"]) == 30
    assert warehouse.sql("select count(*) from staging.stg_youtube__chat_messages where is_deleted") == [(8,)]
    # No two states of a message that follow each other are equal.
    assert warehouse.sql(
        """select count(*) from (select state_hash = lag(state_hash) over (partition by message_id order by state_number)
        as is_same from staging.stg_discord__messages) where is_same"""
    ) == [(0,)]

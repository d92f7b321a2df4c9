"""Minutes of streams hold what was paid on YouTube, whichever of the two sources tells of it later; hours and dates do not
keep what a session loses to its end."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from typing import Any

import pytest

from tests.odd_rows import Row, add_load

from .conftest import Warehouse, differences

DAY = dt.datetime(2026, 3, 1)
NIGHT = dt.datetime(2026, 4, 1, 2)
MODELS = ("+agg_session_minutes", "+agg_response_quality", "+agg_characters_daily", "+agg_characters_hourly")


@pytest.fixture
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("payments")
    made = Warehouse(folder / "warehouse.duckdb", folder, models=MODELS, domain="livestream", table_count=5)
    made.create_raw()
    return made


def event(session: str, kind: str, hour: int, minute: int, **columns: Any) -> Row:
    at = DAY + dt.timedelta(hours=hour, minutes=minute)
    return {"event_id": f"{session}-{kind}-{hour}-{minute}", "has_event_id": True, "is_document": False, "type": kind,
            "session_id": session, "timestamp": at, "data": "{}", "video_id": "v", "character_id": "ada",
            **columns}  # fmt: skip


def stream(session: str, hour: int) -> list[Row]:
    """Half an hour with a viewer in its first minute."""
    return [
        event(session, "session_start", hour, 0),
        event(session, "viewer_sample", hour, 0, viewer_count=5),
        event(session, "session_end", hour, 30),
    ]


def around_midnight() -> list[Row]:
    """A session that only its silence closes, after midnight in Berlin, and another one of that hour."""
    last = DAY + dt.timedelta(hours=22, minutes=59, seconds=30)
    nowhere = {"video_id": None}
    return [
        event("D", "session_start", 22, 30, **nowhere),
        event("D", "viewer_sample", 22, 59, viewer_count=50, timestamp=last, **nowhere),
        event("E", "session_start", 23, 5, **nowhere),
        event("E", "viewer_sample", 23, 6, viewer_count=5, **nowhere),
        event("E", "reconnect", 23, 7, **nowhere),
        event("E", "session_end", 23, 8, **nowhere),
    ]


def payment(message: str, hour: int, minute: int) -> Row:
    at = DAY + dt.timedelta(hours=hour, minutes=minute, seconds=20)
    return {"message_id": message, "video_id": "v", "account_id": "UC", "origin": "api", "type": "superChatEvent",
            "published_at": at, "author_hash": "a", "amount_micros": 5_000_000, "amount": 5, "currency": "EUR"}  # fmt: skip


def paid(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.sql(
        "select session_id, hour(minute_at), minute(minute_at), super_chat_count"
        " from livestream.agg_session_minutes where super_chat_count > 0 order by all"
    )


def test_payments_reach_minutes_of_streams_that_were_loaded_before(warehouse: Warehouse) -> None:
    def load(number: int, **rows: list[Row]) -> list[tuple[Any, ...]]:
        tables = {"livestream.events": rows.get("events", []), "youtube.chat_messages": rows.get("chat", [])}
        add_load(
            str(warehouse.path), f"{number}", NIGHT + dt.timedelta(days=number), {k: v for k, v in tables.items() if v}
        )
        warehouse.run()
        return paid(warehouse)

    assert load(1, events=[*stream("A", 10), *stream("B", 12), *around_midnight()]) == []
    # One before the stream opened: revenue, and in no minute of it.
    chat = [payment("m1", 12, 5), payment("m2", 12, 5), payment("m3", 9, 0)]
    assert load(2, chat=chat) == [("B", 12, 5, 2)]
    newest = warehouse.sql("select session_id, max(batch_id) from livestream.agg_session_minutes group by 1 order by 1")
    # What is written again is of a newer batch than all that was there.
    assert newest[1][1] > newest[0][1]
    # The app tells of one of them as its own, in the other stream.
    told = event("A", "interaction", 10, 20, interaction_id="m1", super_chat_amount=5, currency="EUR", user_id="u")
    # It ended before midnight.
    ended = event(
        "D", "session_end", 22, 59, timestamp=DAY + dt.timedelta(hours=22, minutes=59, seconds=40), video_id=None
    )
    assert load(3, events=[told, ended]) == [("B", 12, 5, 1)]
    # A third stream of the same video was open by then.
    assert load(4, events=[event("C", "session_start", 12, 4), event("C", "session_end", 12, 6)]) == [("C", 12, 5, 1)]
    assert load(5, chat=[payment("m4", 10, 7)]) == [("A", 10, 7, 1), ("C", 12, 5, 1)]
    assert warehouse.sql("select count(*) from livestream.fct_super_chats") == [(4,)]
    before = replace(warehouse, path=warehouse.path.with_name("before.duckdb"))
    shutil.copy(warehouse.path, before.path)
    warehouse.run(full_refresh=True)
    assert differences(before, warehouse) == {}

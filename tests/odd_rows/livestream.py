"""Sessions of characters in one or both forms of export, chats that repeat their super chats, and missing rates."""

from __future__ import annotations

import datetime as dt
import json
import random
from decimal import Decimal
from typing import Any

from tests.odd_rows import Row, Rows

DAY = dt.datetime(2026, 3, 28, 22, 0)  # midnight and a change of the clock lie inside the sessions


def stream_rows(seed: int, sessions: int = 30) -> Rows:
    """Events and documents of sessions, super chats of the videos that some of them name, and rates."""
    source = random.Random(seed)
    return {
        "livestream.events": [row for number in range(sessions) for row in _session_rows(source, number)],
        "youtube.chat_messages": _chat_rows(source),
        "fx.rates": _rate_rows(source) + _rate_rows(source),
    }


def _event(session: str, at: dt.datetime, kind: str, number: int, **columns: Any) -> Row:
    return {"event_id": str(number), "has_event_id": True, "is_document": False, "type": kind,
            "session_id": session, "timestamp": at, "data": "{}", **columns}  # fmt: skip


def _stats(source: random.Random, samples: int) -> dict[str, Any]:
    counts = [source.choice([None, 0, 5, 40]) for _ in range(samples)]
    return {
        "viewerStats": {"peak": max((one or 0 for one in counts), default=0), "average": 7.5, "samples": counts},
        "interactionStats": {"total": source.randrange(9), "superChats": source.randrange(3),
                             "superChatRevenue": source.randrange(20), "responseTimeAvg": 400,
                             "responseTimes": [source.choice([0, 900, 7000]) for _ in range(source.randrange(5))]},
        "technicalStats": {"errors": source.randrange(3), "reconnects": source.randrange(2)},
    }  # fmt: skip


def _session_rows(source: random.Random, number: int) -> list[Row]:
    """One session in one or both forms; its parts may say different accounts, and its end may be missing."""
    session, video = f"s{number}", source.choice([None, None, f"v{number % 3}"])
    start = DAY + dt.timedelta(minutes=source.choice([0, 30, 90, 115, 119, 3000]) + number)
    length = source.choice([0, 1, 3, 12, 130])
    who = {"character_id": source.choice(["ada", "bob", None]), "video_id": video}
    rows: list[Row] = []
    if source.random() < 0.8:
        rows.append(_event(session, start, "session_start", 0, account_id=source.choice([None, "a1", "a2"]), **who))
        for minute in range(1, length + 1, source.choice([1, 1, 2, 7])):
            at = start + dt.timedelta(minutes=minute, milliseconds=source.randrange(-20_000, 20_000))
            rows.append(_event(session, at, "viewer_sample", minute, viewer_count=source.randrange(50), **who))
        for place in range(source.choice([0, 1, 6])):
            at = start + dt.timedelta(seconds=source.randrange(-30, 60 * length + 60))
            money = source.choice([None, Decimal(0), Decimal(5), Decimal("12.5")])
            rows.append(
                _event(session, at, "interaction", place, interaction_id=f"i{number}-{place}", super_chat_amount=money,
                      user_id=source.choice(["u1", "u2", "u3", None]), emotion=source.choice(["joy", None]),
                      currency=source.choice(["EUR", "USD", "JPY", None]), **who,
                      response_time=source.choice([None, 0.0, 800.0, 9000.0]))
            )  # fmt: skip
        for place in range(source.choice([0, 0, 2])):
            rows.append(_event(session, start + dt.timedelta(minutes=place), "error", place, error_type="x"))
            rows.append(_event(session, start + dt.timedelta(minutes=place), "reconnect", place, component="voice"))
        if source.random() < 0.6:
            told = _stats(source, length) if source.random() < 0.5 else {}
            told["duration"] = source.choice([length * 60, None, -5])
            end = start + dt.timedelta(minutes=length, seconds=source.choice([0, 0, 30, -90]))
            rows.append(_event(session, end, "session_end", 0, **who) | {"data": json.dumps(told)})
    for version in range(source.choice([0, 0, 1, 2]) if rows else 1):
        told = {"id": session, **_stats(source, max(0, length - 2 + version))}
        ended = start + dt.timedelta(minutes=length) if source.random() < 0.5 else None
        rows.append(
            _event(session, start, "session_document", version, ended_at=ended, **who)
            | {"is_document": True, "data": json.dumps(told)}
        )
    return rows


def _chat_rows(source: random.Random) -> list[Row]:
    paid: list[Row] = [
        {"message_id": source.choice([f"m{place}", f"i{place}-0"]), "video_id": f"v{place % 4}", "account_id": "channel",
         "type": "superChatEvent", "author_hash": f"h{place % 3}", "amount_micros": 5_000_000, "amount": Decimal(5),
         "currency": source.choice(["USD", "EUR"]), "origin": "api",
         "published_at": DAY + dt.timedelta(minutes=source.randrange(200))}
        for place in range(6)
    ]  # fmt: skip
    removed = {"type": "messageDeletedEvent", "amount_micros": None, "amount": None, "currency": None}
    return paid + [
        {**row, **removed, "message_id": f"removed-{place}", "deleted_message_id": row["message_id"]}
        for place, row in enumerate(paid[:2])
    ]


def _rate_rows(source: random.Random) -> list[Row]:
    rows = []
    for day in range(-3, 4):
        date = DAY.date() + dt.timedelta(days=day)
        if source.random() < 0.6:
            rates = json.dumps({"USD": f"1.{source.randrange(10, 99)}", "JPY": "160.5"})
            rows.append({"rate_id": f"{date}{rates}", "rate_date": date, "rates": rates})
    return rows

"""Tracked events of conversations: with people on some of them only, and of kinds that are no message."""

from __future__ import annotations

import datetime as dt
import json
import random

from tests.odd_rows import Row, Rows

FIRST = dt.datetime(2026, 3, 28, 22, 0)


def conversation_rows(seed: int, conversations: int = 12, events: int = 8) -> Rows:
    """Events around the change of clocks, some minutes apart."""
    dice = random.Random(seed)
    return {
        "conversations.events": [
            _event(dice, conversation, number) for conversation in range(conversations) for number in range(events)
        ]
    }


def _event(dice: random.Random, conversation: int, number: int) -> Row:
    data = {
        "role": "assistant" if number % 2 else "user",
        "tokenCount": dice.randrange(50),
        "tokens": 7,
        "type": "input",
    }
    return {
        "event_id": f"odd-{conversation}-{number}",
        "has_event_id": True,
        "type": "message_sent"
        if number < 5
        else dice.choice(["message_sent", "token_usage", "error", "user_activity"]),
        "timestamp": FIRST + dt.timedelta(minutes=20 * conversation + 3 * number, seconds=dice.randrange(3)),
        "conversation_id": f"odd-{conversation}" if dice.random() < 0.95 else None,
        "user_id": dice.choice(["ann", "bob", None]),
        "data": json.dumps(data),
    }

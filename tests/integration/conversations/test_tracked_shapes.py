"""Shapes in which chat products write tracked events: each gives the event that it means, or a reject that says why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ingestion import pii
from ingestion.conversations import EVENTS
from ingestion.engine import connect
from ingestion.judge import Judge
from ingestion.lines import LINES_SCHEMA
from ingestion.registry import SOURCES
from ingestion.settings import Settings

DATA = {"messageId": "m1", "role": "user", "tokenCount": 42, "messageLength": 180}
MESSAGE = {
    "eventId": "e1", "type": "message_sent", "timestamp": "2026-03-01T10:00:00Z", "conversationId": "c1", "userId": "ann",
    "data": DATA,
}  # fmt: skip
TABLE_ROW = {"type": "message_sent", "timestamp": "2026-03-01T10:00:00Z", "conversation_id": "c1", "user_id": "ann"}
UNDERSCORED = {"message_id": "m1", "role": "user", "token_count": 42, "message_length": 180}


def usage(**data: Any) -> dict[str, Any]:
    return MESSAGE | {"type": "token_usage", "data": data}


SAME = {
    "whole numbers as floats": MESSAGE | {"data": DATA | {"tokenCount": 42.0, "messageLength": 180.0}},
    "a row of the service's table": TABLE_ROW | {"id": "evt_1", "data": json.dumps(DATA)},
    "underscores": TABLE_ROW | {"event_id": "e1", "data": UNDERSCORED},
    "underscores in a text": TABLE_ROW | {"event_id": "e1", "data": json.dumps(UNDERSCORED)},
    "both spellings": MESSAGE | {"conversation_id": "other", "data": DATA | {"message_id": "other"}},
}
TWICE = "duplicate_key: a property name is given twice"
REASONS: list[tuple[dict[str, Any] | str, str | None]] = [
    (json.dumps(usage(tokens=5, type="input")).replace('"tokens"', '"tokens": 900, "tokens"'), TWICE),
    (json.dumps(MESSAGE).replace('"userId"', '"userId": "bob", "userId"'), TWICE),
    (usage(type="output"), "data.tokens is required"),
    (usage(prompt_tokens=5, completion_tokens=7), "data.tokens is required"),
    (usage(tokens=5, type="total"), "data.type must be input or output"),
    (usage(tokens=5, type="cache_read"), "data.type must be input or output"),
    (usage(tokens=5.5, type="input"), "data.tokens must be a whole number from 0 to 10^12"),
    (MESSAGE | {"data": "no object"}, "data must be an object"),
    (TABLE_ROW | {"data": "[1]"}, "data must be an object"),
    (TABLE_ROW | {"conversation_id": 7}, "conversationId must be a string"),
    *(
        (usage(tokens=5, type=kind), None)
        for kind in ("input", "output_tokens", "PROMPT", "completion_tokens", "", None)
    ),
    (usage(tokens=None, type="input"), None),
    (TABLE_ROW | {"type": "token_usage", "data": '{"tokens":null,"type":"input"}'}, None),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Any:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path_factory.mktemp("warehouse"))})
    redactor = pii.Redactor(settings.redact_names)
    judge = Judge(settings, "conversations", "1.0", datetime.now(UTC), Path(), redactor, False)

    def rows(events: Sequence[dict[str, Any] | str]) -> list[dict[str, Any]]:
        lines = [
            {
                "file_id": "f",
                "file": "f.jsonl",
                "line_number": number,
                "line": entry if isinstance(entry, str) else json.dumps(entry),
            }
            for number, entry in enumerate(events)
        ]
        judge._connection.register("lines", pa.Table.from_pylist(lines, schema=LINES_SCHEMA))
        found = judge._connection.execute(f"select * from ({EVENTS.extract_sql}) order by line_number")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    yield rows
    judge.close()


def test_other_spellings_give_the_same_event(judged: Any) -> None:
    for name, row in zip(SAME, judged(list(SAME.values())), strict=True):
        told = {key: json.loads(row["data"] or "{}").get(key) for key in DATA}
        assert (row["reason_text"], row["conversation_id"], row["user_id"], told) == (None, "c1", "ann", DATA), name
        assert row["has_event_id"] == (name != "a row of the service's table"), name


def test_a_count_that_would_be_lost_or_misread_is_a_reject(judged: Any) -> None:
    found = judged([entry for entry, _ in REASONS])
    assert [row["reason_text"] for row in found] == [reason for _, reason in REASONS]


SAID = {
    "content": "CANARY one",
    "lastMessageText": "CANARY",
    "message": {"role": "user", "content": [{"type": "text", "text": 'CANARY "\u00e9'}], "n": 12345678901234567890},
    "choices": [{"index": 0, "message": {"content": "CANARY"}}],
    "payload": json.dumps({"prompt": "CANARY", "maxTokens": 5}),
    "user_name": "CANARY",
    "output": 7,
}


@pytest.mark.parametrize("text", ["", "keep"])
def test_text_of_tracked_messages_is_stored_as_its_length_unless_it_is_kept(tmp_path: Path, text: str) -> None:
    landing = tmp_path / "landing" / "conversations"
    landing.mkdir(parents=True)
    lines = [MESSAGE | {"data": DATA | SAID}, MESSAGE | {"timestamp": "today", "data": SAID}]
    written = "".join(json.dumps(line) + "\n" for line in lines) + '{"data": {"content": "CANARY\n'
    (landing / "a.jsonl").write_text(written)
    settings = Settings.from_env(
        {"WAREHOUSE_DIR": str(tmp_path / "var"), "LANDING_DIR": str(landing.parent), "CONVERSATION_TEXT": text}
    )
    SOURCES["conversations"].run(settings)
    SOURCES["conversations"].replay(settings)
    with connect(settings, settings.database_path, read_only=True) as connection:
        (data,) = connection.execute("select data from raw_conversations.events").fetchone() or ()
        rejected = connection.execute("select raw_text from raw_conversations.rejects order by line_number").fetchall()
    told = json.loads(data)
    assert {key: told[key] for key in DATA} == DATA
    assert (told["user_name"], told["output"]) == (pii.REDACTED, 7)
    if text == "keep":
        assert told["content"] == "CANARY one" and "CANARY" in rejected[0][0] and "CANARY" in rejected[1][0]
        return
    assert "CANARY" not in data and "CANARY" not in rejected[0][0] and rejected[1] == (None,)
    assert told["content"] == "[10 characters]" and told["lastMessageText"] == "[6 characters]"
    assert told["message"]["content"][0] == {"type": "[4 characters]", "text": "[9 characters]"}
    assert told["message"]["n"] == 12345678901234567890
    assert json.loads(told["payload"]) == {"prompt": "[6 characters]", "maxTokens": 5}
    assert json.loads(rejected[0][0])["data"]["content"] == "[10 characters]"

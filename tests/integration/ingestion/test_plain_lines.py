"""The short way of plain lines gives what the rules one after the other give, whatever a line holds."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import pii
from ingestion.judge import Judge
from ingestion.lines import LINES_SCHEMA
from ingestion.registry import SOURCES
from tests.integration.ingestion.conftest import event

[EVENTS] = SOURCES["social"].resources
SHORT = EVENTS.extract_sql
LONG = SHORT.replace("from passed", "from (select * replace (false as is_quick) from passed)").replace(
    "from sorted", "from (select * replace (false as is_plain) from sorted)"
)

BASES = [
    event(1),
    event(2, schemaVersion="1.1.0", data={"contentType": "clip", "contentId": "c", "viewDuration": 1.5, "scrollDepth": 0}),
    event(3, eventType="engagement", data={"action": "like", "targetType": "post", "targetId": "p"}),
    event(4, eventType="engagement", schemaVersion="1.1", data={
        "action": "share", "targetType": "post", "targetId": "p", "metadata": {"to": "a friend"}}),
    event(5, eventType="purchase", data={
        "productId": "p", "orderId": "o", "amount": 12.5, "currency": "EUR", "quantity": 2, "paymentMethod": "card",
        "conversionPath": ["feed", "checkout"]}),
    event(6, eventType="session", schemaVersion="2.0.0", data={"phase": "start", "deviceInfo": {"model": "m"}}),
    {"eventType": "poll", "timestamp": "2026-03-01T10:00:00.250+02:00"},
    {"id": 1, "event_id": "e8", "event_type": "view", "timestamp": "2026-03-01T10:00:00Z", "event_data": '{"contentType":"a"}'},
]  # fmt: skip
VALUES = [
    *('""', '"x"', '"5"', "5", "-0", "1e5", "1e999", "12345678901234567890123", "true", "null", "{}", "[]", "[1,2,]"),
    *('{"a":1}', "NaN", "nan", "-inf", "Infinity", '"NaN"', '"a, nan]"', '"\\u0041"', '"\\ud83d\\ude00"', '"é"', '"\\""'),
    *('"2026-03-01T10:00:00Z"', '"2026-03-01T10:00:00"', '"2026-02-30T10:00:00Z"', '"2026-03-01T10:00:00.5+0200"'),
    *('"2026-13-01T10:00:00+02:00"', '"1999-01-01T00:00:00Z"', '"1.0"', '"1.1.3"', '"3"', '"hmac:abc:def"', '{"a":nan}'),
    *('{"email":"a@b"}', '{"x":{"phone_number":[1]}}', '{"note":"information"}', '{"note":"x:nan"}', '{"x":"NaN"}'),
]  # fmt: skip
NAMES = [
    "eventId",
    "eventType",
    "userId",
    "timestamp",
    "schemaVersion",
    "platform",
    "ipAddress",
    "data",
    "extra",
    "Email",
]
INNER = [
    "contentType",
    "contentId",
    "viewDuration",
    "scrollDepth",
    "metadata",
    "amount",
    "conversionPath",
    "token",
    "x",
]


def members(item: dict[str, object]) -> list[tuple[str, str]]:
    return [(name, json.dumps(value, separators=(",", ":"))) for name, value in item.items()]


def written(parts: list[tuple[str, str]], space: str = "") -> str:
    return "{" + ("," + space).join(f'"{name}":{space}{value}' for name, value in parts) + "}"


def mutated(chance: random.Random) -> str:
    """A line with up to three faults: values, names, repeats, spaces, bytes."""
    base = chance.choice(BASES)
    parts, data = members(base), members(base.get("data") or {})
    space = ""
    for _ in range(chance.randrange(4)):
        kind = chance.randrange(8)
        if kind in (0, 1):
            where = chance.choice([parts, data])
            name, value = chance.choice(NAMES if where is parts else INNER), chance.choice(VALUES)
            where[:] = [(n, v) for n, v in where if n != name]
            where.insert(chance.randrange(len(where) + 1), (name, value))
        elif kind == 2 and parts:
            parts.pop(chance.randrange(len(parts)))
        elif kind == 3 and data:
            data.pop(chance.randrange(len(data)))
        elif kind == 4 and parts:
            parts.insert(0, (chance.choice(parts)[0], chance.choice(VALUES)))
        elif kind == 5:
            chance.shuffle(parts)
        elif kind == 6:
            space = chance.choice([" ", "\t", "\r"])
        else:
            where = chance.choice([parts, data])
            if where:
                place = chance.randrange(len(where))
                where[place] = (where[place][0], chance.choice(VALUES))
    parts = [(n, written(data, space) if n == "data" and v.startswith("{") else v) for n, v in parts]
    line = written(parts, space)
    if chance.random() < 0.1:
        place = chance.randrange(len(line))
        line = line[:place] + chance.choice(["", '"', "}", ",", " ", "\\", "{"]) + line[place + chance.randrange(2) :]
    return chance.choice(["", "", "", " "]) + line + chance.choice(["", "\n", "\r\n"])


@pytest.fixture
def judged(warehouse):
    """Rows of a SELECT over lines, in their order."""
    redactor = pii.Redactor(warehouse.settings.redact_names)
    judge = Judge(warehouse.settings, "social", "1.0", datetime.now(UTC), warehouse.landing, redactor, False)

    def rows(sql: str, texts: list[str]):
        lines = [
            {"file_id": "f", "file": "f.jsonl", "line_number": number, "line": text}
            for number, text in enumerate(texts)
        ]
        judge._connection.register("lines", pa.Table.from_pylist(lines, schema=LINES_SCHEMA))
        found = judge._connection.execute(f"select * from ({sql}) order by line_number").fetchall()
        names = [column[0] for column in judge._connection.description]
        judge._connection.unregister("lines")
        return [dict(zip(names, row, strict=True)) for row in found]

    yield rows
    judge.close()


def visible(row: dict[str, object]) -> dict[str, object]:
    """What of a row goes on: of a reject only its reason and text."""
    if row["reason_code"] is None:
        return row
    return {name: row[name] for name in ("line_number", "reason_code", "reason_text", "raw_text")}


@pytest.mark.parametrize("seed", [1, pytest.param(None, marks=pytest.mark.slow)])
def test_mutated_lines_give_the_same_rows_and_rejects_on_both_ways(judged, seed):
    assert SHORT != LONG
    chance = random.Random(seed)
    texts = [mutated(chance) for _ in range(4_000 if seed else 200_000)]
    short, long = judged(SHORT, texts), judged(LONG, texts)
    for text, one, other in zip(texts, short, long, strict=True):
        assert visible(one) == visible(other), text
    reasons = {row["reason_code"] for row in short}
    assert {None, "invalid_json", "wrong_type", "missing_field", "invalid_timestamp", "duplicate_key"} <= reasons


# JSON as texts, in forms that a parser reads alike and writes otherwise, or as longer texts than it read.
NUMBERS = [
    "0",
    "-0",
    "1.0",
    "1e5",
    "1E+2",
    "1e-7",
    "12e1",
    "0.1e1",
    "1e400",
    "-1e400",
    "18446744073709551616",
    "5e-324",
]
NUMBERS += [
    "123456789012345678901234567890",
    "0.30000000000000004",
    "999999999999",
    "1000000000000",
    "NaN",
    "-Infinity",
]
PIECES = [
    "a",
    "",
    " ",
    "\\\\",
    '\\"',
    "\\/",
    "\\n",
    "\\u0061",
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\u0000",
    "é",
    "😀",
    "\u2028",
    "{",
    "}",
]
PIECES += [
    ":",
    ",",
    '","userId":"',
    "[",
    "nan",
    "inf",
    ": inf,",
    "hmac:",
    "2026-03-01T10:00:00Z",
    "1.0",
    "email",
    "\x7f",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=4).map(lambda pieces: '"' + "".join(pieces) + '"')
SPACES = st.sampled_from(["", "", "", "", "", "", " ", "\t", "\r"])


@st.composite
def objects(draw, names, values):
    """An object of given names as text, now and then with a name twice, or one written with an escape."""
    parts = []
    for name in draw(st.lists(names, max_size=6)):
        quoted = json.dumps(name)
        if draw(st.integers(0, 15)) == 0:
            quoted = f'"\\u{ord(name[0]):04x}{name[1:]}"'
        parts.append(f"{draw(SPACES)}{quoted}{draw(SPACES)}:{draw(SPACES)}{draw(values)}")
    return "{" + ",".join(parts) + draw(SPACES) + "}"


INNER_NAMES = st.sampled_from([*INNER, "action", "targetType", "targetId", "currency", "quantity", "email"])
JSON_TEXTS = st.recursive(
    st.one_of(st.sampled_from([*NUMBERS, "null", "true", "{}", "[]", "[1,]"]), TEXTS),
    lambda inner: st.one_of(
        objects(INNER_NAMES, inner), st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
    ),
    max_leaves=6,
)


@st.composite
def lines(draw):
    """A line that begins as a good one: fields replaced, added, given twice, in any order or in the common one."""
    base = draw(st.sampled_from(BASES))
    parts = members(base)
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from([*NAMES, "sessionId", "userAgent"]))
        value = draw(st.one_of(JSON_TEXTS, TEXTS, objects(INNER_NAMES, JSON_TEXTS)))
        known = [place for place, (old, _) in enumerate(parts) if old == name]
        if known and draw(st.integers(0, 4)):
            parts[known[0]] = (name, value)
        else:
            parts.insert(draw(st.integers(0, len(parts))), (name, value))
    if draw(st.booleans()) and "data" in base:
        inner = members(base["data"])
        inner.insert(draw(st.integers(0, len(inner))), (draw(INNER_NAMES), draw(JSON_TEXTS)))
        parts = [(name, written(inner) if name == "data" else value) for name, value in parts]
    # A line whose order of fields is the common one takes the shortest way.
    if draw(st.integers(0, 3)):
        order = [*NAMES[:3], "sessionId", *NAMES[3:6], "userAgent", *NAMES[6:]]
        parts.sort(key=lambda part: order.index(part[0]) if part[0] in order else len(order))
    line = written(parts, draw(SPACES))
    return line + draw(
        st.sampled_from(["", "\n", "\r\n", " ", " \n", "}", ",", "x", '{"a":1}'])
        if draw(st.integers(0, 7)) == 0
        else st.just("\n")
    )


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=12
)
@given(texts=st.lists(lines(), min_size=30, max_size=80))
def test_any_line_gives_the_same_row_or_reject_on_both_ways(judged, texts):
    for text, one, other in zip(texts, judged(SHORT, texts), judged(LONG, texts), strict=True):
        assert visible(one) == visible(other), text


def test_lines_that_writers_commonly_write_are_plain(judged):
    usual = [event(1, userId=None, data=None, eventType="stream"), *BASES[:6]]
    spaced = [json.dumps(item) for item in BASES[:6]]
    texts = [*(json.dumps(item, separators=(",", ":")) for item in usual[1:]), *spaced]
    ctes = SHORT[: SHORT.index("judged as (")].rstrip().rstrip(",")
    assert [row["is_plain"] for row in judged(f"{ctes} select line_number, is_plain from sorted", texts)] == [True] * 12


def test_numbers_that_json_does_not_know_are_rejected_in_any_case(judged):
    words = ["NaN", "nan", "-nan", "inf", "-Infinity", "INF", "infinity"]
    inside = ['{"x":%s}', '{"x":[1, %s ]}', '{"x":{"y": %s}}']
    texts = [json.dumps(event(1, data="@")).replace('"@"', form % word) for word in words for form in inside]
    texts += [json.dumps(event(1, extra="@")).replace('"@"', word) for word in words]
    for sql in (SHORT, LONG):
        assert {row["reason_code"] for row in judged(sql, texts)} == {"invalid_json"}
    fine = [json.dumps(event(1, data={**event(1)["data"], "x": text})) for text in ("a, nan", "[inf]", "x: inf,")]
    assert {row["reason_code"] for row in judged(SHORT, fine)} == {None}

"""Events and documents of streaming characters, in every wrapping in which stores export them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from ingestion.engine import connect
from ingestion.registry import SOURCES
from ingestion.settings import Settings

AT = dt.datetime(2026, 3, 1, 10, 1)
MS = 1_772_359_260_000
Load = Callable[[list[Any]], "Loaded"]


class Loaded:
    """What a load made of some lines."""

    def __init__(self, settings: Settings) -> None:
        with connect(settings, settings.database_path, read_only=True) as connection:
            self.events = (
                connection.execute("from raw_livestream.events order by line_number").fetchdf().to_dict("records")
            )
            self.rejects = connection.execute(
                "select line_number, reason_code, reason_text, raw_text from raw_livestream.rejects order by 1"
            ).fetchall()
            self.everything = str(connection.execute("from raw_livestream.events").fetchall()) + str(self.rejects)


@pytest.fixture
def load(make_settings: Callable[..., Settings]) -> Load:
    settings = make_settings()
    folder = settings.landing_dir / "livestream"

    def run(lines: list[Any]) -> Loaded:
        folder.mkdir(parents=True, exist_ok=True)
        text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        (folder / f"part-{len(list(folder.iterdir()))}.jsonl").write_text(text)
        SOURCES["livestream"].run(settings)
        return Loaded(settings)

    return run


def event(kind: str, moment: Any = MS, **data: Any) -> dict[str, Any]:
    return {"type": kind, "data": {"characterId": "ada", "sessionId": "s1", **data}, "timestamp": moment}


MOMENTS = [
    "2026-03-01T10:01:00.000Z",
    "2026-03-01T12:01:00+02:00",
    MS,
    {"_seconds": MS // 1000, "_nanoseconds": 0},
    {"seconds": MS // 1000, "nanoseconds": 0},
    {"seconds": str(MS // 1000), "nanos": 0},
    {"$date": "2026-03-01T10:01:00Z"},
    {"$date": MS},
    {"$date": {"$numberLong": str(MS)}},
    MS // 1000,
    MS / 1000,
    str(MS),
    str(MS // 1000),
    {"__time__": "2026-03-01T10:01:00.000Z"},
    {"__datatype__": "timestamp", "value": {"_seconds": MS // 1000, "_nanoseconds": 0}},
]


def test_a_moment_is_taken_in_every_wrapping_and_makes_the_same_event(load: Load) -> None:
    loaded = load([event("reconnect", moment) for moment in MOMENTS])
    assert loaded.rejects == []
    assert {row["timestamp"].to_pydatetime() for row in loaded.events} == {AT}
    assert len({row["event_id"] for row in loaded.events}) == 1


NO_MOMENTS: list[Any] = [
    "yesterday", "2026-03-01T10:01:00", MS // 10**6, MS * 1000, 10**400, -1, 1.5e300, True, [], {}, {"_seconds": "x"},
    {"_seconds": 10**30}, {"seconds": MS // 1000, "nanoseconds": 10**12}, {"$date": "soon"}, {"nanos": 1}, "177235926000",
]  # fmt: skip


def test_what_is_no_moment_is_rejected(load: Load) -> None:
    events = [event("reconnect", moment) for moment in NO_MOMENTS]
    documents = [{"id": "s2", "startTime": moment, "viewerStats": {}} for moment in NO_MOMENTS]
    loaded = load([*events, *documents, event("reconnect")])
    assert [row[:2] for row in loaded.rejects] == [
        (number, "invalid_timestamp") for number in range(1, 2 * len(NO_MOMENTS) + 1)
    ]
    assert len(loaded.events) == 1


def test_seconds_may_have_fractions(load: Load) -> None:
    fractions = ("1772359260.5", "1772359260.25", "1772359260.123456")
    loaded = load([f'{{"type": "raid", "timestamp": {text}}}' for text in fractions])
    assert [row["timestamp"].microsecond for row in loaded.events] == [500_000, 250_000, 123_456]


@pytest.mark.parametrize("name", ["_nanoseconds", "nanoseconds", "nanos"])
def test_nanoseconds_of_a_store_count(load: Load, name: str) -> None:
    seconds = "_seconds" if name.startswith("_") else "seconds"
    [row] = load([event("reconnect", {seconds: MS // 1000, name: 5_000_000})]).events
    assert row["timestamp"].to_pydatetime() == AT + dt.timedelta(milliseconds=5)


def test_a_sample_has_a_moment_of_its_own(load: Load) -> None:
    [row] = load([event("viewer_sample", MS + 900, viewerCount=7, timestamp={"$date": MS})]).events
    assert (row["timestamp"].to_pydatetime(), row["viewer_count"]) == (AT, 7)


def test_numbers_and_ids_may_be_wrapped(load: Load) -> None:
    line = event("viewer_sample", viewerCount={"$numberInt": "12"})
    rows = load([line | {"_id": {"$oid": "65e1"}}, line | {"_id": {"$uuid": "3b24-11"}}]).events
    assert [(row["event_id"], bool(row["has_event_id"]), row["viewer_count"]) for row in rows] == [
        ("65e1", True, 12),
        ("3b24-11", True, 12),
    ]


def typed(value: Any) -> dict[str, Any]:
    """A value as Firestore's REST interface types it."""
    match value:
        case None | bool():
            return {"nullValue" if value is None else "booleanValue": value}
        case int():
            return {"integerValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"timestampValue" if value.endswith(":00Z") else "stringValue": value}
        case dict():
            return {"mapValue": {"fields": {key: typed(one) for key, one in value.items()}} if value else {}}
        case _:
            return {"arrayValue": {"values": [typed(one) for one in value]} if value else {}}


def rest(name: str, document: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"projects/p/databases/(default)/documents/{name}",
        "fields": typed(document)["mapValue"]["fields"],
        "createTime": "2026-03-01T10:01:01.5Z",
    }


SESSION: dict[str, Any] = {
    "characterId": "ada", "startTime": "2026-03-01T10:01:00Z", "endTime": "2026-03-01T10:03:00Z", "duration": 120.5,
    "viewerStats": {"peak": 3, "average": 2.5, "samples": [1, None, 3]},
    "interactionStats": {"total": 2, "superChats": 0, "superChatRevenue": 0, "responseTimes": []},
    "technicalStats": {"errors": 0, "reconnects": 1}, "notes": {"deep": [{"deeper": [{"said": 'a "}]{"'}]}], "none": {}},
}  # fmt: skip
SAMPLE = event("viewer_sample", "2026-03-01T10:01:00Z", viewerCount=7, note='{"integerValue":"1"} \\')


@pytest.mark.parametrize("wrap", [dict, lambda one: {"document": one, "readTime": "x"}], ids=["document", "query"])
def test_typed_documents_of_firestore_are_read(load: Load, wrap: Callable[[Any], Any]) -> None:
    loaded = load([wrap(rest("analytics_events/e1", SAMPLE)), wrap(rest("streaming_sessions/s1", SESSION))])
    assert loaded.rejects == []
    sample, session = loaded.events
    assert (sample["event_id"], sample["viewer_count"], sample["session_id"]) == ("e1", 7, "s1")
    assert json.loads(sample["data"]) == SAMPLE["data"]
    assert (session["session_id"], session["timestamp"].to_pydatetime()) == ("s1", AT)
    assert json.loads(session["data"]) == {"_id": "s1", **SESSION}


def test_points_and_bytes_of_firestore_hide_no_other_field(load: Load) -> None:
    document = rest("analytics_events/e1", SAMPLE)
    document["fields"]["data"]["mapValue"]["fields"] |= {
        "at": {"geoPointValue": {"latitude": 1.5, "longitude": -2}},
        "key": {"bytesValue": "AA=="},
    }
    [row] = load([document]).events
    assert json.loads(row["data"]) == SAMPLE["data"] | {"at": {"latitude": 1.5, "longitude": -2}, "key": "AA=="}


def test_what_only_resembles_a_document_of_firestore_is_left_alone(load: Load) -> None:
    [row] = load([event("reconnect", fields={"a": {"integerValue": "1"}}) | {"name": "projects/p"}]).events
    assert json.loads(row["data"])["fields"] == {"a": {"integerValue": "1"}}


EXPORTS: dict[str, Any] = {
    "collections": {"__collections__": {"analytics_events": {"e1": {**SAMPLE, "__collections__": {}}},
                                        "streaming_sessions": {"s1": SESSION}}},
    "collections in documents": {"__collections__": {"streaming_sessions": {"s1": {
        **SESSION, "__collections__": {"analytics_events": {"e1": SAMPLE}}}}}},
    "collections alone": {"analytics_events": {"e1": SAMPLE}, "streaming_sessions": {"s1": SESSION}},
    "a listing": {"documents": [rest("analytics_events/e1", SAMPLE), rest("streaming_sessions/s1", SESSION)],
                  "nextPageToken": "t"},
}  # fmt: skip


@pytest.mark.parametrize("export", list(EXPORTS))
def test_an_export_of_firestore_that_is_one_object_gives_its_documents(
    make_settings: Callable[..., Settings], export: str
) -> None:
    settings = make_settings()
    folder = settings.landing_dir / "livestream"
    folder.mkdir(parents=True)
    (folder / "export.json").write_text(json.dumps(EXPORTS[export], indent=1))
    SOURCES["livestream"].run(settings)
    loaded = Loaded(settings)
    assert loaded.rejects == []
    assert {(row["type"], row["session_id"]) for row in loaded.events} == {
        ("viewer_sample", "s1"),
        ("session_document", "s1"),
    }
    assert "e1" in {row["event_id"] for row in loaded.events}


def test_an_interaction_is_known_by_its_id_whatever_it_says_the_second_time(load: Load) -> None:
    lines = [
        event("interaction", MS + n, interactionId="i1", superChatAmount=amount) for n, amount in enumerate((5, 5.0))
    ]
    assert len({row["event_id"] for row in load(lines).events}) == 1


def test_a_document_is_of_the_session_that_it_names_whatever_the_store_calls_it(load: Load) -> None:
    stored = {"_id": {"$oid": "65e1"}, "startTime": MS, "viewerStats": {}}
    rows = load([stored, stored | {"sessionId": "s1"}, stored | {"sessionId": None, "id": "s2"}]).events
    assert [row["session_id"] for row in rows] == ["65e1", "s1", "s2"]


def test_a_document_is_one_row_and_its_next_version_another(load: Load) -> None:
    document: dict[str, Any] = {"id": "s1", "characterId": "ada", "startTime": MS, "endTime": None,
                                "viewerStats": {"peak": 3, "average": 2, "samples": [1, None, 3]}}  # fmt: skip
    ended = document | {"endTime": {"_seconds": MS // 1000 + 60, "_nanoseconds": 0}}
    rows = load([document, document, ended]).events
    assert [bool(row["is_document"]) for row in rows] == [True] * 3
    assert len({row["event_id"] for row in rows}) == 2
    assert rows[2]["ended_at"].to_pydatetime() == AT + dt.timedelta(minutes=1)


BROKEN: list[tuple[dict[str, Any] | str, str]] = [
    (event("viewer_sample"), "missing_field"),
    (event("viewer_sample", viewerCount=-1), "wrong_type"),
    (event("viewer_sample", viewerCount="7 people"), "wrong_type"),
    (event("viewer_sample", viewerCount=10**13), "wrong_type"),
    (event("interaction", superChatAmount="five"), "wrong_type"),
    (event("interaction", superChatAmount="5-10"), "wrong_type"),
    (event("interaction", superChatAmount=True), "wrong_type"),
    (event("interaction", responseTime="fast"), "wrong_type"),
    (event("interaction", responseTime=1e20), "wrong_type"),
    (event("interaction", userId=5), "wrong_type"),
    ({"type": "error", "data": {"characterId": "ada"}, "timestamp": MS}, "missing_field"),
    ({"type": "error", "data": [], "timestamp": MS}, "wrong_type"),
    ({"id": "s", "startTime": MS, "viewerStats": {"samples": ["one"]}}, "wrong_type"),
    ({"id": "s", "startTime": MS, "interactionStats": {"responseTimes": [{}]}}, "wrong_type"),
    (f'{{"id": "s", "startTime": {MS}, "interactionStats": {{"responseTimes": [5, 1e99]}}}}', "wrong_type"),
    ({"id": "s", "startTime": MS, "technicalStats": {"errors": "many"}}, "wrong_type"),
    ({"startTime": MS, "viewerStats": {}}, "missing_field"),
    ({"id": "", "startTime": MS, "viewerStats": {}}, "missing_field"),
    (event("interaction", sessionId=""), "missing_field"),
    ({"id": "s", "viewerStats": {}}, "missing_field"),
    ({"data": {}, "timestamp": MS}, "missing_field"),
    (f'{{"type": "reconnect", "timestamp": {MS}, "timestamp": {MS}, "data": {{"sessionId": "s"}}}}', "duplicate_key"),
    (f'{{"type": "reconnect", "timestamp": {MS}, "data": {{"sessionId": "s", "sessionId": "t"}}}}', "duplicate_key"),
]


def test_a_line_that_breaks_its_contract_is_rejected_and_the_next_is_not(load: Load) -> None:
    loaded = load([line for broken, _ in BROKEN for line in (broken, event("reconnect"))])
    assert [row[:2] for row in loaded.rejects] == [(2 * place + 1, reason) for place, (_, reason) in enumerate(BROKEN)]
    assert [row["line_number"] for row in loaded.events] == [2 * place + 2 for place in range(len(BROKEN))]


SPELLINGS: dict[str, dict[str, Any]] = {
    "snake case": {"type": "interaction", "timestamp": MS, "data": {
        "character_id": "ada", "session_id": "s1", "interaction_id": "i1", "user_id": "u", "super_chat_amount": 5,
        "response_time": 820, "note": '"user_id": said'}},
    "no data": {"type": "interaction", "timestamp": MS, "characterId": "ada", "sessionId": "s1", "interactionId": "i1",
                "userId": "u", "superChatAmount": 5, "responseTime": 820, "note": '"user_id": said'},
    "no data, snake case": {"type": "interaction", "timestamp": MS, "character_id": "ada", "session_id": "s1",
                            "interaction_id": "i1", "user_id": "u", "super_chat_amount": 5, "response_time": 820,
                            "note": '"user_id": said'},
    "data as text": {"type": "interaction", "timestamp": MS, "data": json.dumps({
        "characterId": "ada", "sessionId": "s1", "interactionId": "i1", "userId": "u", "superChatAmount": 5,
        "responseTime": 820, "note": '"user_id": said'})},
    "numbers as texts": event("interaction", interactionId="i1", userId="u", superChatAmount="5", responseTime="820",
                              note='"user_id": said'),
}  # fmt: skip


@pytest.mark.parametrize("spelling", list(SPELLINGS))
def test_an_event_is_the_same_however_it_is_spelled(load: Load, spelling: str) -> None:
    usual = event("interaction", interactionId="i1", userId="u", superChatAmount=5, responseTime=820,
                  note='"user_id": said')  # fmt: skip
    loaded = load([usual, SPELLINGS[spelling]])
    assert loaded.rejects == []
    columns = (
        "event_id",
        "character_id",
        "session_id",
        "interaction_id",
        "user_id",
        "super_chat_amount",
        "response_time",
    )
    one, other = ({name: row[name] for name in columns} for row in loaded.events)
    assert one == other
    assert {json.loads(row["data"])["note"] for row in loaded.events} == {'"user_id": said'}


def test_a_document_may_be_in_snake_case_with_numbers_as_texts(load: Load) -> None:
    usual = {"id": "s1", "characterId": "ada", "startTime": MS, "endTime": MS + 60_000,
             "viewerStats": {"peak": 3, "average": 2.5, "samples": [1, 3]},
             "interactionStats": {"total": 2, "superChats": 1, "superChatRevenue": 12.5, "responseTimes": [820, 900.5]},
             "technicalStats": {"errors": 0, "reconnects": 1}}  # fmt: skip
    other = {"id": "s1", "character_id": "ada", "start_time": MS, "end_time": MS + 60_000,
             "viewer_stats": {"peak": "3", "average": "2.5", "samples": ["1", "3"]},
             "interaction_stats": {"total": "2", "super_chats": "1", "super_chat_revenue": "12.5",
                                   "response_times": ["820", "900.5"]},
             "technical_stats": {"errors": "0", "reconnects": "1"}}  # fmt: skip
    loaded = load([usual, other])
    assert loaded.rejects == []
    assert len({row["event_id"] for row in loaded.events}) == 1


AMOUNTS: list[tuple[Any, str | None, str | None, str | None]] = [
    (5, "EUR", "5", "EUR"),
    (5.25, "usd", "5.25", "USD"),
    ("5.25", None, "5.25", None),
    ("5,25", "EUR", "5.25", "EUR"),
    ("1,000", "JPY", "1000", "JPY"),
    ("¥1,000", None, "1000", "JPY"),
    ("$5.00", None, "5", "USD"),
    (1000, "¥", "1000", "JPY"),
    (1.125, "€", "1.125", "EUR"),
    ("2,50", "€", "2.5", "EUR"),
    ("JPY 500", None, "500", "JPY"),
    ("100 kr", None, "100", "XXX"),
    (-3, "EUR", "-3", "EUR"),
    (7, "gems", "7", "XXX"),
    (7, "US Dollar", "7", "XXX"),
    ("", "EUR", None, "EUR"),
]


def test_amounts_may_be_texts_and_currencies_signs(load: Load) -> None:
    given = [
        event("interaction", interactionId=f"i{place}", superChatAmount=amount, **({"currency": code} if code else {}))
        for place, (amount, code, _, _) in enumerate(AMOUNTS)
    ]
    loaded = load(given)
    assert loaded.rejects == []
    found = [
        tuple(None if row[name] != row[name] else row[name] for name in ("super_chat_amount", "currency"))
        for row in loaded.events
    ]
    assert found == [(None if amount is None else float(amount), code) for _, _, amount, code in AMOUNTS]


def test_an_unknown_kind_is_kept(load: Load) -> None:
    [row] = load([{"type": "raid", "data": {"from": "bob"}, "timestamp": MS, "weight": 3}]).events
    assert (row["type"], json.loads(row["data"]), json.loads(row["extra"])) == ("raid", {"from": "bob"}, {"weight": 3})


SECRETS = (
    "hunter2",
    "sk-live-1234567890abcdef1234",
    "canary@example.com",
    "203.0.113.9",
    "fe80::12:34",
    "bob:pw",
    "4111 1111 1111 1111",
)


@pytest.mark.parametrize("is_valid", [True, False])
def test_an_error_message_loses_its_secrets_and_keeps_its_sense(load: Load, is_valid: bool) -> None:
    message = (
        "POST https://bob:pw@api.example.com/v1/speak?key=hunter2 failed (503) for canary@example.com at 203.0.113.9 and "
        "fe80::12:34: password=hunter2; Authorization: Bearer sk-live-1234567890abcdef1234 card 4111 1111 1111 1111"
    )
    component = "voice" if is_valid else 5
    loaded = load([event("error", errorType="http", errorMessage=message, component=component, stack="hunter2")])
    assert len(loaded.rejects) == (0 if is_valid else 1)
    for secret in SECRETS:
        assert secret not in loaded.everything, secret
    assert "api.example.com/v1/speak" in loaded.everything and "failed (503)" in loaded.everything

"""Files of chat archivers, and amounts as people see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion import youtube as source
from ingestion.engine import connect
from ingestion.pipeline import run_files
from ingestion.settings import Settings

Rows = list[dict[str, Any]]


def load(settings: Settings, files: dict[str, bytes]) -> tuple[Rows, dict[str, int]]:
    """Load archives; rows in the order of file and line, and rejects by reason."""
    folder = settings.landing_dir / "youtube"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    run_files(settings, "youtube", source.RESOURCES)
    with connect(settings, settings.database_path, read_only=True) as connection:
        rows = (
            connection.execute(
                """select m.*, f.file from raw_youtube.chat_messages as m
            join (select distinct file_id, file from raw_youtube.files) as f using (file_id)
            order by f.file, m.line_number"""
            )
            .to_arrow_table()
            .to_pylist()
        )
        rejects = dict(
            connection.execute("select reason_code, count(*) from raw_youtube.rejects group by 1").fetchall()
        )
        (conserved,) = connection.execute(
            "select bool_and(lines_read = rows_loaded + rows_rejected + rows_blank) from raw_youtube.files"
        ).fetchone()
    assert conserved
    return rows, rejects


def lines(items: Iterable[object]) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def on_page(renderer: str = "liveChatTextMessageRenderer", **fields: Any) -> dict[str, Any]:
    base = {"id": "ChwKGkN1", "timestampUsec": "1702035936310277", "authorExternalChannelId": "UCcanary"}
    item = {"addChatItemAction": {"item": {renderer: {**base, **fields}}}}
    return {"replayChatItemAction": {"actions": [item], "videoOffsetTimeMsec": "12345"}}


def paid(text: str, **fields: Any) -> dict[str, Any]:
    return on_page("liveChatPaidMessageRenderer", purchaseAmountText={"simpleText": text}, **fields)


def in_ticker(shown: dict[str, Any]) -> dict[str, Any]:
    """The action that shows the message of a line in the ticker above the chat."""
    item = shown["replayChatItemAction"]["actions"][0]["addChatItemAction"]["item"]
    endpoint = {"showLiveChatItemEndpoint": {"renderer": item}}
    return {"addLiveChatTickerItemAction": {"item": {"liveChatTickerItemRenderer": {"showItemEndpoint": endpoint}}}}


AMOUNTS = [
    ("$5.00", "5", "USD"),
    ("US$5", "5", "USD"),
    ("CA$10.00", "10", "CAD"),
    ("A$2.79", "2.79", "AUD"),
    ("€2,50", "2.5", "EUR"),
    ("2,50 €", "2.5", "EUR"),
    ("€1,234.56", "1234.56", "EUR"),
    ("1.234,56 €", "1234.56", "EUR"),
    ("1 234,56 €", "1234.56", "EUR"),
    ("€1.000", "1000", "EUR"),
    ("¥1,000", "1000", "JPY"),
    ("￥500", "500", "JPY"),
    ("₩1,000,000", "1000000", "KRW"),
    ("₹1,00,000.50", "100000.5", "INR"),
    ("5,00\u00a0$US", "5", "USD"),
    ("5,00 $ CA", "5", "CAD"),
    ("CHF 1\u2019234.50", "1234.5", "CHF"),
    ("CHF 1'234", "1234", "CHF"),
    ("ARS\u00a01,500.00", "1500", "ARS"),
    ("R$27,90", "27.9", "BRL"),
    ("PEN 10.00", "10", "PEN"),
    ("KWD 1.500", "1.5", "KWD"),
    ("KWD 1,500.250", "1500.25", "KWD"),
    ("$0.500", "0.5", "USD"),
    ("100 kr", "100", "XXX"),
    ("₿0.001", "0.001", "XXX"),
    ("QQQ 7.00", "7", "XXX"),
    ("7", "7", "XXX"),
]


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings()


def test_amounts_are_read_exactly_with_their_currency(settings: Settings) -> None:
    rows, rejects = load(settings, {"a.jsonl": lines(paid(text) for text, _, _ in AMOUNTS)})
    assert rejects == {}
    assert [(row["amount"], row["currency"]) for row in rows] == [(Decimal(a), c) for _, a, c in AMOUNTS]
    assert all(row["amount_micros"] == row["amount"] * 1_000_000 for row in rows)
    for row, (text, _, currency) in zip(rows, AMOUNTS, strict=True):
        details = json.loads(row["details"])
        assert details.get("amountFlag") == ("unknown_currency" if currency == "XXX" else None)
        assert details.get("amountText") == (text if currency == "XXX" else None)


@pytest.mark.parametrize("form", ["page", "downloader"])
def test_an_amount_that_is_none_makes_a_reject(settings: Settings, form: str) -> None:
    odd = ["", "free", "-$5.00", "$5.00\u2013$10.00", "$1,00,0", "1.2.3,4,5", "$5.12345678", "$" + "9" * 30]
    items: list[object] = [paid(text) for text in odd]
    if form == "downloader":
        items = [
            {"message_type": "paid_message", "message_id": "m", "timestamp": 1, "money": {"text": text}} for text in odd
        ]
    rows, rejects = load(settings, {"a.jsonl": lines(items)})
    assert rows == []
    assert rejects == {"wrong_type": len(odd)}


def test_what_the_page_shows_becomes_messages(settings: Settings) -> None:
    deleted = {"replayChatItemAction": {"actions": [{"markChatItemAsDeletedAction": {"targetItemId": "ChwKGkN1"}}]}}
    member = {"authorBadges": [{"liveChatAuthorBadgeRenderer": {"customThumbnail": {}, "tooltip": "Member (1 year)"}}]}
    runs = {"runs": [{"text": "so "}, {"emoji": {"shortcuts": [":cat:"]}}, {"text": "!"}]}
    ticker = {
        "replayChatItemAction": {"actions": [{"addLiveChatTickerItemAction": {"item": {"x": {"id": "ChwKGkN1"}}}}]}
    }
    gift = on_page(
        "liveChatSponsorshipsGiftPurchaseAnnouncementRenderer",
        header={"liveChatSponsorshipsHeaderRenderer": {"primaryText": {"runs": [{"text": "Sent "}, {"text": "10"}]}}},
    )
    milestone = on_page("liveChatMembershipItemRenderer", headerPrimaryText={"runs": [{"text": "Member for 6 months"}]})
    rows, rejects = load(
        settings,
        {
            "Some title [dQw4w9WgXcQ].live_chat.json": lines(
                [
                    on_page(message=runs, **member),
                    on_page("liveChatMembershipItemRenderer"),
                    milestone,
                    gift,
                    on_page("liveChatNewThingRenderer"),
                    deleted,
                    on_page()["replayChatItemAction"]["actions"][0],
                    ticker,
                    on_page("liveChatViewerEngagementMessageRenderer"),
                    {"clickTrackingParams": "x", "showLiveChatActionPanelAction": {}},
                ]
            )
        },
    )
    assert rejects == {}
    assert [row["type"] for row in rows] == [
        *("textMessageEvent", "newSponsorEvent", "memberMilestoneChatEvent", "membershipGiftingEvent"),
        *("liveChatNewThingRenderer", "messageDeletedEvent", "textMessageEvent"),
    ]
    first = rows[0]
    assert (first["text_length"], first["is_member"], first["video_id"]) == (9, True, "dQw4w9WgXcQ")
    assert first["text"] is None
    assert f"{first['published_at']}" == "2023-12-08 11:45:36.310277"
    assert json.loads(rows[3]["details"])["giftMembershipsCount"] == 10
    assert (rows[5]["deleted_message_id"], rows[5]["published_at"]) == ("ChwKGkN1", None)
    assert {row["origin"] for row in rows} == {"archive"}


def test_a_payment_that_only_the_ticker_shows_is_a_payment(settings: Settings) -> None:
    before, both = paid("\u00a5500", id="before"), paid("$2.00", id="both")
    both["replayChatItemAction"]["actions"].append(in_ticker(both))
    written = {"message_type": "ticker_paid_sticker_item", "action_type": "add_live_chat_ticker_item", "timestamp": 1}
    items = [
        in_ticker(before),
        both,
        in_ticker(paid("$3.00", id="untimed", timestampUsec=None)),
        in_ticker(on_page("liveChatMembershipItemRenderer")),
        {**written, "message_id": "written", "money": {"text": "\u20ac5.00"}, "timestamp": 1_702_035_936_310_277},
        {**written, "message_id": "without-sum"},
    ]
    rows, rejects = load(settings, {"a.jsonl": lines(items)})
    assert rejects == {}
    assert [(row["message_id"], row["type"], row["amount"], row["currency"]) for row in rows] == [
        ("before", "superChatEvent", Decimal(500), "JPY"),
        ("both", "superChatEvent", Decimal(2), "USD"),
        ("written", "superStickerEvent", Decimal(5), "EUR"),
    ]


def test_what_chat_downloader_writes_becomes_messages(settings: Settings) -> None:
    common = {
        "timestamp": 1_623_253_252_765_983,
        "time_in_seconds": 12.5,
        "author": {"id": "UCcanary", "name": "canary"},
    }
    items = [
        {"message_type": "text_message", "message_id": "m1", "message": "hello", **common},
        {
            "message_type": "paid_message",
            "message_id": "m2",
            # chat-downloader takes every comma for a thousands' separator; the text is what was shown.
            "money": {"amount": 250.0, "currency": "EUR", "currency_symbol": "€", "text": "€2,50"},
            **common,
        },
        {"message_type": "paid_sticker", "message_id": "m3", "money": {"amount": 5.5, "currency": "USD"}, **common},
        {"message_type": "ticker_paid_message_item", "message_id": "m2", **common},
        {"message_type": "deleted_message", "action_type": "mark_chat_item_as_deleted", "target_message_id": "m1"},
        {"message_type": "ban_user", "author": {"id": "UCcanary"}},
    ]
    rows, rejects = load(settings, {"dQw4w9WgXcQ.json": json.dumps(items, indent=1).encode()})
    assert rejects == {}
    assert [(row["message_id"][:5], row["type"], row["amount"], row["currency"]) for row in rows] == [
        ("m1", "textMessageEvent", None, None),
        ("m2", "superChatEvent", Decimal("2.5"), "EUR"),
        ("m3", "superStickerEvent", Decimal("5.5"), "USD"),
        ("delet", "messageDeletedEvent", None, None),
        ("line-", "userBannedEvent", None, None),
    ]
    assert {row["video_id"] for row in rows} == {"dQw4w9WgXcQ"}
    assert len({row["author_hash"] for row in rows if row["author_hash"]}) == 1


def test_what_pytchat_writes_becomes_messages(settings: Settings) -> None:
    author = {"channelId": "UCcanary", "name": "canary", "isChatSponsor": True}
    common = {"timestamp": 1_702_035_936_310, "elapsedTime": "", "author": author, "message": "hi"}
    none = {"amountValue": 0.0, "amountString": "", "currency": ""}
    items = [
        {**common, **none, "type": "textMessage", "id": "m1"},
        {
            **common,
            "type": "superChat",
            "id": "m2",
            "amountValue": 250.0,
            "amountString": "2,50 \u20ac",
            "currency": "",
        },
        {
            **common,
            "type": "superSticker",
            "id": "m3",
            "amountValue": 800.0,
            "amountString": "\uffe5800",
            "currency": "JPY",
        },
        {**common, **none, "type": "newSponsor", "id": "m4", "timestamp": "1702035936310"},
        {**common, **none, "type": "superChat", "id": "m5"},
        {**common, **none, "type": "textMessage", "id": "m6", "timestamp": "yesterday"},
    ]
    rows, rejects = load(settings, {"dQw4w9WgXcQ.json": json.dumps(items).encode()})
    assert rejects == {"wrong_type": 1, "invalid_timestamp": 1}
    assert [(row["message_id"], row["type"], row["amount"], row["currency"]) for row in rows] == [
        ("m1", "textMessageEvent", None, None),
        ("m2", "superChatEvent", Decimal("2.5"), "EUR"),
        ("m3", "superStickerEvent", Decimal(800), "JPY"),
        ("m4", "newSponsorEvent", None, None),
    ]
    assert {f"{row['published_at']}" for row in rows} == {"2023-12-08 11:45:36.310000"}
    assert {row["author_hash"] is not None and row["is_member"] for row in rows} == {True}


def test_what_chat_downloader_wrote_in_2020_becomes_messages(settings: Settings) -> None:
    common = {"timestamp": 1_600_376_423_492_564, "time_text": "-0:00", "time_in_seconds": 0, "author": "canary"}
    paid = {**common, "author_id": "UCcanary", "amount": "£10.00", "message": "hello", "video_offset_time_msec": 0}
    typed = {**common, "action_type": "add_chat_item", "author_id": "UCcanary", "message": "hi", "id": "CjkK"}
    items = [
        {**common, "message": "hello"},
        paid,
        {**paid, "ticker_duration": 300},
        paid,
        {**paid, "amount": "CLP\u00a0500", "message": None},
        {**typed, "message_type": "text_message", "author_badges": ["Verified", "Member (10 months)"]},
    ]
    rows, rejects = load(settings, {"dQw4w9WgXcQ.json": json.dumps(items).encode()})
    assert rejects == {}
    assert [(row["type"], row["amount"], row["currency"], row["is_member"]) for row in rows] == [
        ("textMessageEvent", None, None, False),
        *[("superChatEvent", Decimal(10), "GBP", False)] * 2,
        ("superChatEvent", Decimal(500), "CLP", False),
        ("textMessageEvent", None, None, True),
    ]
    assert rows[1]["message_id"] == rows[2]["message_id"]
    assert len({row["message_id"] for row in rows}) == 4
    assert rows[4]["message_id"] == "CjkK"
    assert [row["author_hash"] is None for row in rows] == [True, False, False, False, False]


def test_a_saved_answer_of_the_api_gives_its_messages(settings: Settings) -> None:
    snippet = {"type": "superChatEvent", "liveChatId": "Cg0", "publishedAt": "2026-03-01T10:00:00.123Z"}
    paid_with = {"superChatDetails": {"amountMicros": "5000000", "currency": "EUR", "tier": 2}}
    items = [{"kind": "youtube#liveChatMessage", "id": f"LCC.{n}", "snippet": {**snippet, **paid_with}} for n in (1, 2)]
    answer = {"kind": "youtube#liveChatMessageListResponse", "pageInfo": {"totalResults": 2}, "items": items}
    rows, rejects = load(settings, {"chat.json": json.dumps(answer, indent=2).encode()})
    assert rejects == {}
    assert [(row["message_id"], row["amount"], row["currency"]) for row in rows] == [
        ("LCC.1", Decimal(5), "EUR"), ("LCC.2", Decimal(5), "EUR")
    ]  # fmt: skip


def test_lines_that_are_no_message_are_rejects(settings: Settings) -> None:
    wrong: list[tuple[object, str]] = [
        ({"foo": 1}, "missing_field"),
        (on_page(id=None), "missing_field"),
        (on_page(id=7), "wrong_type"),
        (on_page(timestampUsec="32503680000000000"), "invalid_timestamp"),
        ({"message_type": "text_message", "message_id": "m"}, "missing_field"),
        ({"message_type": "text_message", "message_id": "m", "timestamp": "yesterday"}, "invalid_timestamp"),
        ({"id": "m", "snippet": {"type": "superChatEvent", "publishedAt": "2026-01-01T00:00:00Z", "superChatDetails": []}}, "wrong_type"),
        ({"id": "m", "snippet": {"type": "textMessageEvent", "publishedAt": "2999-01-01T00:00:00Z"}}, "invalid_timestamp"),
        ({"id": "m", "snippet": {"type": "textMessageEvent", "publishedAt": "2026-01-01T00:00:00"}}, "invalid_timestamp"),
        ({"id": "m", "snippet": {"type": "superStickerEvent", "publishedAt": "2026-01-01T00:00:00Z"}}, "wrong_type"),
        ([1], "not_an_object"),
    ]  # fmt: skip
    two = on_page()
    two["replayChatItemAction"]["actions"] *= 2
    rows, rejects = load(settings, {"a.jsonl": lines([*(line for line, _ in wrong), two]) + b"{broken\n\n"})
    assert rows == []
    expected: dict[str, int] = {"invalid_json": 1}
    for _, reason in [*wrong, (two, "wrong_type")]:
        expected[reason] = expected.get(reason, 0) + 1
    assert rejects == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("Title [dQw4w9WgXcQ].live_chat.json", "dQw4w9WgXcQ"),
        ("a [b] [dQw4w9WgXcQ].jsonl", "dQw4w9WgXcQ"),
        ("dQw4w9WgXcQ.jsonl", "dQw4w9WgXcQ"),
        ("dQw4w9WgXcQ/chat.jsonl", "dQw4w9WgXcQ"),
        ("some/folder/chat.jsonl", None),
        ("2026-01-01.jsonl", None),
        ("livestreams/chat.jsonl", None),
        ("Chat-Replay.jsonl", None),
    ],
)
def test_the_video_is_named_by_the_file(settings: Settings, file: str, expected: str | None) -> None:
    rows, _ = load(settings, {file: lines([on_page()])})
    assert [row["video_id"] for row in rows] == [expected]


def test_nothing_of_a_person_is_in_the_warehouse_unless_text_is_kept(settings: Settings) -> None:
    item = on_page(message={"runs": [{"text": "canary-text"}]}, authorName={"simpleText": "canary-name"})
    rows, rejects = load(settings, {"a.jsonl": lines([item, {**on_page(id=7), "note": "canary-reject"}])})
    assert (len(rows), sum(rejects.values())) == (1, 1)
    with connect(settings, settings.database_path, read_only=True) as connection:
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw_youtube'"
        ).fetchall():
            text = str(connection.execute(f"from raw_youtube.{table}").fetchall())
            assert "canary" not in text, table


def test_text_is_kept_where_it_is_asked_for(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(YOUTUBE_CHAT_TEXT="keep")
    rows, _ = load(settings, {"a.jsonl": lines([on_page(message={"runs": [{"text": "hello"}]})])})
    assert rows[0]["text"] == "hello"


def test_a_file_that_is_read_again_adds_nothing(settings: Settings, tmp_path: Path) -> None:
    files = {"a.jsonl": lines([on_page()])}
    load(settings, files)
    rows, _ = load(settings, files)
    assert len(rows) == 1

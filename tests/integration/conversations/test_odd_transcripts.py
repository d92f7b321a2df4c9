"""Shapes that clients, relays and disks bring into transcripts: each counts, and nothing holds up the rest."""

from __future__ import annotations

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from expectations.suites import conversations, raw_conversations

from .conftest import Warehouse

SESSION = "11111111-2222-4333-8444-55555555555"  # and one more digit
# Names, modes and regions as transcripts hold them, and the price of 100,000 input tokens in US dollars.
PRICES = {
    "claude-sonnet-4-5-20250929": "0.3",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0": "0.33",
    "global.anthropic.claude-sonnet-4-5-20250929-v1:0": "0.3",
    "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-haiku-4-5-20251001-v1:0": "0.11",
    "us.anthropic.claude-sonnet-4-20250514-v1:0": "0.3",
    "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0": "0.3",
    "claude-sonnet-4@20250514": "0.3",
    "claude-4-sonnet-20250514": "0.3",
    "anthropic/claude-4.6-opus-20260205": "0.5",
    "anthropic/claude-4.6-opus-fast-20260407": "3",
    "anthropic--claude-4.5-haiku": "0.1",
    "claude-opus-4-5-thinking": "0.5",
    "claude-3-sonnet-20240229": "0.3",
    "claude-3-5-sonnet-v2@20241022": "0.3",
    "claude-opus-4-7": "0.5",
    "claude-opus-4-7 fast": "3",
    "claude-opus-4-8 fast": "1",
    "claude-sonnet-4-5-20250929 fast": "0.3",
    "claude-opus-4-7 us": "0.55",
    "claude-opus-4-7 global": "0.5",
    "claude-opus-4-7 fast us": "3.3",
    "glm-4.6": None,
    "claude-4.9-opus": None,
    "sonnet": None,
}


def line(session: int | str, minute: int, type: str = "assistant", **fields: Any) -> dict[str, Any]:
    """A line of a transcript; `fields` beside the ones that all have."""
    session_id = f"{SESSION}{session}"
    return {
        "type": type,
        "uuid": f"{session_id}-{minute}-{type}",
        "sessionId": session_id,
        "timestamp": f"2026-04-20T10:{minute:02}:00.000Z",
    } | fields


def answer(name: str, model: str = "claude-haiku-4-5-20251001", **usage: Any) -> dict[str, Any]:
    """The fields of a request with one message and request id."""
    counts = {"input_tokens": 10, "output_tokens": 1}
    message = {"role": "assistant", "id": f"msg_{name}", "model": model, "usage": counts | usage, "content": []}
    return {"requestId": f"req_{name}", "message": message}


def write(folder: Path, name: str | bytes, *lines: dict[str, Any] | str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    texts = [entry if isinstance(entry, str) else json.dumps(entry) for entry in lines]
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    with open(path, "w") as stream:
        stream.writelines(text + "\n" for text in texts)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "state").mkdir()
    projects = folder / "claude" / "projects"
    project = projects / "p"
    warehouse = Warehouse(folder / "warehouse", [folder / "claude"], folder / "landing", folder / "state")

    # A fork that is read before its origin, from a relay that gives no request ids.
    relayed = line("a", 0, **answer("relayed"))
    del relayed["requestId"]
    # Of an answer without usage only the fork holds a request id; of another only the origin does, and its usage.
    silent, counted = line("a", 1, **answer("silent")), line("a", 2, **answer("counted"))
    del silent["message"]["usage"], counted["message"]["usage"], counted["requestId"]
    forked = [
        one | {"sessionId": f"{SESSION}9", "forkedFrom": {"messageUuid": "m"}} for one in (relayed, silent, counted)
    ]
    write(project, f"{SESSION}9.jsonl", *forked)
    warehouse.load()
    warehouse.dbt("run", "--select", "+int_conversations__messages_merged")
    del silent["requestId"]
    counted |= answer("counted")
    write(project, f"{SESSION}a.jsonl", relayed, silent, counted)
    nowhere = line(0, 0, "user", message={"role": "user", "content": "where?"})
    del nowhere["sessionId"]
    write(project, "agent-lost.jsonl", nowhere)

    prompt = {"message": {"role": "user", "content": "cut \ud83d here, whole \U0001f600, told \\ud83d"}}
    write(project, f"{SESSION}1.jsonl", line(1, 0, "user", **prompt), line(1, 1, **answer("cut")))
    write(project, b"na\xffme.jsonl", "\0" * 4096 + json.dumps(line(2, 0, **answer("name"))), "\0")
    floats = answer("float", input_tokens=12.0, output_tokens=3.0, cache_read_input_tokens=None)
    write(project, f"{SESSION}3.jsonl", line(3, 0, **floats))

    # A sub-agent's answers that the main chain tells of: of one the agent's file is there, of the other it is gone.
    def told(minute: int, name: str, **usage: Any) -> dict[str, Any]:
        inner = line(4, minute) | {"uuid": name} | answer(name, **usage)
        return line(4, minute, "progress", data={"type": "agent_progress", "agentId": "a", "message": inner})

    hook = line(4, 9, "progress", data={"type": "hook_progress", "hookEvent": "PreToolUse"})
    write(project, f"{SESSION}4.jsonl", line(4, 0, **answer("main")), told(1, "kept"), told(2, "gone"), hook)
    kept = line(4, 1, isSidechain=True, **answer("kept", output_tokens=70))
    write(project / f"{SESSION}4" / "subagents", "agent-a.jsonl", kept)
    fork = {"sessionId": f"{SESSION}0", "forkedFrom": {"sessionId": f"{SESSION}4"}}
    write(project, f"{SESSION}0.jsonl", told(2, "gone") | fork, line(0, 30, **answer("forked")))

    timeless = [{**line(5, 1, type, **answer("timeless")), "timestamp": None} for type in ("assistant", "user")]
    timeless[1]["message"] = {"role": "user", "content": "when?"}
    write(project, f"{SESSION}5.jsonl", line(5, 0, **answer("timed")), *timeless)
    for number, name in enumerate(PRICES):
        model, *modes = name.split()
        usage = {"input_tokens": 100_000, "output_tokens": 0}
        usage |= {"speed" if mode == "fast" else "inference_geo": mode for mode in modes}
        write(projects / "prices", f"{number}.jsonl", line(6, number, **answer(f"price{number}", model, **usage)))

    # Typed while the assistant works (in two shapes), and what only comes by the same way.
    def queued(minute: int, prompt: Any, **fields: Any) -> dict[str, Any]:
        return line(7, minute, "attachment", attachment={"type": "queued_command", "prompt": prompt, **fields})

    blocks = [{"type": "text", "text": "and the docs"}, {"type": "image", "source": {}}]
    notice = {"commandMode": "task-notification", "origin": {"kind": "task-notification"}}
    write(
        project,
        f"{SESSION}7.jsonl",
        line(7, 0, "user", message={"role": "user", "content": "start"}),
        line(7, 1, **answer("queued1")),
        line(7, 2, "queue-operation", operation="enqueue", content="also the tests"),
        queued(3, "also the tests", commandMode="prompt", origin={"kind": "human"}),
        line(7, 4, "user", promptSource="system", message={"role": "user", "content": "two agents were stopped"}),
        line(7, 5, **answer("queued2")),
        queued(6, "<task-notification>done</task-notification>", **notice),
        queued(7, "told by the client", commandMode="prompt", isMeta=True),
        line(7, 8, **answer("queued3")),
        line(7, 9, "user", origin={"kind": "peer"}, message={"role": "user", "content": "said by another session"}),
        queued(10, blocks),
        line(7, 11, **answer("queued4")),
        queued(12, "asked by another session", commandMode="prompt", origin={"kind": "peer"}),
        # A loop's next round, a task of the desktop at its hour, and an agent's report.
        line(7, 13, "user", turnOrigin="scheduled", message={"role": "user", "content": "<command-name>/loop"}),
        line(7, 14, "user", origin={"kind": "human"}, message={"role": "user", "content": '<scheduled-task name="x">'}),
        line(7, 15, "user", message={"role": "user", "content": '<agent-message from="x">done'}),
        line(7, 16, **answer("queued5")),
        line(7, 17, "user", turnOrigin="sdk", message={"role": "user", "content": "by a program"}),
    )

    # One request may make the provider ask other models, or the same once more, whose tokens its own counts leave out.
    def attempt(kind: str, model: str | None, input_tokens: int, output_tokens: int, **more: Any) -> dict[str, Any]:
        return {"type": kind, "model": model, "input_tokens": input_tokens, "output_tokens": output_tokens} | more

    own = attempt("message", None, 10, 1)
    writes = {
        "cache_creation_input_tokens": 1000,
        "cache_creation": {"ephemeral_5m_input_tokens": 600, "ephemeral_1h_input_tokens": 400},
    }
    advised = answer(
        "advised", iterations=[own, attempt("advisor_message", "claude-opus-4-8", 100_000, 2000, **writes)]
    )
    served = attempt("fallback_message", "claude-haiku-4-5-20251001", 10, 1)
    fallen = [attempt("message", "claude-fable-5-1", 5, 500), attempt("message", "claude-opus-5", 7, 0), served]
    compacted = [attempt("compaction", None, 180_000, 3000), own]
    write(
        project,
        f"{SESSION}8.jsonl",
        line(8, 0, **answer("advised")),
        line(8, 1, **advised) | {"uuid": "again"},
        line(8, 2, **answer("fallen", iterations=fallen)),
        line(8, 3, **answer("compacted", iterations=compacted)),
        line(8, 4, **answer("plain", iterations=[own, {"type": "later", "input_tokens": "?"}])),
        line(8, 5, **answer("bad", iterations=[attempt("compaction", None, -1, 0)])),
    )
    (projects / "linked").symlink_to(project, target_is_directory=True)

    warehouse.load()
    warehouse.model(tests=True)
    return warehouse


def requests(warehouse: Warehouse, session: int) -> dict[str, tuple[Any, ...]]:
    rows = warehouse.sql(
        "select message_id, input_tokens, output_tokens, is_sidechain, copy_count from conversations.fct_requests"
        " where conversation_id = ?",
        [f"{SESSION}{session}"],
    )
    return {name.removeprefix("msg_"): tuple(row) for name, *row in rows}


def test_only_the_link_to_another_folder_and_a_false_count_are_left_out_and_are_told(warehouse: Warehouse) -> None:
    assert warehouse.sql("select file, reason_code from raw_conversations.rejects order by file") == [
        ("linked", "unsupported_file"),
        (f"p/{SESSION}8.jsonl", "wrong_type"),
    ]


def test_neither_a_name_that_is_no_utf8_nor_nuls_before_a_line_cost_a_request(warehouse: Warehouse) -> None:
    assert requests(warehouse, 2) == {"name": (10, 1, False, 1)}
    assert warehouse.sql(r"select count(*) from raw_conversations.files where file = 'p/na\xffme.jsonl'") == [(1,)]
    assert warehouse.load().rows_read == 0


def test_half_an_emoji_in_a_text_costs_no_line(warehouse: Warehouse) -> None:
    # "told" names the escape in words and is no half: 29 characters beside the emoji and the six of the name.
    text = "cut  here, whole \U0001f600, told \\ud83d"
    assert warehouse.sql(
        "select message_length from conversations.fct_messages where conversation_id = ? and role = 'user'",
        [f"{SESSION}1"],
    ) == [(len(text),)]
    assert warehouse.sql(
        "select turn_count, request_count from conversations.fct_conversations where conversation_id = ?",
        [f"{SESSION}1"],
    ) == [(1, 1)]


def test_whole_numbers_written_with_a_point_are_whole_numbers(warehouse: Warehouse) -> None:
    assert requests(warehouse, 3) == {"float": (12, 3, False, 1)}


def test_a_sub_agents_answer_counts_once_also_where_only_the_main_chain_tells_of_it(warehouse: Warehouse) -> None:
    assert requests(warehouse, 4) == {
        "main": (10, 1, False, 1),
        "kept": (10, 70, True, 1),
        "gone": (10, 1, True, 1),
    }
    # Progress is nothing that was said.
    assert warehouse.sql(
        "select count(*), count(*) filter (where is_sidechain) from conversations.fct_messages"
        " where conversation_id = ?",
        [f"{SESSION}4"],
    ) == [(2, 1)]


def test_a_fork_takes_over_no_progress_of_its_origin(warehouse: Warehouse) -> None:
    assert requests(warehouse, 0).keys() == {"forked"}
    assert warehouse.sql(
        "select wall_seconds from conversations.fct_conversations where conversation_id = ?", [f"{SESSION}0"]
    ) == [(0,)]


def test_what_a_request_made_other_models_do_counts_at_their_price(warehouse: Warehouse) -> None:
    rows = warehouse.sql(
        "select message_id, model, input_tokens, output_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cost_usd"
        " from conversations.fct_requests where conversation_id = ? order by requested_at, input_tokens",
        [f"{SESSION}8"],
    )
    haiku, own = "claude-haiku-4-5-20251001", Decimal("0.000015")
    assert rows == [
        ("msg_advised", haiku, 10, 1, 0, 0, own),
        ("msg_advised", "claude-opus-4-8", 100_000, 2000, 600, 400, Decimal("0.55775")),
        ("msg_fallen", "claude-fable-5-1", 5, 500, 0, 0, Decimal("0.02505")),
        ("msg_fallen", haiku, 10, 1, 0, 0, own),
        ("msg_compacted", haiku, 10, 1, 0, 0, own),
        ("msg_compacted", haiku, 180_000, 3000, 0, 0, Decimal("0.195")),
        ("msg_plain", haiku, 10, 1, 0, 0, own),
    ]
    # They are requests, and no messages.
    assert warehouse.sql(
        "select request_count, message_count from conversations.fct_conversations where conversation_id = ?",
        [f"{SESSION}8"],
    ) == [(7, 4)]


def test_a_message_moves_to_the_origin_of_its_fork_when_that_arrives(warehouse: Warehouse) -> None:
    assert warehouse.sql(
        "select message_id, conversation_id from conversations.fct_messages"
        " where message_id in ('msg_relayed', 'msg_silent', 'msg_counted') order by message_id"
    ) == [(f"msg_{name}", f"{SESSION}a") for name in ("counted", "relayed", "silent")]


def test_a_prompt_of_no_conversation_begins_no_turn(warehouse: Warehouse) -> None:
    assert warehouse.sql(
        "select count(*) filter (where conversation_id is null),"
        " (select count(*) from conversations.fct_messages where conversation_id is null) from conversations.fct_turns"
    ) == [(0, 1)]


def test_what_has_no_time_counts_for_its_conversation_and_on_no_date(warehouse: Warehouse) -> None:
    assert warehouse.sql(
        "select request_count, message_count from conversations.fct_conversations where conversation_id = ?",
        [f"{SESSION}5"],
    ) == [(2, 3)]
    assert warehouse.sql(
        "select (select sum(message_count) from conversations.dim_users) = (select count(*) from conversations.fct_messages),"
        " (select sum(total_tokens) from conversations.dim_users)"
        " = (select sum(total_tokens) from conversations.fct_requests)"
    ) == [(True, True)]
    activity = "{{ activity__conversations(['loaded_at']) }}"
    query = f"select count(*) as n, count(activity_date) as dated, count(started_at) as begun from ({activity}) as a"
    shown = warehouse.dbt("show", "--inline", query, "--output", "json", "--quiet")
    found = {name: int(number) for name, number in re.findall(r'"(n|dated|begun)": (\d+)', shown)}
    assert found["n"] == found["dated"] == found["begun"] > 20


def test_what_a_person_types_while_the_assistant_works_is_a_prompt(warehouse: Warehouse) -> None:
    turns = warehouse.sql(
        "select response_seconds, turn_seconds from conversations.fct_turns where conversation_id = ? order by prompted_at",
        [f"{SESSION}7"],
    )
    assert turns == [(60, 60), (120, 300), (60, 360), (None, None)]
    lengths = warehouse.sql(
        "select message_length from conversations.fct_messages where conversation_id = ? and role = 'user' order by sent_at",
        [f"{SESSION}7"],
    )
    assert lengths == [(len(text),) for text in ("start", "also the tests", "and the docs", "by a program")]


def test_no_check_that_stops_a_publication_fails(warehouse: Warehouse) -> None:
    checks = [
        check
        for check in (*conversations.suite(), *raw_conversations.suite())
        if check.severity == "critical" and check.kind != "columns" and "$new_loads" not in check.sql
    ]
    assert len(checks) > 80
    for check in checks:
        query = check.sql if check.kind == "query" else f"select {check.sql} from {check.table_name}"
        [(found,)] = warehouse.sql(query)
        low = found if check.min_value is None else check.min_value
        high = found if check.max_value is None else check.max_value
        assert low <= found <= high, check.check_name


def test_names_of_providers_modes_and_regions_have_the_price_of_their_model(warehouse: Warehouse) -> None:
    rows = warehouse.sql(
        "select message_id, model, cost_calculated_usd, is_price_missing from conversations.fct_requests"
        " where project = 'prices'"
    )
    found = {name: tuple(values) for name, *values in rows}
    expected = {
        f"msg_price{number}": (
            name.split()[0] + ("-fast" if "fast" in name.split() else ""),
            None if cost is None else Decimal(cost),
            cost is None,
        )
        for number, (name, cost) in enumerate(PRICES.items())
    }
    assert found == expected

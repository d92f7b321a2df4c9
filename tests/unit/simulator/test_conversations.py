"""Transcripts and tracked conversations hold what the truth says, by the definitions alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.simulator import SimulatedInput
from ingestion.simulator.topics import PRICES, UNPRICED_MODEL
from ingestion.simulator.truth_blocks import start_blocks

Line = dict[str, Any]


def transcript_lines(claude: Path) -> Iterator[tuple[Path, Line]]:
    for path in sorted((claude / "projects").rglob("*.jsonl")):
        for text in path.read_text(encoding="utf-8").split("\n"):
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and line.get("sessionId") != "bad":
                yield path, line


@pytest.fixture(scope="module")
def lines(simulation: SimulatedInput) -> list[tuple[Path, Line]]:
    return list(transcript_lines(simulation.claude))


def usage_total(usage: dict[str, Any]) -> int:
    names = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(usage[name] for name in names)


def test_every_line_is_counted(simulation: SimulatedInput) -> None:
    told = simulation.manifest["sources"]["conversations"]["transcripts"]
    texts = [path.read_bytes() for path in simulation.claude.rglob("*.jsonl")]
    assert sum(text.count(b"\n") + (not text.endswith(b"\n") and text != b"") for text in texts) == told["lines"]
    assert len(texts) == told["files"]
    assert told["lines"] == told["rows"] + sum(told["rejects"].values()) + told["blank"] + told["pending"]
    assert told["pending"] == 1


def test_requests_are_those_left_after_deduplication(
    lines: list[tuple[Path, Line]], truth: duckdb.DuckDBPyConnection
) -> None:
    groups: dict[tuple[Any, ...], list[Line]] = {}
    for _, line in lines:
        message = line.get("message", {})
        if line["type"] != "assistant" or message["model"] == "<synthetic>":
            continue
        usage = message["usage"]
        prompt = (
            usage["input_tokens"],
            usage["cache_creation_input_tokens"],
            usage["cache_read_input_tokens"],
        )
        key: tuple[Any, ...]
        if "id" not in message:
            key = ("line", line["uuid"])
        elif "requestId" in line:
            key = ("request", message["id"], line["requestId"])
        else:
            key = ("relay", message["id"], line["sessionId"], *prompt)
        groups.setdefault(key, []).append(line)
    in_main = {key[1] for key, group in groups.items() if not all(line["isSidechain"] for line in group)}
    found: Counter[tuple[Any, ...]] = Counter()
    for key, group in groups.items():
        best = max(
            group,
            key=lambda line: (
                not line["isSidechain"], usage_total(line["message"]["usage"]), "forkedFrom" not in line
            ),
        )  # fmt: skip
        if key[0] == "request" and best["isSidechain"] and key[1] in in_main:
            continue
        found[
            best["sessionId"], best["message"].get("id"), best.get("requestId"), best["isSidechain"],
            usage_total(best["message"]["usage"]), min(line["timestamp"] for line in group),
        ] += 1  # fmt: skip
    told = truth.sql(
        "select conversation_id, message_id, request_id, is_sidechain, total_tokens,"
        " strftime(requested_at, '%Y-%m-%dT%H:%M:%S.%gZ') from \"conversations.fct_requests\""
    ).fetchall()
    assert found == Counter(told)
    raw = sum(usage_total(line["message"]["usage"]) for _, line in lines if line["type"] == "assistant")
    assert raw > 1.5 * sum(row[4] for row in told), "without deduplication the totals would be far too high"


def test_costs_are_tokens_times_prices(truth: duckdb.DuckDBPyConnection) -> None:
    for model, counts, cost, calculated, source, is_missing in truth.sql(
        "select model,"
        " [input_tokens, output_tokens, cache_write_5m_tokens, cache_read_tokens, cache_write_1h_tokens],"
        ' cost_usd, cost_calculated_usd, cost_source, is_price_missing from "conversations.fct_requests"'
    ).fetchall():
        if model == UNPRICED_MODEL:
            assert (calculated, is_missing) == (None, True)
            assert source is None and cost is None
            continue
        rates = [Decimal(rate) for rate in PRICES[model]]
        expected = sum(n * rate for n, rate in zip(counts, [*rates, rates[0] * 2], strict=True)) / 1_000_000
        assert calculated == expected and not is_missing
        assert (cost == calculated) == (source == "calculated")


def test_response_times_are_those_of_the_lines(
    lines: list[tuple[Path, Line]], truth: duckdb.DuckDBPyConnection
) -> None:
    """From a line typed by a person to the first and the last assistant line before the person's next one."""
    by_session: dict[str, dict[str, Line]] = {}
    for _, line in lines:
        if "timestamp" in line and not line["isSidechain"] and "forkedFrom" not in line:
            by_session.setdefault(line["sessionId"], {})[line["uuid"]] = line
    found: Counter[tuple[Any, ...]] = Counter()
    for session, session_lines in by_session.items():
        turns: list[tuple[str, list[str]]] = []
        for line in sorted(session_lines.values(), key=lambda line: line["timestamp"]):
            is_typed = line["type"] == "user" and isinstance(line["message"]["content"], str)
            if is_typed and not line.get("isMeta"):
                turns.append((line["timestamp"], []))
            elif line["type"] == "assistant":
                turns[-1][1].append(line["timestamp"])
        for prompted, answered in turns:
            first = answered[0] if answered else None
            found[session, prompted, first, answered[-1] if answered else None] += 1
    layout = "'%Y-%m-%dT%H:%M:%S.%gZ'"
    told = truth.sql(
        f"select conversation_id, strftime(prompted_at, {layout}), strftime(first_response_at, {layout}),"
        f" strftime(last_response_at, {layout}) from \"conversations.fct_turns\" where source = 'transcript'"
    ).fetchall()
    assert found == Counter(told)
    assert any(first is None for _, _, first, _ in told)


def test_sums_agree_between_tables(truth: duckdb.DuckDBPyConnection) -> None:
    sums = "sum(request_count), sum(total_tokens), sum(cost_usd)"
    requests = truth.sql(
        'select count(*), sum(total_tokens), sum(cost_usd) from "conversations.fct_requests"'
    ).fetchall()
    for table in ("agg_models_daily", "agg_usage_blocks"):
        assert truth.sql(f'select {sums} from "conversations.{table}"').fetchall() == requests, table
    assert (
        truth.sql(f"select {sums} from \"conversations.fct_conversations\" where source = 'transcript'").fetchall()
        == requests
    )
    assert truth.sql(
        'select (select sum(turn_count) from "conversations.fct_conversations")'
        ' = (select count(*) from "conversations.fct_turns")'
    ).fetchall() == [(True,)]


def test_hours_days_and_people_add_up(truth: duckdb.DuckDBPyConnection) -> None:
    names = (
        "conversation_count", "message_count", "request_count", "input_tokens", "cache_write_tokens",
        "total_tokens", "cost_usd", "turn_count",
    )  # fmt: skip
    sums = ", ".join(f"sum({name})" for name in names)
    days = truth.sql(f'select {sums} from "conversations.agg_conversations_daily"').fetchall()
    assert truth.sql(f'select {sums} from "conversations.agg_conversations_hourly"').fetchall() == days
    sums = "sum(conversation_count), sum(message_count), sum(total_tokens), sum(cost_usd)"
    people = truth.sql(f'select {sums} from "conversations.dim_users"').fetchall()
    for table in ("agg_users_daily", "agg_conversations_daily"):
        assert truth.sql(f'select {sums} from "conversations.{table}"').fetchall() == people, table
    assert truth.sql(
        "select count(*), sum(message_count), sum(total_tokens), sum(cost_usd)"
        ' from "conversations.fct_conversations"'
    ).fetchall() == people  # fmt: skip
    assert truth.sql('select count(*) from "conversations.fct_messages"').fetchall() == [(people[0][1],)]


def test_active_time_lies_within_wall_time(truth: duckdb.DuckDBPyConnection) -> None:
    assert truth.sql(
        "select count(*) filter (idle_seconds < 0 or active_seconds > wall_seconds),"
        " count(*) filter (idle_seconds > 0) > 0"
        ' from "conversations.fct_conversations"'
    ).fetchall() == [(0, True)]


def test_blocks_start_at_the_hour_and_end_after_five_hours_or_a_pause_of_five() -> None:
    first = datetime(2026, 1, 1, 9, 40)
    times = [first, first + timedelta(hours=4, minutes=19), first + timedelta(hours=4, minutes=21)]
    start = datetime(2026, 1, 1, 9)
    assert start_blocks(times) == [start, start, datetime(2026, 1, 1, 14)]
    assert start_blocks([first, start + timedelta(hours=5)]) == [start, start]
    assert start_blocks([]) == []


def one_hour_writes(line: Line) -> int:
    usage = line.get("message", {}).get("usage", {})
    return int(usage.get("cache_creation", {}).get("ephemeral_1h_input_tokens", 0))


PATHOLOGIES = {
    "agent file in the project": lambda path, x: path.name.startswith("agent-") and "-" in path.parent.name,
    "agent file in the session's folder": lambda path, x: path.parent.name == "subagents",
    "no timestamp": lambda path, x: x["type"] == "summary",
    "snapshot": lambda path, x: x["type"] == "file-history-snapshot",
    "meta line": lambda path, x: x.get("isMeta") is True,
    "tool result": lambda path, x: "toolUseResult" in x,
    "synthetic": lambda path, x: x.get("message", {}).get("model") == "<synthetic>",
    "relay": lambda path, x: x.get("message", {}).get("id") == "msg_relay" and "requestId" not in x,
    "no message id": lambda path, x: x["type"] == "assistant" and "id" not in x["message"],
    "reported cost": lambda path, x: "costUSD" in x,
    "unknown model": lambda path, x: x.get("message", {}).get("model") == UNPRICED_MODEL,
    "copied lines": lambda path, x: not x.get("isSidechain") and x.get("sessionId", path.stem) != path.stem,
    "forked lines": lambda path, x: x.get("forkedFrom", {}).get("sessionId") and x["sessionId"] == path.stem,
    "replayed request": lambda path, x: x.get("requestId", "").endswith("R") and x["isSidechain"],
    "1 h cache writes": lambda path, x: one_hour_writes(x) > 0,
    "markup in a prompt": lambda path, x: "<script>" in str(x.get("message", {}).get("content")),
}  # fmt: skip


@pytest.mark.parametrize("name", PATHOLOGIES)
def test_pathology_is_there(lines: list[tuple[Path, Line]], name: str) -> None:
    assert any(PATHOLOGIES[name](path, line) for path, line in lines)


def test_streamed_repeats_grow(lines: list[tuple[Path, Line]]) -> None:
    outputs: dict[tuple[str, str], list[int]] = {}
    for path, line in lines:
        is_main = path.stem == line.get("sessionId") and not {"forkedFrom"} & set(line)
        if is_main and line["type"] == "assistant" and "requestId" in line:
            key = (line["message"]["id"], line["requestId"])
            outputs.setdefault(key, []).append(line["message"]["usage"]["output_tokens"])
    repeated = [found for found in outputs.values() if len(found) > 1]
    assert repeated and all(found == sorted(found) and found[0] < found[-1] for found in repeated)


def test_tracked_events_are_counted(simulation: SimulatedInput) -> None:
    told = simulation.manifest["sources"]["conversations"]["tracked"]
    assert told["lines"] == told["rows"] + told["repeats"] + sum(told["rejects"].values()) + told["blank"]
    assert told["repeats"] > 0 and set(told["rejects"]) == {
        "invalid_json", "not_an_object", "missing_field", "wrong_type", "invalid_timestamp",
    }  # fmt: skip

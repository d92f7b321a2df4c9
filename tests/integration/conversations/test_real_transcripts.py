"""Tokens and costs of real transcripts equal ccusage's, by day, model, hour, session and block."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion.conversations import config_root_id

from .conftest import FIXTURES, SHARED, Warehouse

TOKENS = (
    "sum(input_tokens), sum(output_tokens), sum(cache_write_5m_tokens + cache_write_1h_tokens), sum(cache_read_tokens)"
)
FOLDERS = {
    name: (SHARED if (SHARED / name).is_dir() else FIXTURES) / name
    for name in ("workspace", "sample", "reported_cost")
    if (SHARED / name).is_dir() or (FIXTURES / name).is_dir()
}


def user_of(name: str) -> str:
    return f"claude-{config_root_id(FOLDERS[name])[:12]}"


def expected(name: str) -> dict[str, Any]:
    answers: dict[str, Any] = json.loads((FOLDERS[name] / "expected.json").read_text())
    return answers


def tokens_of(answer: dict[str, Any]) -> tuple[int, ...]:
    return tuple(answer[part] for part in ("input", "output", "cache_write", "cache_read"))


def usage_of(answer: dict[str, Any]) -> tuple[Any, ...]:
    return (*tokens_of(answer), pytest.approx(answer["cost_usd"], abs=1e-9))


def plain(rows: list[tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {str(key): tuple(float(v) if isinstance(v, Decimal) else v for v in values) for key, *values in rows}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("real")
    (folder / "state").mkdir()
    warehouse = Warehouse(folder / "warehouse", FOLDERS.values(), folder / "landing", folder / "state")
    result = warehouse.load()
    assert result.rows_rejected == 0
    assert result.rows_read == result.rows_loaded + result.rows_blank
    warehouse.model(tests=True)
    return warehouse


def test_the_small_copies_are_always_there() -> None:
    assert {"sample", "reported_cost"} <= FOLDERS.keys()


@pytest.mark.parametrize("name", FOLDERS)
def test_tokens_and_cost_by_day(warehouse: Warehouse, name: str) -> None:
    rows = warehouse.sql(
        f"select request_date, {TOKENS}, sum(cost_usd) from conversations.fct_requests where user_id = ? group by 1",
        [user_of(name)],
    )
    assert plain(rows) == {day: usage_of(answer) for day, answer in expected(name)["by_day_utc"].items()}


@pytest.mark.parametrize("name", FOLDERS)
def test_calculated_cost_by_day(warehouse: Warehouse, name: str) -> None:
    rows = warehouse.sql(
        "select request_date, sum(cost_calculated_usd) from conversations.fct_requests where user_id = ? group by 1",
        [user_of(name)],
    )
    answers = expected(name)["by_day_utc_cost_calculated"]
    assert plain(rows) == {day: (pytest.approx(cost, abs=1e-9),) for day, cost in answers.items()}


def test_tokens_and_cost_by_day_and_model(warehouse: Warehouse) -> None:
    rows = warehouse.sql(
        f"select activity_date || ' ' || model, {TOKENS}, sum(cost_usd) from conversations.agg_models_daily group by 1"
    )
    answers = [expected(name)["by_day_and_model"] for name in FOLDERS]
    assert plain(rows) == {
        f"{day} {model}": usage_of(answer)
        for by_day in answers
        for day, models in by_day.items()
        for model, answer in models.items()
    }


def test_tokens_by_hour(warehouse: Warehouse) -> None:
    rows = warehouse.sql(
        "select strftime(hour_at, '%Y-%m-%dT%H:%MZ'), input_tokens, output_tokens, cache_write_tokens,"
        " cache_read_tokens from conversations.agg_conversations_hourly where request_count > 0"
    )
    answers = [expected(name)["by_hour_utc"] for name in FOLDERS]
    assert plain(rows) == {hour: tokens_of(answer) for by_hour in answers for hour, answer in by_hour.items()}


@pytest.mark.parametrize("name", FOLDERS)
def test_tokens_by_session(warehouse: Warehouse, name: str) -> None:
    rows = warehouse.sql(
        f"select conversation_id, {TOKENS} from conversations.fct_conversations"
        " where user_id = ? and request_count > 0 group by 1",
        [user_of(name)],
    )
    assert plain(rows) == {session: tokens_of(answer) for session, answer in expected(name)["by_session"].items()}


def test_five_hour_blocks(warehouse: Warehouse) -> None:
    rows = warehouse.sql(
        "select strftime(started_at, '%Y-%m-%dT%H:%M:%S.000Z'), strftime(ends_at, '%Y-%m-%dT%H:%M:%S.000Z'),"
        f" request_count, {TOKENS}, sum(cost_usd) from conversations.agg_usage_blocks group by all"
    )
    blocks = [block for name in FOLDERS for block in expected(name)["blocks"] if not block["is_gap"]]
    assert plain(rows) == {block["start"]: (block["end"], block["entries"], *usage_of(block)) for block in blocks}


@pytest.mark.parametrize("name", FOLDERS)
def test_requests_and_the_total_without_deduplication(warehouse: Warehouse, name: str) -> None:
    answers = expected(name)
    assert warehouse.sql(
        "select count(*), sum(copy_count) from conversations.fct_requests where user_id = ?", [user_of(name)]
    ) == [(answers["requests"], answers["without_deduplication"]["rows"])]
    raw = warehouse.sql(
        "select sum(input_tokens), sum(output_tokens), sum(cache_creation_tokens), sum(cache_read_tokens)"
        " from raw_conversations.transcript_lines where has_usage and file_id in"
        " (select file_id from raw_conversations.files where root = ?)",
        [f"claude/{config_root_id(FOLDERS[name])}"],
    )
    assert raw == [tokens_of(answers["without_deduplication"])]


def test_prompt_text_stays_out(warehouse: Warehouse) -> None:
    assert warehouse.sql(
        "select count(text), count(*) filter (where coalesce(text_length, 0) > 0) > 0 or not ?"
        " from raw_conversations.transcript_lines",
        [SHARED.is_dir()],
    ) == [(0, True)]
    assert warehouse.sql("select count(raw_text) from raw_conversations.rejects") == [(0,)]
    assert warehouse.sql("select count(topic_terms) from conversations.fct_conversations") == [(0,)]


def test_odd_shapes_load_and_another_zone_moves_the_days(warehouse: Warehouse, tmp_path: Path) -> None:
    """Single odd shapes join as a second load; their lines change no figure of the other folders."""
    odd = tmp_path / "odd"
    (odd / "projects").mkdir(parents=True)
    if (SHARED / "edge").is_dir():
        _copy_tree(SHARED / "edge", odd / "projects" / "edge")
    (odd / "projects" / "p").mkdir()
    (odd / "projects" / "p" / "x.jsonl").write_text('{"type":"user","message":"no object"}\n"text"\n{}\n{"a":\n')
    before = warehouse.variables["CLAUDE_CONFIG_DIR"]
    warehouse.variables["CLAUDE_CONFIG_DIR"] = f"{before},{odd}"
    result = warehouse.load()
    assert result.rows_rejected >= 2
    assert result.rows_read == result.rows_loaded + result.rows_rejected + result.rows_blank
    warehouse.model(full_refresh=True, zone="Asia/Tokyo")
    for name in FOLDERS:
        rows = warehouse.sql(
            f"select request_date, {TOKENS}, sum(cost_usd) from conversations.fct_requests"
            " where user_id = ? group by 1",
            [user_of(name)],
        )
        assert plain(rows) == {day: usage_of(answer) for day, answer in expected(name)["by_day_tokyo"].items()}


def _copy_tree(source: Path, target: Path) -> None:
    for path in source.rglob("*.jsonl"):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())

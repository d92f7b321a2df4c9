"""Transcripts that grow, arrive out of order and are written anew: loads in pieces equal one load and a rebuild."""

from __future__ import annotations

import random
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from ingestion import simulator

from .conftest import Warehouse, differing_tables

LOADS = 3


class Pieces:
    """The files of a folder, handed out in pieces: cut anywhere, also inside a line, and some files late."""

    def __init__(self, source: Path, target: Path, cut: bool, chance: random.Random) -> None:
        self.target = target
        self.steps: list[list[tuple[Path, bytes]]] = [[] for _ in range(LOADS)]
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            content, name = path.read_bytes(), path.relative_to(source)
            first = chance.randrange(LOADS)
            ends = sorted(chance.randrange(len(content) + 1) for _ in range(first, LOADS - 1)) if cut else []
            for step, end in zip(range(first, LOADS), [*ends, len(content)], strict=False):
                self.steps[step].append((name, content[:end] if cut else content))

    def hand_out(self, step: int) -> None:
        for name, content in self.steps[step]:
            path = self.target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> simulator.SimulatedInput:
    return simulator.generate(
        tmp_path_factory.mktemp("simulated"), seed=5, events=50, days=9, conversations=40, end_date=date(2026, 5, 9)
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("growing")
    (folder / "state").mkdir()
    return folder


@pytest.fixture(scope="module")
def grown(simulated: simulator.SimulatedInput, folder: Path) -> Warehouse:
    """A warehouse that took the simulated files in three nights; between them one file was written anew."""
    chance = random.Random(3)
    claude = Pieces(simulated.claude, folder / "claude", True, chance)
    landing = Pieces(simulated.landing / "conversations", folder / "landing" / "conversations", False, chance)
    warehouse = Warehouse(folder / "grown", [folder / "claude"], folder / "landing", folder / "state", "keep")
    (folder / "claude").mkdir()
    for step in range(LOADS):
        claude.hand_out(step)
        landing.hand_out(step)
        if step == LOADS - 1:
            _write_anew(folder / "claude")
        warehouse.load()
        warehouse.model()
    return warehouse


def _write_anew(claude: Path) -> None:
    """Put a line before the largest file's others: all of it is read once more, and nothing may count twice."""
    largest = max(claude.rglob("*.jsonl"), key=lambda path: path.stat().st_size)
    largest.write_bytes(b'{"type":"summary","summary":"earlier","leafUuid":"x"}\n' + largest.read_bytes())


def test_pieces_equal_a_rebuild_and_one_load(grown: Warehouse, folder: Path) -> None:
    rebuilt = Warehouse(folder / "rebuilt", [folder / "claude"], folder / "landing", folder / "state", "keep")
    rebuilt.path.parent.mkdir()
    shutil.copy(grown.path, rebuilt.path)
    rebuilt.model(full_refresh=True)
    assert differing_tables(grown.path, rebuilt.path, ("staging", "intermediate", "conversations")) == set()

    at_once = Warehouse(folder / "at_once", [folder / "claude"], folder / "landing", folder / "state", "keep")
    at_once.load()
    at_once.model()
    assert differing_tables(grown.path, at_once.path, ("conversations",)) == set()


def test_marts_equal_the_simulators_truth(grown: Warehouse, simulated: simulator.SimulatedInput) -> None:
    answers = sorted(simulated.truth.glob("conversations.*.parquet"))
    assert len(answers) >= 6
    with duckdb.connect(str(grown.path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for answer in answers:
            mart = answer.name.removesuffix(".parquet")
            types = {name: kind for name, kind, *_ in connection.execute(f"describe {mart}").fetchall()}
            names = [row[0] for row in connection.execute(f"describe select * from '{answer}'").fetchall()]
            columns = ", ".join(_comparable(name, types[name]) for name in names)
            a, b = f"select {columns} from {mart}", f"select {columns} from '{answer}'"
            wrong = connection.execute(f"(({a} except all {b}) union all ({b} except all {a})) limit 3").fetchall()
            assert wrong == [], f"{mart}: {names}"


def _comparable(name: str, kind: str) -> str:
    # A transcript's person depends on the path of its folder, which the truth does not know.
    if name == "user_id":
        return "case when user_id not like 'claude-%' then user_id end"
    return f'round("{name}", 6)' if kind == "DOUBLE" else f'"{name}"::{kind}'


def test_topics_name_what_a_conversation_is_about(grown: Warehouse) -> None:
    terms = grown.sql("select topic_terms from conversations.fct_conversations where source = 'transcript'")
    named = [text for (text,) in terms if text]
    assert len(named) > len(terms) / 2
    assert all(len(text.split(", ")) <= 5 for text in named)
    assert grown.sql("select count(topic_terms) from conversations.fct_conversations where source = 'tracked'") == [
        (0,)
    ]


def test_a_second_reading_adds_no_line(grown: Warehouse) -> None:
    assert grown.sql("select max(generation) > 1 from raw_conversations.files") == [(True,)]
    assert grown.sql(
        "select count(*) > (select count(*) from staging.stg_conversations__transcript_lines)"
        " from raw_conversations.transcript_lines"
    ) == [(True,)]
    assert grown.load().rows_loaded == 0

"""kill -9 of dbt in the middle of its models: the next run gives what a clean build of the same input gives.

The load before was killed and resumed as well, so that staging meets what such loads leave.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.dbt import PROJECT_DIR, dbt_environment
from tests.dbt_command import started_dbt
from tests.faults.support import Faulty, fill, line, settings_at
from tests.faults.test_killed_loads import POINTS
from tests.pipeline import Pipeline

pytestmark = pytest.mark.xdist_group("killed models")


@dataclass(frozen=True)
class Prepared:
    """A warehouse whose models lack a second load, and the models that a clean build of all input gives."""

    pipeline: Pipeline
    chosen: tuple[str, ...]
    before: Path
    expected: Path
    models: int

    def run(self) -> None:
        self.pipeline.dbt("run", *self.chosen)

    def restore(self) -> None:
        path = self.pipeline.settings.database_path
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
        shutil.copy(self.before, path)

    def kill_at(self, model: int, seconds: float) -> None:
        """Start dbt and kill it so long after it began with its n-th model."""
        arguments = ["run", *self.chosen, "--project-dir", str(PROJECT_DIR)]
        environment = os.environ | dbt_environment(self.pipeline.settings) | {"DO_NOT_TRACK": "1"}
        told = ""
        with started_dbt(arguments, environment) as (running, said):
            for text in said:
                told += text
                if re.search(rf" {model} of \d+ START", text):
                    time.sleep(seconds)
                    break
            assert running.is_alive() or seconds, told


def social(first: int, last: int) -> str:
    """Events with purchases and engagements, sessions over both loads, and late ones."""
    texts = []
    for number in range(first, last):
        kind = ("view", "engagement", "purchase")[number % 3]
        data = {
            "view": {"contentType": "post", "contentId": f"p{number % 4}", "viewDuration": number % 90},
            "engagement": {"action": "like", "targetType": "post", "targetId": f"p{number % 4}"},
            "purchase": {"productId": "x", "orderId": f"o{number}", "amount": 2.5, "currency": "EUR", "quantity": 1},
        }[kind]
        session = None if number % 5 == 0 else f"s{number % 11}"
        texts.append(line(number, eventType=kind, sessionId=session, data=data))
    # A repeat in the same load.
    return "".join([*texts, texts[0]])


def tracked(first: int, last: int) -> str:
    rows = []
    for number in range(first, last):
        common = {
            "timestamp": f"2026-03-0{1 + number % 3}T10:{number:02d}:00Z",
            "conversationId": f"c{number % 4}",
            "userId": "u1",
        }
        role = ("user", "assistant")[number % 2]
        data = {"messageId": f"m{number}", "role": role, "tokenCount": number, "messageLength": 4 * number}
        rows.append({"eventId": f"t{number}", "type": "message_sent", **common, "data": data})
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The models of both domains that have input, and what these read."""
    domains = ("+path:models/marts/social", "+path:models/marts/conversations")
    return prepare(tmp_path_factory.mktemp("killed-models"), ("--select", *domains))


@pytest.fixture(scope="module")
def all_prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("all-killed-models"), ())


def prepare(folder: Path, chosen: tuple[str, ...]) -> Prepared:
    settings = settings_at(folder)
    faulty, pipeline = Faulty(settings), Pipeline(settings)
    conversations = settings.landing_dir / "conversations"
    faulty.write("a.jsonl", social(0, 60))
    (conversations / "a.jsonl").write_text(tracked(0, 20))
    first = {path: path.read_bytes() for path in settings.landing_dir.rglob("*.jsonl")}
    faulty.write("a.jsonl", social(100, 130))
    faulty.write("b.jsonl", social(60, 100))
    (conversations / "b.jsonl").write_text(tracked(20, 40))
    second = {path: path.read_bytes() for path in settings.landing_dir.rglob("*.jsonl")}
    pipeline.ingest()
    pipeline.build_models(*chosen)
    models = len(pipeline.models_built())
    expected = folder / "expected.duckdb"
    shutil.move(settings.database_path, expected)
    shutil.rmtree(settings.state_dir / "dlt")
    for path in second:
        path.unlink()
    for path, content in first.items():
        path.write_bytes(content)
    pipeline.ingest()
    pipeline.build_models(*chosen)
    for path, content in second.items():
        path.write_bytes(content)
    faulty.die(*POINTS["after three tables are copied"])
    pipeline.ingest()
    before = folder / "before.duckdb"
    shutil.copy(settings.database_path, before)
    return Prepared(pipeline, chosen, before, expected, models)


def test_models_killed_twice_in_a_row_equal_a_clean_build(prepared: Prepared) -> None:
    dice = random.Random(11)
    prepared.restore()
    assert prepared.pipeline.differences(prepared.expected)
    for _ in range(2):
        prepared.kill_at(dice.randint(2, prepared.models - 2), dice.uniform(0, 0.1))
    prepared.run()
    assert prepared.pipeline.differences(prepared.expected) == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_models_killed_at_any_moment_equal_a_clean_build(all_prepared: Prepared, seed: int) -> None:
    dice = random.Random(seed)
    all_prepared.restore()
    all_prepared.kill_at(dice.randint(1, all_prepared.models), dice.uniform(0, 0.3))
    all_prepared.run()
    assert all_prepared.pipeline.differences(all_prepared.expected) == {}


def test_models_that_lack_memory_and_then_space_are_finished_by_the_next_run(
    prepared: Prepared, mount: Callable[..., None], tmp_path: Path
) -> None:
    prepared.restore()
    settings = prepared.pipeline.settings
    with pytest.raises(AssertionError, match=r"Out of Memory|failed to allocate"):
        Pipeline(dataclasses.replace(settings, duckdb_memory_limit="3MB")).dbt("run", *prepared.chosen)
    # The same warehouse on a small file system.
    shutil.copytree(settings.warehouse_dir, tmp_path / "kept")
    mount("-t", "tmpfs", "-o", "size=300m", "tmpfs", settings.warehouse_dir)
    shutil.copytree(tmp_path / "kept", settings.warehouse_dir, dirs_exist_ok=True, copy_function=shutil.copy2)
    filler = fill(Faulty(settings), 1 << 18)
    with pytest.raises(AssertionError, match=r"No space left"):
        prepared.run()
    filler.unlink()
    prepared.run()
    assert prepared.pipeline.differences(prepared.expected) == {}

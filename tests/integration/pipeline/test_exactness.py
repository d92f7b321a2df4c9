"""However the same input is cut into loads, mixed, repeated and delayed, the models equal a full refresh."""

import gzip
import json
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingestion.settings import Settings
from ingestion.simulator import generate
from tests.pipeline import Pipeline


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    return generate(
        tmp_path_factory.mktemp("exact") / "input", seed=23, events=1500, days=5, conversations=12, formats="jsonl"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One place for all examples: dbt parses the project anew whenever the path of the warehouse changes."""
    return tmp_path_factory.mktemp("exact-warehouse")


# An example costs many seconds: a failing one is reported as it was drawn, not shrunk.
_DRAWN_ONLY = {"phases": [Phase.explicit, Phase.generate], "suppress_health_check": list(HealthCheck)}


def lines_of(root: Path) -> list[bytes]:
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_file():
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            if path.suffix == ".json":
                found += [json.dumps(item).encode() for item in json.loads(data)]
            else:
                found += [line for line in data.split(b"\n") if line.strip()]
    return found


def write_load(landing: Path, source: str, number: int, lines: list[bytes]) -> None:
    target = landing / source / f"load-{number:02d}.jsonl"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"".join(line + b"\n" for line in lines))


def grow(source: Path, target: Path, dice: random.Random, is_last: bool) -> None:
    """Let each transcript of `source` grow in `target`, by any number of bytes: also to the middle of a line."""
    for path in sorted(source.rglob("*.jsonl")):
        data = path.read_bytes()
        place = target / path.relative_to(source)
        before = place.stat().st_size if place.exists() else 0
        after = len(data) if is_last else dice.choice([before, dice.randint(before, len(data)), len(data)])
        if after > before:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("ab") as stream:
                stream.write(data[before:after])


def check(simulated, folder, loads: int, seed: int, repeated: float) -> None:
    dice = random.Random(seed)
    shutil.rmtree(folder, ignore_errors=True)
    landing, claude = folder / "landing", folder / "claude"
    for place in (landing, claude):
        place.mkdir(parents=True)
    pipeline = Pipeline(
        Settings.from_env(
            {
                "WAREHOUSE_DIR": str(folder / "warehouse"),
                "LANDING_DIR": str(landing),
                "CLAUDE_CONFIG_DIR": str(claude),
                "CONVERSATION_TEXT": "keep",
                "REPORTING_TIMEZONE": "Europe/Berlin",
            }
        )
    )
    pools: dict[str, list[list[bytes]]] = {}
    for source in ("social", "conversations"):
        pools[source] = [[] for _ in range(loads)]
        for line in lines_of(simulated.landing / source):
            number = dice.randrange(loads)
            pools[source][number].append(line)
            while dice.random() < repeated:
                pools[source][dice.randrange(loads)].append(line)
        for lines in pools[source]:
            dice.shuffle(lines)
    for number in range(loads):
        for source, pool in pools.items():
            write_load(landing, source, number, pool[number])
        grow(simulated.claude, claude, dice, is_last=number == loads - 1)
        pipeline.ingest()
        pipeline.build_models()
    assert pipeline.query("select count(*) from social.fct_events")[0][0] > 1000
    assert pipeline.full_refresh_differences() == {}


@given(loads=st.integers(2, 3), seed=st.integers(0, 10**6), repeated=st.sampled_from([0.0, 0.2]))
@settings(max_examples=2, **_DRAWN_ONLY)
def test_any_cut_into_loads_equals_a_full_refresh(simulated, folder, loads, seed, repeated):
    check(simulated, folder, loads, seed, repeated)


@pytest.mark.slow
@given(loads=st.integers(1, 8), seed=st.integers(0, 10**6), repeated=st.sampled_from([0.0, 0.1, 0.6]))
@settings(max_examples=40, **_DRAWN_ONLY)
def test_many_cuts_into_loads_equal_a_full_refresh(simulated, folder, loads, seed, repeated):
    check(simulated, folder, loads, seed, repeated)

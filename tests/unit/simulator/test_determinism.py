"""The same parameters give the same bytes; other parameters give others; wrong ones are named."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingestion.simulator import SimulatorError, generate, generate_extra_night
from ingestion.simulator.__main__ import main

SMALL: dict[str, Any] = {"events": 2_000, "days": 3, "conversations": 25, "end_date": date(2026, 5, 3)}
SEED = 5


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulation with SMALL and SEED, to read and to copy."""
    folder = tmp_path_factory.mktemp("simulated")
    generate(folder, seed=SEED, **SMALL)
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_parameters_give_the_same_bytes_and_the_same_truth(simulated: Path, tmp_path: Path) -> None:
    generate(tmp_path, seed=SEED, **SMALL)
    first, second = digests(simulated), digests(tmp_path)
    assert {Path(name).suffix for name in first} >= {".jsonl", ".gz", ".json", ".parquet"}
    assert first == second


def test_another_seed_gives_other_events_of_the_same_number(tmp_path: Path) -> None:
    one = generate(tmp_path / "a", seed=SEED, with_truth=False, **SMALL).manifest
    two = generate(tmp_path / "b", seed=SEED + 1, with_truth=False, **SMALL).manifest
    assert one["sources"]["social"]["rows"] == two["sources"]["social"]["rows"] == 2_000
    empty = {hashlib.sha256(b"").hexdigest()}
    for folder in ("landing", "claude"):
        first, second = (set(digests(tmp_path / side / folder).values()) for side in ("a", "b"))
        assert first & second <= empty


@pytest.mark.parametrize("events", [1, 63, 64, 65, 700])
def test_any_number_of_events_is_met_exactly(tmp_path: Path, events: int) -> None:
    has_truth = events == 65
    asked: dict[str, Any] = {"events": events, "days": 2, "conversations": 0, "end_date": date(2026, 5, 3)}
    manifest = generate(tmp_path, with_truth=has_truth, **asked).manifest
    assert manifest["sources"]["social"]["rows"] == events
    assert not has_truth or manifest["marts"]["social.fct_events"] == events


def test_an_extra_night_adds_files_and_changes_none(simulated: Path, tmp_path: Path) -> None:
    shutil.copytree(simulated, tmp_path, dirs_exist_ok=True)
    before = digests(tmp_path)
    assert generate_extra_night(tmp_path) == 20
    assert generate_extra_night(tmp_path) == 20
    after = digests(tmp_path)
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"truth/manifest.json"}
    added = set(after) - set(before)
    assert {name[:25] for name in added} == {"landing/social/2026/05/04", "landing/social/2026/05/05"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", -1),
        ("events", 0),
        ("events", 2.5),
        ("events", True),
        ("days", 0),
        ("conversations", -3),
        ("end_date", date(1999, 1, 1)),
        ("reporting_timezone", "Mars/Olympus"),
        ("reporting_timezone", "../../etc"),
        ("formats", "xml"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_value_and_what_is_expected(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(SimulatorError) as raised:
        generate(tmp_path, **(SMALL | {name: value}))
    assert raised.value.name == name
    assert str(raised.value).startswith(f"{name} is ")
    assert "expected" in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_a_simulation_is_never_mixed_with_an_earlier_one(simulated: Path) -> None:
    before = digests(simulated)
    with pytest.raises(SimulatorError, match="without an earlier simulation"):
        generate(simulated, seed=SEED, **SMALL)
    assert digests(simulated) == before


def test_command_line_writes_a_simulation_and_names_a_wrong_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    small = ["--events", "500", "--days", "2", "--seed", "3", "--conversations", "5", "--out", out]
    assert main([*small, "--end", "2026-05-03", "--no-truth"]) == 0
    assert (tmp_path / "out" / "truth" / "manifest.json").is_file()
    assert "events" in capsys.readouterr().err
    assert main([*small, "--end", "03.05.2026"]) == 2
    assert "error: --end is '03.05.2026'; expected a date as YYYY-MM-DD" in capsys.readouterr().err
    assert main(["--extra-night", "--out", out]) == 0


def test_no_scratch_file_stays(simulated: Path) -> None:
    assert sorted(path.name for path in simulated.iterdir()) == ["claude", "landing", "truth", "world"]

"""`make bench`: prints a table and writes results.json. Ratios, never times, are what the project promises."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from ingestion.registry import SOURCES
from ingestion.simulator import generate, generate_extra_night
from tests.bench import behavior, growth
from tests.bench.phases import DICT_SAMPLE_ROWS

OTHER_SOURCES = [name for name in SOURCES if name != "social"]
NIGHT = ("ingest", "transform", "audit", "publish")
# All definitions of behaviour are built on so small a part of the events: the first build takes minutes.
_SHARE = 5


@dataclass(frozen=True)
class Measured:
    """One process: wall seconds, processor seconds and the largest resident memory of it or a child, in bytes."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str


def measure(
    phase: str, *arguments: str, environment: dict[str, str] | None = None, module: str = "tests.bench.phases"
) -> Measured:
    """Run a phase of a module in a new process and measure it.

    Raises:
        SystemExit: the phase failed.
    """
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module, phase, *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise SystemExit(f"{phase} failed:\n{text[-4000:]}")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, _peak(usage.ru_maxrss), text)


def _peak(kilobytes: int) -> int:
    # wait4 gives the largest of the process and of the children that it waited for itself, such as dbt.
    return kilobytes * 1024


def run(events: int, days: int, folder: Path, memory_limit: str) -> dict[str, object]:
    """All measurements for one size, below `folder`, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    _say(f"{events:,} events over {days} days: simulating")
    simulated = generate(
        folder / "input", events=events, days=days, conversations=200, with_truth=False, formats="jsonl"
    )
    files = f"{simulated.landing}/social/**/*.jsonl"
    environment = {
        "WAREHOUSE_DIR": str(folder / "warehouse"),
        "LANDING_DIR": str(simulated.landing),
        "CLAUDE_CONFIG_DIR": str(simulated.claude),
        "DUCKDB_MEMORY_LIMIT": memory_limit,
    }
    _read_once(simulated.landing)
    found: dict[str, Measured] = {}
    # Before and after, so that a machine that slows down does not flatter the ratio.
    for number in (1, 2):
        _say(f"baseline {number}")
        found[f"baseline_{number}"] = measure("baseline", files, str(folder / f"baseline-{number}.duckdb"))
        if number == 1:
            # The files of the bare load first, alone: what the ratio compares.
            _say("ingest")
            found["ingest"] = measure("ingest", "social", environment=environment)
            _say("ingest the other sources")
            found["ingest_others"] = measure("ingest", *OTHER_SOURCES, environment=environment)
    for phase in NIGHT[1:]:
        _say(phase)
        found[phase] = measure(phase, environment=environment)
    _say("queries")
    queries = json.loads(measure("queries", environment=environment).output.strip().splitlines()[-1])
    added = generate_extra_night(folder / "input")
    for phase in NIGHT:
        _say(f"night of {added:,} more events: {phase}")
        found[f"night_{phase}"] = measure(phase, environment=environment)
    _say("dlt's default path on a sample")
    (folder / "dict").mkdir()
    found["dict_path"] = measure("dict_path", files, str(folder / "dict"))

    found |= behavior_phases(events, folder / "behavior", memory_limit)
    _say(f"behaviour: nights on {events // _SHARE:,} events and on a history of {1 / growth.FACTOR:.0%} of them")
    nights = growth.measure(events // _SHARE, folder / "growth", memory_limit)

    baseline = min(found["baseline_1"].seconds, found["baseline_2"].seconds)
    full = sum(found[phase].seconds for phase in ("ingest_others", *NIGHT))
    night = sum(found[f"night_{phase}"].seconds for phase in NIGHT)
    return {
        "events": events,
        "days": days,
        "memory_limit": memory_limit,
        "input_bytes": sum(path.stat().st_size for path in simulated.landing.rglob("*.jsonl")),
        "ratios": {
            "ingest_to_baseline": found["ingest"].seconds / baseline,
            "full_to_baseline": full / baseline,
            "night_to_full": night / full,
            "behavior_to_by_hand": _ratio(found, "seconds"),
            "behavior_to_by_hand_memory": _ratio(found, "peak_bytes"),
            "behavior_night_by_history": nights["night"] / nights["night_short"],
            "behavior_night_by_people": nights["night_many"] / nights["night"],
            "behavior_night_to_first": nights["night"] / nights["first"],
            "dict_path_to_baseline": found["dict_path"].seconds / DICT_SAMPLE_ROWS / (baseline / events),
        },
        "analyst_queries": queries,
        "behavior_nights": nights,
        "phases": {name: {k: v for k, v in asdict(item).items() if k != "output"} for name, item in found.items()},
    }


def behavior_phases(events: int, folder: Path, memory_limit: str) -> dict[str, Measured]:
    """A funnel and a retention by the models and by hand, in turns: each twice, the faster counts.

    Raises:
        SystemExit: the two give different figures.
    """
    _say(f"behaviour: {events:,} events")
    database = folder / f"{behavior.DATABASE}.duckdb"
    measure("prepare", str(database), str(events), module="tests.bench.behavior")
    found: dict[str, Measured] = {}
    for number in (1, 2):
        for phase in ("by_hand", "models"):
            _say(f"behaviour {phase} {number}")
            found[f"behavior_{phase}_{number}"] = measure(
                phase, str(database), memory_limit, module="tests.bench.behavior"
            )
    differing = behavior.differences(database)
    if differing:
        raise SystemExit(f"the models and the hand-written queries differ: {differing[:3]}")
    return found


def _ratio(found: dict[str, Measured], figure: str) -> float:
    models, by_hand = (
        min(getattr(found[f"behavior_{phase}_{number}"], figure) for number in (1, 2))
        for phase in ("models", "by_hand")
    )
    return float(models / by_hand)


def _read_once(folder: Path) -> None:
    """Bring the input into the page cache, so that whoever comes first does not pay for the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                while stream.read(1 << 24):
                    pass


def _say(text: str) -> None:
    print(f"  {text} ...", file=sys.stderr, flush=True)


def show(result: dict[str, object]) -> str:
    """The results of one size as a table."""
    lines = [f"{result['events']:,} events, DUCKDB_MEMORY_LIMIT={result['memory_limit']}", ""]
    for name, value in result["ratios"].items():  # type: ignore[attr-defined]
        lines.append(f"  {name:28} {value:8.3f}")
    queries = result["analyst_queries"]
    lines.append(f"  {'analyst queries':28} {queries['median_ms']:8.1f} ms median, {queries['p95_ms']:.1f} ms p95")  # type: ignore[index]
    lines += ["", f"  {'phase':28} {'seconds':>8} {'cpu':>8} {'peak MB':>8}"]
    for name, item in result["phases"].items():  # type: ignore[attr-defined]
        lines.append(f"  {name:28} {item['seconds']:8.1f} {item['cpu_seconds']:8.1f} {item['peak_bytes'] / 1e6:8.0f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[10_000_000], help="sizes, one run each")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--dir", type=Path, default=Path("var/bench"), help="scratch folder, made anew")
    parser.add_argument("--memory-limit", default="1GB")
    options = parser.parse_args()
    results = []
    for events in options.events:
        results.append(run(events, options.days, (options.dir / str(events)).absolute(), options.memory_limit))
        print(show(results[-1]), flush=True)
        (options.dir / "results.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()

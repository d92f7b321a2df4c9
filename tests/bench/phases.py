"""The measured pieces, each run in a process of its own: `python -m tests.bench.phases <name> ...`."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from ingestion.settings import Settings

DICT_SAMPLE_ROWS = 100_000


def baseline(files: str, database: str) -> None:
    """What DuckDB alone needs to bring the files into a table: no hashing, no memory of files, broken lines dropped."""
    with duckdb.connect(database) as connection:
        connection.execute(
            f"create table events as select * from read_json('{files}', format = 'newline_delimited', ignore_errors = true)"
        )
        connection.execute("checkpoint")


def dict_path(files: str, folder: str) -> None:
    """dlt's default way, one Python dictionary a line, on a sample of the same files."""
    import dlt

    def rows() -> Iterator[list[dict[str, Any]]]:
        left = DICT_SAMPLE_ROWS
        for path in sorted(Path(files.removesuffix("/**/*.jsonl")).rglob("*.jsonl")):
            # Broken bytes are no reason to stop: such a line counts as any that does not parse.
            with path.open(encoding="utf-8", errors="replace") as stream:
                for line in stream:
                    if left == 0:
                        return
                    try:
                        item = json.loads(line)
                    except ValueError:
                        continue
                    if isinstance(item, dict) and isinstance(item.get("data"), dict | None):
                        left -= 1
                        yield [item]

    pipeline = dlt.pipeline(
        "dict_path",
        destination=dlt.destinations.duckdb(f"{folder}/dict.duckdb"),
        pipelines_dir=folder,
        dataset_name="raw",
    )
    pipeline.run(dlt.resource(rows, name="events", max_table_nesting=0))


def ingest(*sources: str) -> None:
    from ingestion.registry import SOURCES

    settings = Settings.from_env(os.environ)
    for name in sources or SOURCES:
        SOURCES[name].run(settings)


def transform() -> None:
    """Models and their data tests, as a night runs them."""
    from tests.pipeline import Pipeline

    print("\n".join(Pipeline(Settings.from_env(os.environ), is_forked=False).build().notes))


def audit() -> None:
    """All suites, with their results recorded as a night does: the next audit builds on them."""
    from orchestration.audit import all_suites, run

    settings = Settings.from_env(os.environ)
    results = run(settings, str(uuid.uuid4()), all_suites(), manifest=_manifest(settings))
    failed = [r.check_name for r in results if r.severity == "critical" and r.status != "passed"]
    if failed:
        raise SystemExit(f"critical checks failed: {failed}")


def publish() -> None:
    from orchestration.dbt import unique_keys
    from orchestration.publication import publish

    settings = Settings.from_env(os.environ)
    publish(settings, keys=unique_keys(_manifest(settings)))


def _manifest(settings: Settings) -> dict[str, Any]:
    """That of the phase `transform`: a night has parsed the project before it begins."""
    from orchestration.dbt import load_manifest

    return load_manifest(settings.state_dir / "dbt" / "definitions" / "manifest.json")


def queries() -> None:
    """Median and 95th percentile, in milliseconds, of the analysts' queries; printed as JSON."""
    settings = Settings.from_env(os.environ)
    statements = [
        part.strip() for part in (Path(__file__).parent / "queries.sql").read_text().split(";") if part.strip()
    ]
    times = []
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        for _ in range(3):
            for statement in statements:
                started = time.perf_counter()
                connection.execute(statement).fetchall()
                times.append((time.perf_counter() - started) * 1000)
    quantiles = statistics.quantiles(times, n=20)
    print(json.dumps({"queries": len(statements), "median_ms": statistics.median(times), "p95_ms": quantiles[-1]}))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])

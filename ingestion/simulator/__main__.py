"""Command line: python -m ingestion.simulator --events N --days D --seed S --end YYYY-MM-DD --out DIR"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from ingestion.simulator.generator import generate, generate_extra_night, to_stderr
from ingestion.simulator.parameters import FORMATS, SimulatorError


def main(arguments: list[str] | None = None) -> int:
    """Write a simulation, or one more night; give the exit code (2 for a wrong parameter)."""
    parser = argparse.ArgumentParser(
        prog="python -m ingestion.simulator", description="Write simulated sources with the true answers."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for landing/, claude/ and truth/")
    parser.add_argument("--events", type=int, default=50_000, help="distinct social events (50000)")
    parser.add_argument("--days", type=int, default=21, help="days of events (21)")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same bytes (7)")
    parser.add_argument("--conversations", type=int, help="tracked conversations and, again, transcript sessions")
    parser.add_argument("--end", help="last UTC date, YYYY-MM-DD (yesterday)")
    parser.add_argument("--reporting-timezone", default="UTC", help="zone of the truth's dates and hours (UTC)")
    parser.add_argument("--formats", choices=FORMATS, default="mixed", help="file formats of social events")
    parser.add_argument("--memory-limit", default="1GB", help="DuckDB's memory limit while generating (1GB)")
    parser.add_argument("--no-truth", action="store_true", help="leave out the marts' truth (cheaper)")
    parser.add_argument(
        "--extra-night",
        action="store_true",
        help="add one day with 1 %% of the events to the simulation in --out",
    )
    options = parser.parse_args(arguments)
    try:
        if options.extra_night:
            events = generate_extra_night(options.out, memory_limit=options.memory_limit)
            to_stderr(f"one more night: {events:,} events in {options.out}")
            return 0
        result = generate(
            options.out,
            seed=options.seed,
            events=options.events,
            days=options.days,
            conversations=options.conversations,
            end_date=_read_date(options.end),
            reporting_timezone=options.reporting_timezone,
            with_truth=not options.no_truth,
            formats=options.formats,
            memory_limit=options.memory_limit,
            progress=to_stderr,
        )
    except SimulatorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    to_stderr(f"written: {result.landing}, {result.claude}, {result.truth}")
    return 0


def _read_date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SimulatorError("--end", text, "a date as YYYY-MM-DD") from error


if __name__ == "__main__":
    sys.exit(main())

"""Runs a simulation from its parameters to its files."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from ingestion.simulator.conversations import TrackedWriter
from ingestion.simulator.parameters import Parameters, SimulatorError, check_parameters
from ingestion.simulator.platforms.archives import write_archives
from ingestion.simulator.platforms.world import WorldSize, attach_world, write_world
from ingestion.simulator.social import SocialWriter
from ingestion.simulator.streams import StreamWriter, write_rates
from ingestion.simulator.transcripts import TranscriptWriter
from ingestion.simulator.truth import create_macros, write_truth
from ingestion.simulator.truth_blocks import write_usage_blocks
from ingestion.simulator.writers import read_sql, set_variables, write_json, write_parquet

Progress = Callable[[str], None]


@dataclass(frozen=True)
class SimulatedInput:
    """Where a simulation lies: landing (LANDING_DIR), claude (a Claude configuration folder), truth, and the world
    that the simulated platforms tell of."""

    landing: Path
    claude: Path
    truth: Path
    world: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """What was written: parameters, lines by source, rejects by reason code, rows by mart."""
        loaded: dict[str, Any] = json.loads((self.truth / "manifest.json").read_text(encoding="utf-8"))
        return loaded


def generate(
    out: Path,
    *,
    seed: int = 7,
    events: int = 50_000,
    days: int = 21,
    conversations: int | None = None,
    end_date: date | None = None,
    reporting_timezone: str = "UTC",
    with_truth: bool = True,
    formats: str = "mixed",
    memory_limit: str = "1GB",
    progress: Progress | None = None,
) -> SimulatedInput:
    """Write `days` days up to and with `end_date` (UTC; yesterday when None) below `out`.

    `events` is the exact number of distinct valid social events. `conversations` is the number of tracked
    conversations and, again, of transcript sessions (default: events / 250, from 200 to
    4,000). `formats` is "mixed" or "jsonl".
    Without `with_truth` only the manifest and social.agg_events_daily's event_count are written.

    Raises:
        SimulatorError: a parameter is wrong, or `out` already holds a simulation.
    """
    parameters = check_parameters(
        seed=seed,
        events=events,
        days=days,
        conversations=conversations,
        end_date=end_date,
        reporting_timezone=reporting_timezone,
        formats=formats,
    )
    result = _paths(out)
    for folder in (result.landing, result.claude, result.truth, result.world):
        if folder.exists() and any(folder.iterdir()):
            raise SimulatorError("out", str(out), "a folder without an earlier simulation")
        folder.mkdir(parents=True, exist_ok=True)
    say = progress or (lambda _: None)
    with _scratch(out, parameters, memory_limit) as connection:
        social = SocialWriter(connection, parameters, result.landing, keep_rows=with_truth)
        social.prepare()
        started = time.monotonic()
        for done in social.write():
            say(f"social: {done:,} of {events:,} events, {time.monotonic() - started:.0f} s")
        tracked = TrackedWriter(connection, parameters, result.landing)
        tracked.write()
        transcripts = TranscriptWriter(connection, parameters, result.claude)
        transcripts.write()
        say(f"conversations: {tracked.tally.lines:,} tracked events, {transcripts.tally.lines:,} transcript lines")
        world = write_world(
            result.world,
            seed=seed,
            end_date=parameters.end_date,
            size=WorldSize(days=min(days, WorldSize.days)),
        )
        attach_world(connection, result.world)
        write_archives(connection, result.landing)
        say(f"platforms: {world['channels']:,} channels, {world['streams']:,} streams, {world['clips']:,} clips")
        streams = StreamWriter(connection, parameters, result.landing)
        streams.write()
        rates = write_rates(connection, result.landing)
        say(f"livestream: {streams.tally.lines:,} events and documents; fx: {rates.rows:,} dates")
        marts = _write_truth(connection, result.truth) if with_truth else _write_totals(connection, result.truth)
        if marts:
            say(f"truth: {len(marts)} marts")
    write_json(
        {
            "parameters": _describe(parameters),
            "first_date": parameters.first_date.isoformat(),
            "extra_nights": 0,
            "sources": {
                "social": social.tally.as_dict(),
                "conversations": {
                    "tracked": tracked.tally.as_dict(),
                    "transcripts": transcripts.tally.as_dict(),
                },
                "livestream": streams.tally.as_dict(),
                "fx": rates.as_dict(),
            },
            "marts": marts,
            # values with this text are personal data: no table, log, report or export may hold it
            "personal_data_mark": "canary-",
        },
        result.truth / "manifest.json",
    )
    return result


def generate_extra_night(out: Path, *, memory_limit: str = "1GB") -> int:
    """Add one more day with 1 % of the social events, as new files, to a simulation.

    Gives the number of events. The marts' truth stays that of the first part; the manifest counts the nights.

    Raises:
        SimulatorError: `out` holds no simulation.
    """
    result = _paths(out)
    if not (result.truth / "manifest.json").is_file():
        raise SimulatorError("out", str(out), "a folder with a simulation, to add a night to")
    manifest = result.manifest
    values = dict(manifest["parameters"])
    values["end_date"] = date.fromisoformat(values["end_date"])
    parameters = check_parameters(**values)
    night = int(manifest["extra_nights"])
    with _scratch(out, parameters, memory_limit) as connection:
        social = SocialWriter(
            connection, parameters, result.landing, keep_rows=False, extra_day=parameters.days + night
        )
        social.prepare()
        done = max(social.write())
    manifest["extra_nights"] = night + 1
    manifest.setdefault("nights", []).append(social.tally.as_dict())
    write_json(manifest, result.truth / "manifest.json")
    return done


def _write_truth(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write the truth of all marts; rows by mart. Later ones read those before them."""
    marts = write_truth(connection, "truth_social.sql", folder)
    connection.execute(read_sql("truth_conversations_base.sql"))
    marts |= write_truth(connection, "truth_conversations.sql", folder)
    marts |= write_usage_blocks(connection, folder)
    for name in ("livestream", "channels", "channels_periods", "clips", "clips_aggregates", "core"):
        marts |= write_truth(connection, f"truth_{name}.sql", folder)
    return marts


def _write_totals(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write the numbers of social events, where their rows were not kept; of no mart is that the whole truth."""
    write_parquet(
        connection,
        "select event_date, event_type, sum(event_count)::bigint as event_count "
        "from social_totals group by all order by all",
        folder / "social.agg_events_daily.parquet",
    )
    return {}


def to_stderr(message: str) -> None:
    """Print one line of progress."""
    print(message, file=sys.stderr, flush=True)


def _paths(out: Path) -> SimulatedInput:
    return SimulatedInput(out / "landing", out / "claude", out / "truth", out / "world")


def _describe(parameters: Parameters) -> dict[str, Any]:
    return {
        "seed": parameters.seed,
        "events": parameters.events,
        "days": parameters.days,
        "conversations": parameters.conversations,
        "end_date": parameters.end_date.isoformat(),
        "reporting_timezone": parameters.reporting_timezone,
        "formats": parameters.formats,
    }


@contextmanager
def _scratch(out: Path, parameters: Parameters, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a scratch database beside the output (so that it has its disk), removed afterwards."""
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".scratch-", dir=out))
    connection = duckdb.connect(
        str(folder / "scratch.duckdb"),
        config={
            "memory_limit": memory_limit,
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": "true",
            "autoinstall_known_extensions": "false",
        },
    )
    try:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        set_variables(connection, reporting_timezone=parameters.reporting_timezone)
        create_macros(connection)
        yield connection
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)

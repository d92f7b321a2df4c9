"""The world that the simulated platforms tell of: tables made by SQL from a seed, kept as Parquet files.

Servers answer from the world and the truth files are computed from it, so that both tell the same story. Parquet,
because equal rows give equal bytes there, which a database file does not promise.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from ingestion.simulator.truth import create_macros
from ingestion.simulator.writers import set_variables, write_parquet
from ingestion.sql import literal

# In this order: messages about clips need the clips.
SCRIPTS = ("world_twitch.sql", "world_clips.sql", "world_discord.sql", "world_youtube.sql")
_SQL = Path(__file__).parent


@dataclass(frozen=True)
class WorldSize:
    """How large a world is.

    Attributes:
        accounts: Twitch channels.
        days: dates, up to and with the end date; also the number of daily collections.
        poll_minutes: distance of the polls of live streams.
        step_hours: distance of the recorded numbers of followers and views.
        clips: clips of a stream, about.
        old_clips: clips of an account from before the first date.
        stream_percent: share of dates on which an account streams.
        has_outages: whether the platform fails at times, and a permission is withdrawn for some days.
    """

    accounts: int = 6
    days: int = 14
    poll_minutes: int = 10
    step_hours: int = 1
    clips: int = 6
    old_clips: int = 15
    stream_percent: int = 75
    has_outages: bool = True


def write_world(folder: Path, *, seed: int, end_date: date, size: WorldSize | None = None) -> dict[str, int]:
    """Write world/<table>.parquet for `size.days` dates up to and with `end_date` (UTC); rows by table."""
    chosen = size or WorldSize()
    end = datetime.combine(end_date, datetime.min.time()) + timedelta(days=1)
    rows = {}
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("set timezone = 'UTC'")
        set_variables(connection, seed=seed, first_at=end - timedelta(days=chosen.days), end_at=end, **asdict(chosen))
        create_macros(connection)
        connection.execute("create schema world")
        connection.execute("set schema = 'world'")
        for script in SCRIPTS:
            connection.execute((_SQL / script).read_text(encoding="utf-8"))
        for table in _tables(connection):
            write_parquet(connection, f"from world.{table} order by all", folder / f"{table}.parquet")
            counted = connection.execute(f"select count(*) from world.{table}").fetchone()
            rows[table] = counted[0] if counted else 0
    return rows


def attach_world(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make the tables of a written world readable as world.<table>."""
    connection.execute("create schema if not exists world")
    for path in sorted(folder.glob("*.parquet")):
        connection.execute(f"create or replace view world.{path.stem} as select * from read_parquet({literal(path)})")


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'world' and not temporary order by all"
    ).fetchall()
    return [name for (name,) in found]

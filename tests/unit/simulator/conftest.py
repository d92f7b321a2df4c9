"""One simulation for all tests of the simulator: eight days over a change of the clock, in Berlin."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.simulator import SimulatedInput, generate

PARAMETERS: dict[str, Any] = {
    "seed": 11,
    "events": 9_000,
    "days": 9,
    "conversations": 60,
    "end_date": date(2026, 3, 31),
    "reporting_timezone": "Europe/Berlin",
}


@pytest.fixture(scope="session")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> SimulatedInput:
    return generate(tmp_path_factory.mktemp("simulation"), **PARAMETERS)


@pytest.fixture(scope="session")
def truth(simulation: SimulatedInput) -> duckdb.DuckDBPyConnection:
    """The truth files as tables: social.fct_events is "social.fct_events"."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    for path in sorted(Path(simulation.truth).glob("*.parquet")):
        connection.execute(f"create view \"{path.stem}\" as select * from read_parquet('{path}')")
    return connection

"""The suites fit the tables that ingestion and dbt really make: full ones and empty ones."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import expectations
from ingestion.engine import connect
from ingestion.registry import SOURCES
from ingestion.settings import Settings
from ingestion.simulator import generate
from orchestration import records
from orchestration.dbt import PROJECT_DIR, dbt_environment, dbt_executable


def _build(settings: Settings) -> None:
    for spec in SOURCES.values():
        spec.run(settings)
    with connect(settings, settings.database_path) as connection:
        records.create_tables(connection)
    done = subprocess.run(
        [dbt_executable(), "--quiet", "build", "--exclude-resource-type", "test", "unit_test"],
        cwd=PROJECT_DIR,
        # Many simulated super chats name no currency, and a large share without a rate is a warning.
        env={**os.environ, **dbt_environment(settings), "LIVESTREAM_CURRENCY": "USD"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("events", [8000, 0])
def test_every_check_passes_on_simulated_and_on_no_input(
    events: int, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    variables = {"REPORTING_TIMEZONE": "America/New_York"}
    if events:
        simulated = generate(
            tmp_path / "simulated", events=events, days=10, conversations=20, reporting_timezone="America/New_York"
        )
        variables |= {"LANDING_DIR": str(simulated.landing), "CLAUDE_CONFIG_DIR": str(simulated.claude)}
    settings = make_settings(**variables)
    _build(settings)
    for stage in expectations.STAGES:
        results = expectations.run_suites(settings.database_path, stage=stage)
        assert [result for result in results if result.status != "passed"] == []

"""A warehouse of its own for conversations: real ingestion, then dbt by its command."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from ingestion.pipeline import LoadResult
from ingestion.registry import SOURCES
from ingestion.settings import Settings
from tests.dbt_command import run_dbt

ROOT = Path(__file__).parents[3]
PROJECT = ROOT / "dbt_project"
FIXTURES = ROOT / "tests" / "fixtures" / "claude"
SHARED = ROOT.parent / "shared" / "data" / "claude"
MODELS = [f"path:models/{layer}/conversations" for layer in ("staging", "intermediate", "marts")]


class Warehouse:
    """A warehouse below `folder`; dbt writes to `state`."""

    def __init__(self, folder: Path, claude: Iterable[Path], landing: Path, state: Path, text: str = "drop") -> None:
        landing.mkdir(parents=True, exist_ok=True)
        self.state = state
        self.variables = {
            "WAREHOUSE_DIR": str(folder),
            "CLAUDE_CONFIG_DIR": ",".join(map(str, claude)),
            "LANDING_DIR": str(landing),
            "CONVERSATION_TEXT": text,
            "DUCKDB_THREADS": "2",
            "DUCKDB_MEMORY_LIMIT": "1GB",
        }

    @property
    def settings(self) -> Settings:
        return Settings.from_env(self.variables)

    @property
    def path(self) -> Path:
        return self.settings.database_path

    def load(self) -> LoadResult:
        """Load what is new, as `python -m ingestion.conversations` does."""
        return SOURCES["conversations"].run(self.settings)

    def dbt(self, *arguments: str, zone: str = "UTC") -> str:
        """Run a dbt command on the warehouse; what it prints."""
        result = run_dbt(
            [*arguments, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)],
            os.environ
            | {
                "DBT_DUCKDB_PATH": str(self.path),
                "DUCKDB_TEMP_DIRECTORY": str(self.settings.state_dir / "spill"),
                "DBT_TARGET_PATH": str(self.state / f"target-{zone.replace('/', '-')}"),
                "DBT_LOG_PATH": str(self.state / "logs"),
                "REPORTING_TIMEZONE": zone,
                "DUCKDB_THREADS": "2",
                "DUCKDB_MEMORY_LIMIT": "1GB",
                # Nobody reads the manifest, and writing it takes longer than many a model.
                "DBT_WRITE_JSON": "false",
                "DO_NOT_TRACK": "1",
            },
        )
        assert result.returncode == 0, result.stdout[-6000:]
        return result.stdout

    def model(self, *, full_refresh: bool = False, tests: bool = False, zone: str = "UTC") -> None:
        """Build the conversation models from what is loaded, and run their data tests where `tests`."""
        refresh = ["--full-refresh"] if full_refresh else []
        left_out = ["unit_test"] if tests else ["unit_test", "test"]
        select = [*MODELS, "path:seeds/conversations"]
        self.dbt("build", *refresh, "--exclude-resource-types", *left_out, "--select", *select, zone=zone)

    def sql(self, query: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(query, list(parameters)).fetchall()


def differing_tables(one: Path, other: Path, schemas: tuple[str, ...]) -> set[str]:
    """Tables and views of which two warehouses do not hold the same rows, columns about arrival left out."""
    found = set()
    # A view names its database, so each file is read by a connection of its own.
    with (
        duckdb.connect(str(one), read_only=True) as a,
        duckdb.connect(str(other), read_only=True) as b,
        duckdb.connect() as judge,
    ):
        tables = a.execute(
            f"select distinct schema_name, table_name from duckdb_columns() where schema_name in {schemas}"
            " and table_name not like 'stg_social%' and table_name not like 'int_social%'"
        ).fetchall()
        assert len(tables) >= 10
        for schema, table in tables:
            names = [row[0] for row in a.execute(f"describe {schema}.{table}").fetchall()]
            columns = ", ".join(f'"{name}"' for name in names if not _is_about_arrival(table, name))
            for name, connection in (("a", a), ("b", b)):
                judge.register(name, connection.execute(f"select {columns} from {schema}.{table}").to_arrow_table())
            query = "select count(*) from ((from a except all from b) union all (from b except all from a))"
            if judge.execute(query).fetchall() != [(0,)]:
                found.add(f"{schema}.{table}")
    return found


def _is_about_arrival(table: str, column: str) -> bool:
    # The tracking service's own tables keep the time of their load under another name.
    return column in ("batch_id", "displaced_batch_id", "loaded_at", "load_id") or (
        column == "created_at" and table.endswith("_aggregations")
    )

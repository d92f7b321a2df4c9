"""Ingestion and models by their own commands, without Dagster: for tests and benchmarks of both together."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ingestion.engine import connect
from ingestion.lock import writer_lock
from ingestion.settings import Settings
from orchestration.build import Build, complete, prepare, with_one_thread
from orchestration.dbt import PROJECT_DIR, dbt_environment, load_manifest
from orchestration.records import create_tables
from tests.dbt_command import run_dbt

if TYPE_CHECKING:
    from ingestion.pipeline import LoadResult

MODEL_SCHEMAS = (
    *("staging", "intermediate", "social", "conversations", "livestream", "channels", "clips", "behavior", "core"),
)
# Which people changed when: numbers of batches and moments of arrival throughout.
_BOOKKEEPING = ("int_behavior__people", "int_behavior__changed_events")
# What differs between two exact builds: the number of the batch and the moment of arrival.
_OF_ARRIVAL = ("batch_id", "displaced_batch_id", "loaded_at", "load_id", "event_batch_id")


@dataclass(frozen=True)
class Pipeline:
    """A warehouse under `settings`; `is_forked` as of `run_dbt`."""

    settings: Settings
    is_forked: bool = True

    def ingest(self) -> dict[str, LoadResult]:
        from ingestion.registry import SOURCES  # its import takes as long as a small build

        return {name: spec.run(self.settings) for name, spec in SOURCES.items()}

    def dbt(self, *arguments: str, variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a dbt command on the build file.

        Raises:
            AssertionError: dbt failed; with the end of its output.
        """
        with self.connection() as connection:
            create_tables(connection)
        result = run_dbt(
            [*arguments, "--project-dir", str(PROJECT_DIR)],
            {**os.environ, **dbt_environment(self.settings), **(variables or {}), "DO_NOT_TRACK": "1"},
            is_forked=self.is_forked,
        )
        assert result.returncode == 0, result.stdout[-6000:]
        return result

    def build(self, **options: Any) -> Build:
        """Models and tests as a night runs them, with what it leaves out; options of `orchestration.build.prepare`.

        Raises:
            AssertionError: dbt failed; with the end of its output.
        """
        manifest = self.manifest()
        with writer_lock(self.settings):
            build = prepare(self.settings, manifest, str(uuid.uuid4()), **options)
            results, failure = self._attempt(build)
            if failure is not None and (rest := with_one_thread(build, manifest, results)):
                later, failure = self._attempt(rest)
                results += later
            complete(self.settings, manifest, build, results, has_succeeded=failure is None)
        if failure is not None:
            raise failure
        return build

    def _attempt(self, build: Build) -> tuple[list[dict[str, Any]], AssertionError | None]:
        self._results_path.unlink(missing_ok=True)
        try:
            self.dbt(*build.arguments, variables=build.variables)
        except AssertionError as failure:
            return self.results(), failure
        return self.results(), None

    def manifest(self) -> dict[str, Any]:
        """The project's manifest, of the first dbt command here."""
        path = self._results_path.with_name("manifest.json")
        if not path.exists():
            self.dbt("parse")
        return load_manifest(path)

    def build_models(self, *arguments: str) -> None:
        """Seeds and models, without the tests."""
        self.dbt("build", "--resource-type", "seed", "--resource-type", "model", *arguments)

    def models_built(self) -> dict[str, float]:
        """Seconds by model of the last dbt command."""
        return {row["unique_id"].split(".")[2]: row["execution_time"] for row in self.results()}

    def results(self) -> list[dict[str, Any]]:
        """What the last dbt command says of each node."""
        if not self._results_path.exists():
            return []
        found: list[dict[str, Any]] = json.loads(self._results_path.read_text())["results"]
        return found

    @property
    def _results_path(self) -> Path:
        return self.settings.state_dir / "dbt" / "definitions" / "run_results.json"

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with connect(self.settings, self.settings.database_path) as connection:
            yield connection

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            return connection.execute(sql).fetchall()

    def full_refresh_differences(self, *chosen: str) -> dict[str, int]:
        """Rows by table that the models hold now and a full refresh of the same raw rows does not, or the reverse; of
        the models that the arguments `chosen` name, or of all."""
        before = self.settings.database_path.with_name("incremental.duckdb")
        shutil.copy(self.settings.database_path, before)
        self.build_models("--full-refresh", *chosen)
        return self.differences(before)

    def differences(self, other: Path) -> dict[str, int]:
        """Rows by model table that only one of two database files holds, leaving out what tells of arrival."""
        found = {}
        with self.connection() as connection:
            connection.execute(f"attach '{other}' as other (read_only)")
            tables = connection.execute(
                """select schema_name, table_name, list(column_name order by column_index)
                from duckdb_columns() join duckdb_tables() using (database_name, schema_name, table_name)
                where database_name = 'other' and list_contains(?, schema_name) and not list_contains(?, column_name)
                and not list_contains(?, table_name)
                group by all order by all""",
                [list(MODEL_SCHEMAS), list(_OF_ARRIVAL), list(_BOOKKEEPING)],
            ).fetchall()
            assert len(tables) > 25, tables
            for schema, table, names in tables:
                columns = ", ".join(f'"{name}"' for name in names)
                one = f"select {columns} from {schema}.{table}"
                two = f"select {columns} from other.{schema}.{table}"
                row = connection.execute(
                    f"select count(*) from (({one} except all {two}) union all ({two} except all {one}))"
                ).fetchone()
                if row and row[0]:
                    found[f"{schema}.{table}"] = row[0]
        return found

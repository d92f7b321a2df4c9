"""dbt's command as a Dagster resource: each call has artifacts of its own."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster import AssetExecutionContext
from dagster_dbt import DbtCliInvocation, DbtCliResource
from packaging.version import Version

from orchestration import dbt
from orchestration.build import Build
from orchestration.settings import Settings

_KEPT_TARGETS = 20


class WarehouseDbt(DbtCliResource):
    """dbt's command line with the warehouse's environment and folders."""

    @property
    def _cli_version(self) -> Version:
        # `dbt --version` asks the package index for the newest release and takes seconds.
        return Version(importlib.metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        # The adapter would open the build file in this process; nothing here asks it for anything.
        return None

    def start(self, build: Build, context: AssetExecutionContext, settings: Settings) -> DbtCliInvocation:
        """Start dbt for the assets and checks selected in `context`; artifacts go to a folder of its own."""
        runs = settings.state_dir / "dbt" / "runs"
        _prune(runs)
        target = runs / f"{context.op_execution_context.op.name}-{context.run_id[:8]}-{uuid.uuid4().hex[:6]}"
        target.mkdir(parents=True)
        parsed = settings.state_dir / "dbt" / "definitions" / "partial_parse.msgpack"
        if parsed.exists():
            shutil.copy(parsed, target)
        with _environment(build.variables):
            return self.cli(build.arguments, context=context, target_path=target)


def build_dbt_resource() -> WarehouseDbt:
    """The resource for this project."""
    return WarehouseDbt(
        project_dir=str(dbt.PROJECT_DIR), profiles_dir=str(dbt.PROJECT_DIR), dbt_executable=dbt.dbt_executable()
    )


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables while dbt is started: DbtCliResource takes them from this process."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _prune(runs: Path) -> None:
    """Keep the artifacts of the last runs only: compiled SQL and logs add up."""
    if not runs.is_dir():
        return
    folders = sorted((path for path in runs.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime_ns)
    for folder in folders[: max(len(folders) - _KEPT_TARGETS, 0)]:
        shutil.rmtree(folder, ignore_errors=True)

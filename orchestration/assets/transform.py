"""The models: one step, run by the dbt command, with dbt's tests as asset checks.

A step is skipped whole when anything above it failed, so a run that goes on without a source has no failed step
above this one: see assets/ingest.py.
"""

import importlib
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from dagster import AssetCheckResult, AssetExecutionContext, AssetsDefinition, Failure, Output
from dagster_dbt import DbtCliInvocation, DbtProject, dbt_assets

from ingestion.lock import writer_lock
from orchestration.backfill import BackfillError
from orchestration.build import Build, BuildError, complete, is_done, prepare, with_one_thread
from orchestration.dbt import STEP, load_manifest, place_of
from orchestration.dbt_command import WarehouseDbt
from orchestration.dbt_results import failure_text
from orchestration.keys import DATES_TAG, UNCHANGED, WAREHOUSE_POOL
from orchestration.resources import TransformOptions, WarehouseResource
from orchestration.settings import Settings
from orchestration.translators import WarehouseTranslator


def build_transform_assets(project: DbtProject) -> AssetsDefinition:
    """All seeds and models of the project."""
    manifest = load_manifest(project.manifest_path)

    @dbt_assets(
        manifest=project.manifest_path,
        project=project,
        name=f"dbt_{STEP}",
        dagster_dbt_translator=WarehouseTranslator(),
        pool=WAREHOUSE_POOL,
    )
    def transform(
        context: AssetExecutionContext,
        warehouse: WarehouseResource,
        dbt: WarehouseDbt,
        transform_options: TransformOptions,
    ) -> Iterator[Any]:
        settings = warehouse.settings()
        # Whoever audits after this needs it, and its import takes as long as a small build.
        threading.Thread(target=_import_quietly, args=("great_expectations",), daemon=True).start()
        with writer_lock(settings):
            yield from _build(context, settings, dbt, transform_options, manifest)

    return transform


def _import_quietly(name: str) -> None:
    with suppress(ImportError):
        importlib.import_module(name)


def _build(
    context: AssetExecutionContext,
    settings: Settings,
    dbt: WarehouseDbt,
    options: TransformOptions,
    manifest: Mapping[str, Any],
) -> Iterator[Any]:
    """Run dbt for what is selected, record its results, and emit its events with numbers of rows."""
    if DATES_TAG in context.run.tags and not (options.start_date and options.end_date):
        raise Failure(
            "No dates to compute again: set start_date and end_date of the resource transform_options, "
            "see docs/runbook.md, 'Backfill'.",
            allow_retries=False,
        )
    try:
        build = prepare(
            settings,
            manifest,
            context.run_id,
            is_full=not _is_subset(context),
            full_refresh=options.full_refresh,
            start_date=options.start_date,
            end_date=options.end_date,
        )
    except (BackfillError, BuildError) as error:
        raise Failure(str(error), allow_retries=False) from error
    invocation, events, failure = _run_dbt(build, context, settings, dbt)
    results = _run_results(invocation)
    if failure is not None and (rest := with_one_thread(build, manifest, results)):
        invocation, later, failure = _run_dbt(rest, context, settings, dbt)
        results = [*results, *_run_results(invocation)]
        events = _last_by_check([*events, *later])
    rows, row_counts = complete(settings, manifest, build, results, has_succeeded=failure is None)
    names = {_output_name(manifest["nodes"][unique_id]): unique_id for unique_id in row_counts}
    yield from _standing(build, manifest, row_counts)
    for event in events:
        if isinstance(event, Output) and event.output_name in names:
            count = row_counts[names[event.output_name]]
            event = event.with_metadata({**event.metadata, "dagster/row_count": count})
        yield event
    if failure is not None:
        text = failure_text(rows, failure, invocation.target_path / "dbt.log")
        raise Failure(text, allow_retries=False) from failure


def _run_dbt(
    build: Build, context: AssetExecutionContext, settings: Settings, dbt: WarehouseDbt
) -> tuple[DbtCliInvocation, list[Any], Exception | None]:
    for note in build.notes:
        context.log.info(note)
    invocation = dbt.start(build, context, settings)
    events: list[Any] = []
    failure: Exception | None = None
    try:
        events.extend(invocation.stream())
    except Exception as error:
        failure = error
    finally:
        if invocation.process.poll() is None:
            invocation.process.terminate()
            invocation.process.wait()
    if failure is not None and invocation.process.returncode == -signal.SIGABRT and is_done(_run_results(invocation)):
        # DuckDB may abort a process that ends while threads of dbt still know a connection (duckdb 13904).
        context.log.warning("dbt was aborted when all of its work was done and written down.")
        failure = None
    return invocation, events, failure


def _last_by_check(events: Sequence[Any]) -> list[Any]:
    """Dagster takes one result of a check in a step."""
    last = {
        (event.asset_key, event.check_name): number
        for number, event in enumerate(events)
        if isinstance(event, AssetCheckResult)
    }
    return [
        event
        for number, event in enumerate(events)
        if not isinstance(event, AssetCheckResult) or last[event.asset_key, event.check_name] == number
    ]


def _standing(build: Build, manifest: Mapping[str, Any], row_counts: Mapping[str, int]) -> Iterator[Output[None]]:
    """What the build left out stands as it is: without an event of its own, all steps after it would be skipped."""
    nodes = manifest["nodes"]
    left_out = {
        name: set(nodes[name]["depends_on"].get("nodes", ())) for name in build.plan.left_out if place_of(nodes[name])
    }
    # Dagster takes no asset before those that it depends on.
    for unique_id in TopologicalSorter(left_out).static_order():
        if unique_id not in left_out:
            continue
        metadata: dict[str, Any] = {UNCHANGED: True}
        if unique_id in row_counts:
            metadata["dagster/row_count"] = row_counts[unique_id]
        yield Output(None, output_name=_output_name(nodes[unique_id]), metadata=metadata)


def _output_name(node: Mapping[str, Any]) -> str:
    return WarehouseTranslator().get_asset_key(node).to_python_identifier()


def _is_subset(context: AssetExecutionContext) -> bool:
    assets = context.assets_def
    return bool(
        assets.keys_by_output_name != assets.node_keys_by_output_name
        or assets.check_specs_by_output_name != assets.node_check_specs_by_output_name
    )


def _run_results(invocation: DbtCliInvocation) -> Sequence[Mapping[str, Any]]:
    with suppress(FileNotFoundError):
        results: Sequence[Mapping[str, Any]] = invocation.get_artifact("run_results.json")["results"]
        return results
    return ()


def project_at(project_dir: Path, manifest: Path) -> DbtProject:
    """The dbt project with a manifest outside of its folder."""
    return DbtProject(project_dir=project_dir, target_path=manifest.parent, profiles_dir=project_dir)

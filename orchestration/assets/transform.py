"""The models: one step, run by the dbt command, with dbt's tests as asset checks.

A step is skipped whole when anything above it failed, so a run that goes on without a source has no failed step
above this one: see assets/ingest.py.
"""

import importlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dagster import AssetExecutionContext, AssetsDefinition, Failure, Output
from dagster_dbt import DbtCliInvocation, DbtProject, dbt_assets

from ingestion.engine import connect
from ingestion.lock import writer_lock
from orchestration import records
from orchestration.backfill import mark_dates
from orchestration.dbt import STEP, load_manifest, place_of, relation_name
from orchestration.dbt_command import WarehouseDbt
from orchestration.keys import WAREHOUSE_POOL
from orchestration.records import CheckRow
from orchestration.resources import TransformOptions, WarehouseResource
from orchestration.settings import Settings
from orchestration.translators import WarehouseTranslator

TIMEZONE = "reporting_timezone"
_SKIPPED = "skipped: a check or model above it failed"


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
    is_full = not _is_subset(context)
    with connect(settings, settings.database_path) as connection:
        records.create_tables(connection)
        built_zone = records.read_build_setting(connection, STEP, TIMEZONE)
        zone_changed = built_zone is not None and built_zone != settings.reporting_timezone
        refresh = options.full_refresh or zone_changed
        if zone_changed and not is_full:
            raise Failure(
                f"REPORTING_TIMEZONE is {settings.reporting_timezone}, the models were built "
                f"with {built_zone or 'another zone'}: build all of them, with the job transform.",
                allow_retries=False,
            )
        # Tests look at the newest rows: those that did not pass last time would be out of sight.
        tests_all_rows = not records.has_passed(connection, "dbt", STEP)
        records.begin(connection, context.run_id, "dbt", STEP)
        if options.start_date or options.end_date:
            marked = mark_dates(connection, settings, manifest, options.start_date, options.end_date)
            context.log.info(f"Rows to compute again: {marked}")
        if refresh and is_full:
            # Unknown until the rebuild is complete: a rebuild that was killed is done again.
            records.write_build_setting(connection, STEP, TIMEZONE, "")
    if zone_changed:
        context.log.info(f"Reporting time zone {built_zone!r} -> {settings.reporting_timezone!r}: full refresh.")
    args = ["build", "--full-refresh"] if refresh else ["build"]
    invocation = dbt.start(args, context, settings, tests_all_rows=tests_all_rows)
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
    rows = _check_rows(_run_results(invocation), manifest)
    with connect(settings, settings.database_path) as connection:
        if rows or failure is None:
            records.finish(connection, context.run_id, "dbt", STEP, rows, is_full=is_full)
        if failure is None and is_full:
            records.write_build_setting(connection, STEP, TIMEZONE, settings.reporting_timezone)
        counts = _row_counts(connection, manifest)
    for event in events:
        if isinstance(event, Output) and event.output_name in counts:
            event = event.with_metadata({**event.metadata, "dagster/row_count": counts[event.output_name]})
        yield event
    if failure is not None:
        raise Failure(_failure_text(rows, invocation, failure), allow_retries=False) from failure


def _failure_text(rows: Sequence[CheckRow], invocation: DbtCliInvocation, failure: Exception) -> str:
    failed = [
        row
        for row in rows
        if row.status != "passed" and row.severity == "critical" and not row.observed.startswith(_SKIPPED)
    ]
    if isinstance(failure, KeyError):
        return f"dbt build: the project changed since it was loaded ({failure}): reload and run again."
    if not failed:
        return f"dbt build: {failure}"
    listed = "\n".join(f"  - {row.check_name}: {' '.join(row.observed.split())[:300]}" for row in failed[:10])
    more = f"\n  and {len(failed) - 10} more" if len(failed) > 10 else ""
    log = invocation.target_path / "dbt.log"
    return f"dbt build: {len(failed)} failed\n{listed}{more}\nLog: {log}"


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


def _check_rows(results: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]) -> list[CheckRow]:
    """dbt's tests as results, and a result for each model that could not be built."""
    rows = []
    for result in results:
        unique_id = result["unique_id"]
        kind = unique_id.split(".", 1)[0]
        node = manifest["nodes"].get(unique_id, {})
        status, message = result["status"], str(result.get("message") or "")
        if kind == "test":
            severity = str(node.get("config", {}).get("severity") or "error").lower()
            rows.append(
                CheckRow(
                    check_name=node.get("name", unique_id),
                    table_name=_tested_table(node, manifest),
                    severity="warning" if severity == "warn" else "critical",
                    status=_STATUS.get(status, "errored"),
                    observed=f"{result['failures']} rows" if result.get("failures") is not None else message,
                    expected="0 rows",
                )
            )
        elif kind == "unit_test" or status in ("success", "pass", "no-op"):
            continue
        elif status in ("error", "fail", "skipped", "partial success", "runtime error"):
            rows.append(
                CheckRow(
                    check_name=f"build_{node.get('name', unique_id)}",
                    table_name=_table(node) or STEP,
                    severity="critical",
                    status="errored",
                    observed=_SKIPPED if status == "skipped" else message,
                    expected="builds",
                )
            )
    return rows


_STATUS: dict[str, records.Status] = {"pass": "passed", "fail": "failed", "warn": "failed"}


def _tested_table(test: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    attached = test.get("attached_node") or next(iter(test.get("depends_on", {}).get("nodes", ())), "")
    return _table(manifest["nodes"].get(attached) or manifest["sources"].get(attached) or {})


def _table(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{relation_name(node)}" if node else ""


def _row_counts(connection: Any, manifest: Mapping[str, Any]) -> dict[str, int]:
    """Rows by output name of the domains' tables; views are left out, counting them is work."""
    known = set(
        connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        ).fetchall()
    )
    translator = WarehouseTranslator()
    counts = {}
    for node in manifest["nodes"].values():
        place = place_of(node)
        if place is None:
            continue
        schema, table = node["schema"], relation_name(node)
        if (schema, table) in known:
            row = connection.execute(f'select count(*) from "{schema}"."{table}"').fetchone()
            counts[translator.get_asset_key(node).to_python_identifier()] = int(row[0])
    return counts


def project_at(project_dir: Path, manifest: Path) -> DbtProject:
    """The dbt project with a manifest outside of its folder."""
    return DbtProject(project_dir=project_dir, target_path=manifest.parent, profiles_dir=project_dir)

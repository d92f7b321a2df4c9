"""The publication as an asset, and the outcome of a run that went on without a source."""

from collections.abc import Mapping, Sequence

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Failure,
    MaterializeResult,
    MetadataValue,
    asset,
)

from ingestion.engine import connect
from ingestion.lock import writer_lock
from orchestration.instance import living_runs
from orchestration.keys import OUTCOME_KEY, PUBLICATION_KEY, WAREHOUSE_POOL
from orchestration.publication import PublicationRefused, publish
from orchestration.records import Requirement
from orchestration.resources import WarehouseResource
from orchestration.run_log import RunSummary, save_runs, sources_before, summarize


def build_publication(
    published: Sequence[AssetKey], required: Sequence[Requirement], keys: Mapping[str, Sequence[str]]
) -> AssetsDefinition:
    """The asset publish/analytics.

    Args:
        published: the mart assets that readers get.
        required: suites without which nothing is published.
        keys: the columns that identify a row, by "schema.table".
    """

    @asset(
        key=PUBLICATION_KEY,
        deps=published,
        group_name="publish",
        pool=WAREHOUSE_POOL,
        kinds={"duckdb"},
        description="The database that analysts, reports and exports read: published/analytics.duckdb.",
    )
    def publication(context: AssetExecutionContext, warehouse: WarehouseResource) -> MaterializeResult[None]:
        settings = warehouse.settings()
        with writer_lock(settings):
            if settings.database_path.exists():
                with connect(settings, settings.database_path) as connection:
                    save_runs(connection, context.instance, context.run_id)
            try:
                done = publish(
                    settings,
                    required=required,
                    keep=warehouse.publish_keep(),
                    keys=keys,
                    on_step=context.log.debug,
                )
            except PublicationRefused as refused:
                beside = "".join(
                    f"\nRun {run.run_id} ({run.job_name}) goes on beside this one. A result that is older than the "
                    "models may be so because of it: its own checks and its publication follow."
                    for run in living_runs(context.instance, but=context.run_id)
                )
                raise Failure(f"{refused}{beside}", allow_retries=False) from refused
        return MaterializeResult(
            metadata={
                "path": MetadataValue.path(done.path),
                "tables": len(done.rows),
                "dagster/row_count": done.row_count,
                "size_bytes": done.size_bytes,
                "written": "whole" if done.is_whole else "changes",
                "duration_seconds": round(done.seconds, 3),
                "rows_by_table": MetadataValue.json(done.rows),
            }
        )

    return publication


def build_run_outcome(last: Sequence[AssetKey]) -> AssetsDefinition:
    """The asset publish/run_outcome, the last step: it fails the run if a source was not loaded.

    Args:
        last: assets after which nothing else is left to do.
    """

    @asset(
        key=OUTCOME_KEY,
        deps=last,
        # Beside what comes before it: groups that point at each other cannot be drawn one after the other.
        group_name="reports",
        description="Whether all sources of a run were loaded. A run that went on without one fails here.",
    )
    def run_outcome(context: AssetExecutionContext) -> MaterializeResult[None]:
        summary = summarize(context.instance, context.run_id)
        known = RunSummary({**sources_before(context.instance, context.run), **summary.sources})
        if failed := known.failed_sources:
            listed = "\n".join(f"  - {name}: {error}" for name, error in failed.items())
            raise Failure(
                f"Not loaded, so their figures stand as of their last load:\n{listed}\n"
                "The other sources were processed. See docs/runbook.md, 'A source does not load'.",
                allow_retries=False,
            )
        return MaterializeResult(metadata={"sources": MetadataValue.json(sorted(summary.sources))})

    return run_outcome

"""Raw tables: one step a source, made from the registry of sources. A new source changes nothing here."""

import time
from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    Backoff,
    Failure,
    Jitter,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    RetryRequested,
    multi_asset,
)

from ingestion.pipeline import LoadResult
from ingestion.registry import SourceSpec
from ingestion.settings import SettingsError
from orchestration.keys import CONTINUE_TAG, LEDGER_TABLES, LOAD_CHECK, WAREHOUSE_POOL, group, raw_key
from orchestration.resources import WarehouseResource

RETRY_POLICY = RetryPolicy(max_retries=2, delay=5, backoff=Backoff.EXPONENTIAL, jitter=Jitter.PLUS_MINUS)


def build_ingest_assets(spec: SourceSpec, retry_policy: RetryPolicy = RETRY_POLICY) -> AssetsDefinition:
    """Assets raw/<source>/<table> of one source, with the check `load_succeeded` on its data tables.

    A failed load is tried again with growing pauses. When it fails for good, a run that only loads this
    source fails at once; a run with CONTINUE_TAG emits the raw tables as they stand, with a failed check,
    so that nothing downstream is skipped, and fails at its end (see build_run_outcome in assets/publish.py).
    A step that raised would take every model of every domain with it that shares a step with this source's models.
    """
    tables = [resource.name for resource in spec.resources]
    assets = [
        AssetSpec(
            raw_key(spec.name, table),
            group_name=group("raw", spec.name),
            kinds={"dlt", "duckdb"},
            description=f"Table raw_{spec.name}.{'_dlt_loads' if table == 'loads' else table}.",
        )
        for table in (*tables, *LEDGER_TABLES)
    ]
    checks = [
        AssetCheckSpec(
            LOAD_CHECK, asset=raw_key(spec.name, table), description="The last load of the source succeeded."
        )
        for table in tables
    ]

    @multi_asset(
        name=f"load_{spec.name}",
        specs=assets,
        check_specs=checks,
        pool=WAREHOUSE_POOL,
    )
    def ingest(
        context: AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        started = time.monotonic()
        try:
            settings = warehouse.settings()
            result = spec.run(settings, context.log.info)
        except Exception as error:
            can_help = not isinstance(error, SettingsError)
            attempt = context.op_execution_context.retry_number + 1
            if can_help and attempt <= retry_policy.max_retries:
                # Asked for here: a step with a policy is run again after Ctrl-C and a signal to end as well.
                raise RetryRequested(retry_policy.max_retries, retry_policy.calculate_delay(attempt)) from error
            message = f"{spec.name} was not loaded: {error} Earlier loads stand."
            if context.run.tags.get(CONTINUE_TAG) != "true":
                raise Failure(message, allow_retries=False) from error
            context.log.error(message)
            for asset in assets:
                yield MaterializeResult(asset.key, metadata={"loaded": False})
            for check in checks:
                yield AssetCheckResult(
                    check_name=LOAD_CHECK,
                    asset_key=check.asset_key,
                    passed=False,
                    severity=AssetCheckSeverity.ERROR,
                    metadata={"source": spec.name, "error": str(error), "error_type": type(error).__name__},
                )
            return
        seconds = time.monotonic() - started
        for problem in result.problems:
            context.log.warning(problem)
        if result.set_aside:
            context.log.warning(f"Packages that could not be loaded were set aside: {result.set_aside}")
        for asset in assets:
            yield MaterializeResult(
                asset.key,
                metadata=_metadata(result, seconds) if asset is assets[0] else {"loaded": MetadataValue.bool(True)},
            )
        for check in checks:
            yield AssetCheckResult(
                check_name=LOAD_CHECK,
                asset_key=check.asset_key,
                passed=not result.set_aside and not result.problems,
                severity=AssetCheckSeverity.WARN,
                metadata={"source": spec.name, "set_aside": result.set_aside, "problems": result.problems},
            )

    return ingest


def _metadata(result: LoadResult, seconds: float) -> dict[str, MetadataValue]:
    return {
        "loaded": MetadataValue.bool(True),
        "source": MetadataValue.text(result.source),
        "status": MetadataValue.text(result.status),
        "files_read": MetadataValue.int(result.files_read),
        "rows_read": MetadataValue.int(result.rows_read),
        "rows_loaded": MetadataValue.int(result.rows_loaded),
        "rows_rejected": MetadataValue.int(result.rows_rejected),
        "rows_blank": MetadataValue.int(result.rows_blank),
        "load_ids": MetadataValue.json(result.load_ids),
        "duration_seconds": MetadataValue.float(round(seconds, 3)),
    }

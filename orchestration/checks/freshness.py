"""Freshness of the raw tables, from the times of the loads that brought data.

Dagster's own materializations say that a step ran, not that anything came in. A stale source is a warning:
the other domains are published all the same. A load time in the future, or one that cannot be read, is
critical: arrival orders everything downstream.
"""

from datetime import datetime, timedelta

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    multi_asset_check,
)

from ingestion.engine import connect
from ingestion.lock import writer_lock
from ingestion.registry import SourceSpec
from orchestration import records
from orchestration.keys import FRESHNESS_CHECK, WAREHOUSE_POOL, raw_key
from orchestration.records import CheckRow, utc_now
from orchestration.resources import WarehouseResource
from orchestration.settings import Settings

_CLOCK_TOLERANCE = timedelta(hours=1)


def build_freshness_checks(spec: SourceSpec) -> AssetChecksDefinition:
    """The check `is_fresh` on the source's ledger of files."""
    check = AssetCheckSpec(
        FRESHNESS_CHECK,
        asset=raw_key(spec.name, "files"),
        description=f"The newest load with data is at most {spec.freshness_hours} hours old.",
        # Blocking in Dagster's sense orders it before the models; only ERROR, never WARN, stops them.
        blocking=True,
    )

    @multi_asset_check(name=f"freshness_{spec.name}", specs=[check], pool=WAREHOUSE_POOL)
    def freshness(context: AssetCheckExecutionContext, warehouse: WarehouseResource) -> AssetCheckResult:
        found = check_freshness(warehouse.settings(), context.run.run_id, spec)
        return AssetCheckResult(
            passed=found.status == "passed",
            severity=AssetCheckSeverity.ERROR if found.severity == "critical" else AssetCheckSeverity.WARN,
            metadata={"observed": found.observed, "expected": found.expected},
        )

    return freshness


def check_freshness(settings: Settings, run_id: str, spec: SourceSpec) -> CheckRow:
    """Look up the newest load with data and record the result; where that raises, it stays recorded as errored."""
    with writer_lock(settings), connect(settings, settings.database_path) as connection:
        records.begin(connection, run_id, "freshness", spec.name)
        row = connection.execute(
            f"""
            select max(loads.inserted_at::timestamp)
            from raw_{spec.name}._dlt_loads as loads
            semi join raw_{spec.name}.files as files on files._dlt_load_id = loads.load_id
            where loads.status = 0
            """
        ).fetchone()
        found = judge(row[0] if row else None, utc_now(), spec)
        records.finish(connection, run_id, "freshness", spec.name, [found])
    return found


def judge(newest: datetime | None, now: datetime, spec: SourceSpec) -> CheckRow:
    """What the time of the newest load means (None: no data yet); times are UTC without a zone."""
    table = f"raw_{spec.name}.files"
    expected = f"at most {spec.freshness_hours} hours old"
    if newest is None:
        return CheckRow(FRESHNESS_CHECK, table, "warning", "passed", "no data yet", expected)
    age = now - newest
    if age < -_CLOCK_TOLERANCE:
        observed = f"newest load at {newest}, in the future"
        return CheckRow(FRESHNESS_CHECK, table, "critical", "failed", observed, expected)
    status: records.Status = "failed" if age > timedelta(hours=spec.freshness_hours) else "passed"
    hours = max(age, timedelta()) / timedelta(hours=1)
    observed = f"newest load at {newest:%Y-%m-%d %H:%M} UTC, {hours:.1f} hours old"
    return CheckRow(FRESHNESS_CHECK, table, "warning", status, observed, expected)

"""Great Expectations suites as asset checks: one step, after the models, before publishing.

All suites share the step, raw tables' too: loading the tool takes seconds, and so does opening and closing the
build file for each domain. Checks of marts that are critical block what is downstream; publishing also reads all
last results itself, because checks of Dagster do not hold across runs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    multi_asset_check,
)

from expectations import STAGES, Audit, CheckResult, list_checks
from orchestration.audit import all_suites, run
from orchestration.dbt import STEP, place_of, relation_name
from orchestration.keys import WAREHOUSE_POOL, model_key, raw_key
from orchestration.records import Requirement
from orchestration.resources import WarehouseResource


def requirements() -> list[Requirement]:
    """What publishing asks for: dbt's step, then all declared suites."""
    return [Requirement("dbt", STEP), *(Requirement("gx", suite, after=STEP) for suite in all_suites())]


def build_suite_checks(manifest: Mapping[str, Any]) -> AssetChecksDefinition:
    """The step of all declared checks; one of them, or those of an asset, can be chosen."""
    tables = _asset_keys(manifest)
    specs = {
        (check.suite, check.check_name): AssetCheckSpec(
            # dbt names its tests by itself; the same table may have one of that name.
            name=f"gx_{check.check_name}",
            asset=tables[check.table_name],
            description=check.description,
            blocking=stage == "marts" and check.severity == "critical",
            metadata={"suite": check.suite, "severity": check.severity},
        )
        for stage in STAGES
        for check in list_checks(stage)
    }

    @multi_asset_check(name="great_expectations", specs=list(specs.values()), can_subset=True, pool=WAREHOUSE_POOL)
    def audit(context: AssetCheckExecutionContext, warehouse: WarehouseResource) -> Iterator[AssetCheckResult]:
        selected = context.selected_asset_check_keys
        wanted = {key: spec for key, spec in specs.items() if spec.key in selected}
        suites = list(dict.fromkeys(suite for suite, _ in wanted))
        # A rebuild is audited whole; a night only where it brought something.
        extent: Audit = "all" if context.run.job_name == "full_refresh" else "new"
        for result in run(warehouse.settings(), context.run.run_id, suites, extent, manifest):
            spec = wanted.get((result.suite, result.check_name))
            if spec is not None:
                yield _event(spec, result)

    return audit


def _event(spec: AssetCheckSpec, result: CheckResult) -> AssetCheckResult:
    return AssetCheckResult(
        check_name=spec.name,
        asset_key=spec.asset_key,
        passed=result.status == "passed",
        severity=AssetCheckSeverity.ERROR if result.severity == "critical" else AssetCheckSeverity.WARN,
        metadata={
            "status": result.status,
            "observed": result.observed,
            "expected": result.expected,
            "executed": not result.is_standing,
        },
    )


class _AssetKeys(dict[str, AssetKey]):
    """Asset by "schema.table"; those of raw tables follow from their names."""

    def __missing__(self, table: str) -> AssetKey:
        schema, _, name = table.rpartition(".")
        if schema.startswith("raw_"):
            return raw_key(schema.removeprefix("raw_"), name.removeprefix("_dlt_"))
        # No such model: the definitions load all the same, and the check is an error when it runs.
        return model_key("marts", schema, name)


def _asset_keys(manifest: Mapping[str, Any]) -> Mapping[str, AssetKey]:
    keys = _AssetKeys()
    for node in manifest["nodes"].values():
        place = place_of(node)
        if place is not None:
            name = relation_name(node)
            keys[f"{node['schema']}.{name}"] = model_key(*place, name)
    return keys

"""Great Expectations suites as asset checks: one step a domain, after its models, before publishing.

A domain's raw and mart suites share a step, so that both run after the models: loading the tool takes
seconds, which pass while dbt works. Checks of marts that are critical block what is downstream; publishing
also reads all last results itself, because checks of Dagster do not hold across runs.
"""

from collections.abc import Iterator, Mapping, Sequence
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

from expectations import Audit, CheckResult, DeclaredCheck, Stage, list_checks
from orchestration.audit import STAGES, run, suites
from orchestration.dbt import STEP, place_of, relation_name
from orchestration.keys import WAREHOUSE_POOL, model_key, raw_key
from orchestration.records import Requirement
from orchestration.resources import WarehouseResource


def requirements() -> list[Requirement]:
    """What publishing asks for: dbt's step, then all declared suites."""
    return [Requirement("dbt", STEP), *(Requirement("gx", suite, after=STEP) for _, suite in suites())]


def build_suite_checks(manifest: Mapping[str, Any]) -> list[AssetChecksDefinition]:
    """One step a domain with all its declared checks."""
    tables = _asset_keys(manifest)
    by_domain: dict[str, list[tuple[Stage, DeclaredCheck]]] = {}
    for stage in STAGES:
        for check in list_checks(stage):
            by_domain.setdefault(check.suite.removeprefix("raw_"), []).append((stage, check))
    staged = _staging_keys(manifest)
    return [
        _build_step(domain, members, tables, staged.get(domain, []), manifest) for domain, members in by_domain.items()
    ]


def _build_step(
    domain: str,
    members: Sequence[tuple[Stage, DeclaredCheck]],
    tables: Mapping[str, AssetKey],
    staged: Sequence[AssetKey],
    manifest: Mapping[str, Any],
) -> AssetChecksDefinition:
    # Raw checks wait for the marts of the domain, like those of the marts; a source without marts has staging models.
    marts = sorted({tables[check.table_name] for stage, check in members if stage == "marts"}) or staged
    specs = {
        (check.suite, check.check_name): AssetCheckSpec(
            # dbt names its tests by itself; the same table may have one of that name.
            name=f"gx_{check.check_name}",
            asset=tables[check.table_name],
            description=check.description,
            additional_deps=[key for key in marts if key != tables[check.table_name]] if stage == "raw" else None,
            blocking=stage == "marts" and check.severity == "critical",
            metadata={"suite": check.suite, "severity": check.severity},
        )
        for stage, check in members
    }
    stages = {check.suite: stage for stage, check in members}

    @multi_asset_check(name=f"gx_{domain}", specs=list(specs.values()), can_subset=True, pool=WAREHOUSE_POOL)
    def audit(context: AssetCheckExecutionContext, warehouse: WarehouseResource) -> Iterator[AssetCheckResult]:
        settings = warehouse.settings()
        selected = context.selected_asset_check_keys
        wanted = {key: spec for key, spec in specs.items() if spec.key in selected}
        chosen = [(stage, suite) for suite, stage in stages.items() if any(key[0] == suite for key in wanted)]
        # A rebuild is audited whole; a night only where it brought something.
        extent: Audit = "all" if context.run.job_name == "full_refresh" else "new"
        for result in run(settings, context.run.run_id, chosen, extent, manifest):
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


def _staging_keys(manifest: Mapping[str, Any]) -> dict[str, list[AssetKey]]:
    """Staging models by source."""
    found: dict[str, list[AssetKey]] = {}
    for node in manifest["nodes"].values():
        place = place_of(node)
        if place is not None and place[0] == "staging":
            found.setdefault(place[1], []).append(model_key(*place, relation_name(node)))
    return {source: sorted(keys) for source, keys in found.items()}


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

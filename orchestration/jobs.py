"""Jobs. Everything runs in one process a run: the steps follow each other anyway (one writer)."""

from __future__ import annotations

import operator
from functools import reduce

from dagster import AssetCheckKey, AssetSelection, define_asset_job
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from ingestion.registry import SOURCES
from orchestration.keys import (
    ACCOUNTS_KEY,
    BUILDS_TAG,
    CADENCE_TAG,
    CONTINUE_TAG,
    DATES_TAG,
    EXPORTS_KEY,
    LOAD_CHECK,
    MODEL_LAYERS,
    PUBLICATION_KEY,
    SOURCE_TAG,
    raw_key,
    report_key,
)
from orchestration.waiting import wait_calmly
from reports.registry import REPORTS

wait_calmly()


def _load_checks(source: str) -> AssetSelection:
    return AssetSelection.checks(
        *(AssetCheckKey(raw_key(source, resource.name), LOAD_CHECK) for resource in SOURCES[source].resources)
    )


# A load's own check is a result of the load; all others can run without it.
_CHECKS = reduce(operator.sub, map(_load_checks, SOURCES), AssetSelection.all_asset_checks())
_MODELS = AssetSelection.key_prefixes(*([layer] for layer in MODEL_LAYERS)) | _CHECKS
_OUTPUT = AssetSelection.assets(
    PUBLICATION_KEY, ACCOUNTS_KEY, EXPORTS_KEY, *(report_key(report.slug) for report in REPORTS)
)
_EVERYTHING = AssetSelection.all() | AssetSelection.all_asset_checks()

INGEST_JOBS: dict[str, UnresolvedAssetJobDefinition] = {
    name: define_asset_job(
        f"ingest_{name}",
        AssetSelection.key_prefixes(["raw", name]).without_checks() | _load_checks(name),
        description=f"Loads what is new of {name}. Fails when the source fails.",
        tags={SOURCE_TAG: name, CADENCE_TAG: "on demand"},
    )
    for name in SOURCES
}
TRANSFORM = define_asset_job(
    "transform",
    _MODELS,
    description="Builds the models from what is loaded, tests and audits them.",
    tags={BUILDS_TAG: "true", CADENCE_TAG: "on demand"},
)
PUBLISH = define_asset_job(
    "publish",
    _OUTPUT,
    description="Publishes the marts if their last checks allow it; then the site and the exports.",
    tags={BUILDS_TAG: "true", CADENCE_TAG: "on demand"},
)
NIGHTLY = define_asset_job(
    "nightly",
    _EVERYTHING,
    description="Ingest, transform, audit, publish, report and export. Goes on without a source that fails.",
    tags={BUILDS_TAG: "true", CONTINUE_TAG: "true", CADENCE_TAG: "nightly"},
)
HOURLY = define_asset_job(
    "hourly",
    _EVERYTHING - AssetSelection.assets(EXPORTS_KEY),
    description="As nightly, without the exports: small batches through the day.",
    tags={BUILDS_TAG: "true", CONTINUE_TAG: "true", CADENCE_TAG: "hourly"},
)
FULL_REFRESH = define_asset_job(
    "full_refresh",
    _EVERYTHING,
    description="As nightly, with every model built again from the raw tables.",
    config={"resources": {"transform_options": {"config": {"full_refresh": True}}}},
    tags={BUILDS_TAG: "true", CONTINUE_TAG: "true", CADENCE_TAG: "on demand"},
)
BACKFILL = define_asset_job(
    "backfill",
    _MODELS | _OUTPUT,
    description=(
        "Computes a range of dates again and publishes: set start_date and end_date (YYYY-MM-DD, reporting "
        "time zone) of the resource transform_options in the launchpad."
    ),
    tags={BUILDS_TAG: "true", DATES_TAG: "true", CADENCE_TAG: "on demand"},
)
JOBS = [*INGEST_JOBS.values(), TRANSFORM, PUBLISH, NIGHTLY, HOURLY, FULL_REFRESH, BACKFILL]

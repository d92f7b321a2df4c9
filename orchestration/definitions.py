"""Everything Dagster knows of the warehouse. Loads without any environment; reads only dbt's manifest."""

from __future__ import annotations

import os

from dagster import Definitions, in_process_executor

from ingestion.registry import SOURCES
from orchestration.assets.accounts import accounts
from orchestration.assets.ingest import build_ingest_assets
from orchestration.assets.ops import OPS_TABLES
from orchestration.assets.publish import build_publication, build_run_outcome
from orchestration.assets.reports import REPORT_ASSETS
from orchestration.assets.transform import build_transform_assets, project_at
from orchestration.checks.freshness import build_freshness_checks
from orchestration.checks.suites import build_suite_checks, requirements
from orchestration.dbt import PROJECT_DIR, ensure_manifest, load_manifest, unique_keys
from orchestration.dbt_command import build_dbt_resource
from orchestration.jobs import JOBS
from orchestration.resources import TransformOptions, WarehouseResource
from orchestration.schedules import SCHEDULES
from orchestration.sensors import SENSORS
from orchestration.settings import Settings

_manifest_path = ensure_manifest(Settings.from_env(os.environ))
_manifest = load_manifest(_manifest_path)
_models = build_transform_assets(project_at(PROJECT_DIR, _manifest_path))
_marts = sorted(key for key in _models.keys if key.path[0] == "marts")

defs = Definitions.merge(
    Definitions(
        assets=[
            *(build_ingest_assets(spec) for spec in SOURCES.values()),
            *OPS_TABLES,
            _models,
            build_publication(_marts, requirements(), unique_keys(_manifest)),
            accounts,
            *REPORT_ASSETS,
            build_run_outcome([key for asset in REPORT_ASSETS for key in asset.keys]),
        ],
        asset_checks=[
            build_suite_checks(_manifest),
            *(build_freshness_checks(spec) for spec in SOURCES.values()),
        ],
    ),
    Definitions(
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=SENSORS,
        resources={
            "warehouse": WarehouseResource(),
            "dbt": build_dbt_resource(),
            "transform_options": TransformOptions(),
        },
        executor=in_process_executor,
    ),
)

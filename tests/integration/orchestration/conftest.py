"""One look at the loaded definitions, shared: loading them takes seconds, and needs a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.shared import made_once

ROOT = Path(__file__).resolve().parents[3]

DESCRIBE = """
import json, warnings
warnings.filterwarnings("ignore")
from orchestration.definitions import defs
from orchestration.definitions import _manifest as manifest
from ingestion.registry import SOURCES
repository = defs.get_repository_def()
graph = repository.asset_graph
name = lambda key: key.to_user_string()
described = {
    "sources": {spec.name: [table.name for table in spec.resources] for spec in SOURCES.values()},
    "assets": {
        name(key): {
            "group": graph.get(key).group_name,
            "parents": sorted(name(parent) for parent in graph.get(key).parent_keys),
            "external": graph.get(key).is_external,
        }
        for key in graph.get_all_asset_keys()
    },
    "checks": {
        f"{name(key.asset_key)}:{key.name}": graph.get(key).blocking for key in graph.asset_check_keys
    },
    "undescribed": [
        *(name(spec.key) for spec in defs.resolve_all_asset_specs() if not spec.description),
        *(
            spec.get_python_identifier()
            for assets in defs.resolve_asset_graph().assets_defs
            for spec in assets.check_specs
            if not spec.description
        ),
    ],
    "pools": {
        node.name: sorted(node.pools) for node in repository.get_job("nightly").nodes if hasattr(node, "pools")
    } or {op.name: op.pool for op in repository.get_job("nightly").all_node_defs if hasattr(op, "pool")},
    "jobs": {
        job.name: {
            "assets": sorted(name(key) for key in job.asset_layer.selected_asset_keys),
            "checks": len(job.asset_layer.asset_check_keys) if hasattr(job.asset_layer, "asset_check_keys") else None,
            "ops": sorted(node.name for node in job.nodes),
            "tags": dict(job.tags),
            "executor": job.executor_def.name,
        }
        for job in repository.get_all_jobs()
        if not job.name.startswith("__")
    },
    "schedules": {
        schedule.name: [schedule.cron_schedule, schedule.execution_timezone, schedule.job_name]
        for schedule in repository.schedule_defs
    },
    "sensors": {sensor.name: sensor.job_name if sensor.targets else None for sensor in repository.sensor_defs},
    "models": sorted(
        node["unique_id"] for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")
    ),
    "dbt_tests": sorted(n["name"] for n in manifest["nodes"].values() if n["resource_type"] == "test"),
    "dbt_sources": sorted(f"{s['source_name']}.{s['name']}" for s in manifest["sources"].values()),
    "marts": sorted(
        f"marts/{node['fqn'][2]}/{node['alias']}"
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    ),
}
print("\\n" + json.dumps(described))
"""


@pytest.fixture(scope="session")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Facts of the definitions as loaded by a process with an empty environment, in an empty folder."""

    def make(folder: Path) -> None:
        (folder / "described.json").write_text(json.dumps(_describe(tmp_path_factory.mktemp("empty"))))

    cache = made_once(tmp_path_factory, "described", make) / "described.json"
    facts: dict[str, Any] = json.loads(cache.read_text())
    return facts


def _describe(folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{DESCRIBE}"],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    facts["folder"] = str(folder)
    return facts

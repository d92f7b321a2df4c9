"""The dbt project: its environment, its manifest and how it falls into domains.

dbt runs as a subprocess only: in this process it would keep the build file open between steps. Nothing here
imports Dagster, whose import takes longer than many a build; see dbt_command.py.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ingestion.settings import all_variables
from orchestration.settings import Settings

PROJECT_DIR = Path(__file__).resolve().parents[1] / "dbt_project"
# All models are one step: dbt goes on with what does not depend on a model that failed, and its start costs seconds.
STEP = "models"
LAYERS = ("staging", "intermediate", "marts")
_TWO_MODELS_KIB = 4 * 1024**2
# Variables of the project whose changes need no rebuild: each definition of behaviour has a key of its own, and looks
# at streams lie this far apart from now on, which changes nothing about those of before.
_SHAPES_NO_OLD_ROWS = {"behavior", "stream_sampling_seconds"}
_BY_BATCH = {
    f"macro.audience_warehouse.{name}"
    for name in ("last_batch_id", "next_batch_id", "behavior_events", "last_dwell_batch_id")
}
_VERSIONS = ("dbt-core", "dbt-duckdb", "duckdb")
_ENV_VAR = re.compile(rb"""env_var\(\s*["'](\w+)""")
_IGNORED_FOLDERS = {"target", "logs", "dbt_packages"}


class ManifestError(RuntimeError):
    """`dbt parse` failed: the models, their YAML or the profile hold an error."""


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Environment variables that the dbt project reads."""
    state = settings.state_dir / "dbt"
    return {
        "DBT_DUCKDB_PATH": str(settings.database_path),
        "DUCKDB_TEMP_DIRECTORY": str(settings.state_dir / "spill"),
        "DUCKDB_MEMORY_LIMIT": settings.duckdb_memory_limit or "",
        "DUCKDB_THREADS": str(settings.duckdb_threads or ""),
        "DBT_MODEL_THREADS": str(_model_threads(settings)),
        "REPORTING_TIMEZONE": settings.reporting_timezone,
        "WAREHOUSE_DIR": str(settings.warehouse_dir),
        "DBT_TARGET_PATH": str(state / "definitions"),
        "DBT_LOG_PATH": str(state / "logs"),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # A test over two domains runs with the later one and not before its tables exist.
        "DBT_INDIRECT_SELECTION": "buildable",
    }


def shaping_values(settings: Settings) -> dict[str, str]:
    """What rows that are built already depend on: values by environment variable, or by vars.<name> of the project."""
    values = {one.name: os.environ.get(one.name, "").strip() or one.default for one in all_variables() if one.shapes}
    values |= {"REPORTING_TIMEZONE": settings.reporting_timezone}
    return values | {
        f"vars.{name}": json.dumps(value, sort_keys=True, default=str)
        for name, value in _project_variables().items()
        if name not in _SHAPES_NO_OLD_ROWS
    }


def minimum_people() -> int:
    """Fewest people of whom aggregates, and pages of the site, give figures: see docs/behavior.md."""
    return int((_project_variables().get("behavior") or {}).get("minimum_people") or 5)


def _project_variables() -> dict[str, Any]:
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    return project.get("vars") or {}


def _model_threads(settings: Settings) -> int:
    """How many models build at once: two large ones beside each other do not fit a small memory limit."""
    match = re.fullmatch(r"(?i)([\d.]+)\s*([KMGT])i?B", settings.duckdb_memory_limit or "")
    if match is None:
        return 2
    return 2 if float(match[1]) * 1024 ** "KMGT".index(match[2].upper()) >= _TWO_MODELS_KIB else 1


def dbt_executable() -> str:
    """The dbt command of this Python environment, also when that is not activated."""
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else "dbt"


def ensure_manifest(settings: Settings) -> Path:
    """Path of a manifest of the project as it is now; runs `dbt parse` where it is missing or stale.

    Raises:
        ManifestError: with dbt's own messages.
    """
    folder = settings.state_dir / "dbt" / "definitions"
    folder.mkdir(parents=True, exist_ok=True)
    manifest, stamp = folder / "manifest.json", folder / "fingerprint"
    # Web server, daemon and code server load the definitions at the same time.
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fingerprint_now = fingerprint(settings)
        if stamp.exists() and stamp.read_text() == f"{fingerprint_now} {_state_of(manifest)}":
            return manifest
        stamp.unlink(missing_ok=True)
        done = subprocess.run(
            # Partial parsing misses a macro that joins a list (macros/engine/contributions.sql).
            [dbt_executable(), "--no-use-colors", "parse", "--no-partial-parse"],
            cwd=PROJECT_DIR,
            env={**os.environ, **dbt_environment(settings), "DBT_PROJECT_DIR": str(PROJECT_DIR)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or not manifest.exists():
            raise ManifestError(f"dbt parse failed in {PROJECT_DIR}:\n{done.stdout}{done.stderr}".rstrip())
        stamp.write_text(f"{fingerprint_now} {_state_of(manifest)}")
    return manifest


def _state_of(path: Path) -> str:
    """Changes with a file, so that one that was cut off is not taken for the one that was written."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return "missing"
    return f"{status.st_size} {status.st_mtime_ns}"


def fingerprint(settings: Settings) -> str:
    """Changes with any file of the project, the versions of dbt and DuckDB, and the environment that they read."""
    state, variables = project_state()
    environment = {name: value for name, value in os.environ.items() if name in variables or name.startswith("DBT_")}
    values = json.dumps({**environment, **dbt_environment(settings)}, sort_keys=True)
    return hashlib.sha256(f"{state}\n{values}".encode()).hexdigest()


def project_state() -> tuple[str, set[str]]:
    """A hash of the project's files and of the versions of dbt and DuckDB; the environment variables that it reads."""
    digest = hashlib.sha256()
    for package in _VERSIONS:
        digest.update(f"{package}|{importlib.metadata.version(package)}\n".encode())
    variables: set[str] = set()
    for path in sorted(PROJECT_DIR.rglob("*")):
        if _IGNORED_FOLDERS & set(path.relative_to(PROJECT_DIR).parts) or not path.is_file():
            continue
        content = path.read_bytes()
        variables.update(name.decode() for name in _ENV_VAR.findall(content))
        digest.update(f"{path.relative_to(PROJECT_DIR)}|{hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest(), variables


def load_manifest(path: Path) -> dict[str, Any]:
    """The manifest as dbt wrote it."""
    manifest: dict[str, Any] = json.loads(path.read_bytes())
    return manifest


def place_of(node: Mapping[str, Any]) -> tuple[str, str] | None:
    """(layer, domain) of a model or seed from its folder; None for other nodes.

    models/<layer>/<domain>/..., seeds/<domain>/... and seeds/<domain>__<name>.csv.
    """
    folders = Path(node["original_file_path"]).parts
    if node["resource_type"] == "model":
        if len(folders) < 4 or folders[1] not in LAYERS:
            raise ManifestError(f"{node['original_file_path']} is not in models/<layer>/<domain>/")
        return folders[1], folders[2]
    if node["resource_type"] == "seed":
        return "seeds", folders[1] if len(folders) > 2 else re.split(r"__|\.", folders[1])[0]
    return None


def relation_name(node: Mapping[str, Any]) -> str:
    """Name of a model, seed or source in the database; two domains may each have a dim_users."""
    return str(node.get("alias") or node.get("identifier") or node["name"])


def unique_keys(manifest: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """ "schema.table" -> the columns that identify a row, of the models that give rows written again a new batch.

    Those are the ones that ask macros/incremental or behavior for the last batch, which also notes when they are built
    anew.
    """
    tested = {
        node["attached_node"]: node["test_metadata"]["kwargs"]["columns"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "key"
    }
    found = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model" or not _BY_BATCH & set(node["depends_on"]["macros"]):
            continue
        # A model that deletes and appends by itself has no unique_key; its test says what identifies a row.
        key = node["config"].get("unique_key") or tested.get(node["unique_id"])
        if key:
            found[f"{node['schema']}.{relation_name(node)}"] = (key,) if isinstance(key, str) else tuple(key)
    return found

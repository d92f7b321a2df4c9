"""docs/adding-a-source.md, followed to the letter in a copy of the repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from scripts.documents import ROOT
from tests.integration.guide.guide import apply

LINES = """\
{"ratingId": "r1", "userId": "ann", "stars": 5, "timestamp": "2026-03-01T10:00:00Z"}
{"ratingId": "r2", "userId": "bob", "stars": 2, "timestamp": "2026-03-01T23:30:00-02:00"}
{"ratingId": "r1", "userId": "ann", "stars": 5, "timestamp": "2026-03-01T10:00:00Z"}
{"ratingId": "r3", "stars": "4", "timestamp": "2026-03-01T10:00:00Z"}
{"ratingId": "r4", "stars": 4, "timestamp": "yesterday"}
{"ratingId": "r5", "stars": 4}

no JSON, by ann@example.org
"""
BUILD = """
import os, subprocess
from ingestion.engine import connect
from ingestion.settings import Settings
from orchestration.dbt import PROJECT_DIR, dbt_environment, dbt_executable
from orchestration.records import create_tables

settings = Settings.from_env(os.environ)
with connect(settings, settings.database_path) as connection:
    create_tables(connection)
folders = [f"path:models/{layer}/ratings" for layer in ("staging", "marts")]
command = [dbt_executable(), "build", "--select", *folders, "--project-dir", str(PROJECT_DIR)]
subprocess.run(command, env=os.environ | dbt_environment(settings), check=True)
with connect(settings, settings.database_path, read_only=True) as connection:
    print("RESULT", connection.execute("select reason_code from raw_ratings.rejects order by line_number").fetchall())
    for row in connection.execute("select * exclude loaded_at from ratings.agg_ratings_daily order by all").fetchall():
        print("RESULT", *row)
"""
CHECKS = """
import os
from expectations import run_suites
from ingestion.settings import Settings

settings = Settings.from_env(os.environ)
for stage, suite in (("raw", "raw_ratings"), ("marts", "ratings")):
    for result in run_suites(settings.database_path, stage=stage, suites=[suite]):
        if result.status != "passed":
            print("RESULT", result.severity, result.status, result.check_name, result.observed)
"""
JOBS = """
from orchestration.definitions import defs

print("RESULT", sorted(job.name for job in defs.resolve_all_job_defs() if "ratings" in job.name))
print("RESULT", sorted(key.to_user_string() for key in defs.resolve_all_asset_keys() if "ratings" in key.path))
"""
PAGE = """
import os
from reports.database import open_published, published_tables, run_query
from reports.registry import REPORTS
from ingestion.settings import Settings

(report,) = (report for report in REPORTS if report.slug == "ratings")
with open_published(Settings.from_env(os.environ).database_path) as connection:
    available = published_tables(connection)
    scope = run_query(connection, "ratings/scope", {"today": "2026-03-03"}, available).first
    parameters = {"month_from": scope["through_date"], "through_date": scope["through_date"]}
    for query in report.queries:
        for row in run_query(connection, query, parameters, available).rows:
            print("RESULT", *row.values())
"""


def test_what_the_guide_says_passes_make_lint(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    for folder in ("ingestion", "expectations", "reports", "dbt_project"):
        ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
        shutil.copytree(ROOT / folder, repository / folder, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", repository)
    written = apply((ROOT / "docs/adding-a-source.md").read_text(), repository)
    python = [path for path in written if path.endswith(".py")]
    models = [path for path in written if path.startswith("dbt_project/") and path.endswith(".sql")]
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["sqlfmt", "--check", "--quiet"]):
        paths = models if command[0] == "sqlfmt" else python
        tool = str(Path(sys.executable).with_name(command[0]))
        done = subprocess.run([tool, *command[1:], *paths], cwd=repository, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_guide_adds_a_source_that_loads_builds_and_passes_its_checks(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    for folder in ("ingestion", "orchestration", "expectations", "reports", "dbt_project"):
        ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
        shutil.copytree(ROOT / folder, repository / folder, ignore=ignored)
    shutil.copy(ROOT / "dagster.yaml", repository)
    apply((ROOT / "docs/adding-a-source.md").read_text(), repository)
    landing = tmp_path / "landing" / "ratings"
    landing.mkdir(parents=True)
    (landing / "ratings.jsonl").write_text(LINES)
    environment = {
        "PATH": "/usr/bin:/bin",
        "WAREHOUSE_DIR": str(tmp_path / "warehouse"),
        "LANDING_DIR": str(landing.parent),
    }

    def run(*arguments: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *arguments],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        results = [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        return results or done.stdout.splitlines()

    assert run("-m", "ingestion.ratings") == ["ratings: loaded; files 1, lines 8, loaded 3, rejected 4, blank 1"]
    # First: dbt goes on from what it parses for them.
    jobs, assets = run("-c", JOBS)
    assert jobs == "['ingest_ratings']"
    for asset in ("staging/ratings/stg_ratings__ratings", "marts/ratings/agg_ratings_daily", "reports/ratings"):
        assert f"'{asset}'" in assets
    assert run("-c", BUILD) == [
        "[('wrong_type',), ('invalid_timestamp',), ('missing_field',), ('invalid_json',)]",
        "2026-03-01 1 1 5 5.0 1",
        "2026-03-02 1 1 2 2.0 1",
    ]
    # Half of eight lines are broken on purpose.
    assert run("-c", CHECKS) == ["warning failed rejects_share_of_newest_load 0.571429"]
    (landing / "late.jsonl").write_text(
        '{"ratingId": "r9", "userId": "eve", "stars": 1, "timestamp": "2026-03-01T23:59:59Z"}\n'
    )
    run("-m", "ingestion.ratings")
    assert run("-c", BUILD)[-2:] == ["2026-03-01 2 2 6 3.0 2", "2026-03-02 1 1 2 2.0 1"]
    assert run("-c", PAGE) == ["2026-03-02 1 2.0"]

"""What is in the repository and what must not be: locks, telemetry, names of machines."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import settings_file
from scripts.documents import ROOT

LOCKS = ("requirements.lock", "requirements-test.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked(name: str) -> dict[str, list[tuple[Requirement, list[str]]]]:
    """Package -> its requirements in the lock, each with its hashes."""
    found: dict[str, list[tuple[Requirement, list[str]]]] = {}
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(), flags=re.M)
    for entry in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", entry.strip())
        parsed = Requirement(requirement)
        found.setdefault(canonicalize_name(parsed.name), []).append((parsed, hashes))
    return found


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def texts() -> dict[str, str]:
    """Tracked text files by their path."""
    found = {}
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            found[str(path.relative_to(ROOT))] = content.decode("utf-8", "replace")
    return found


@pytest.mark.parametrize(("lock", "size"), [*((lock, 100) for lock in LOCKS), ("requirements-next.lock", 1)])
def test_every_package_of_a_lock_is_pinned_and_hashed(lock: str, size: int) -> None:
    packages = locked(lock)
    assert len(packages) >= size
    for entries in packages.values():
        for requirement, hashes in entries:
            assert [specifier.operator for specifier in requirement.specifier] == ["=="], requirement
            assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), requirement


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("requirements.lock", PROJECT["dependencies"]),
        ("requirements-test.lock", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]),
    ],
)
def test_a_lock_holds_what_the_project_asks_for(lock: str, requirements: list[str]) -> None:
    packages = locked(lock)
    for wanted in map(Requirement, requirements):
        found = packages.get(canonicalize_name(wanted.name), [])
        versions = [next(iter(requirement.specifier)).version for requirement, _ in found]
        assert versions and all(wanted.specifier.contains(version) for version in versions), wanted


def test_what_is_imported_is_asked_for_by_its_name() -> None:
    """What only another package asks for may be gone with its next version."""
    asked = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]}
    own = {"ingestion", "orchestration", "expectations", "reports"}
    imported: set[str] = set()
    for package in own:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    imported.update(alias.name.split(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    imported.add(node.module.split(".")[0])
    providers = importlib.metadata.packages_distributions()
    others = imported - own - sys.stdlib_module_names
    assert "dlt" in others
    assert [name for name in sorted(others) if not asked & set(map(canonicalize_name, providers[name]))] == []


def test_tests_run_on_the_versions_that_users_run() -> None:
    run, test = (locked(lock) for lock in LOCKS)
    for name, entries in run.items():
        assert [(str(r), h) for r, h in test.get(name, [])] == [(str(r), h) for r, h in entries], name


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_file(lock: str) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted|/", (ROOT / lock).read_text())


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    # Written in pieces, so that this file does not hold them.
    forbidden = {
        "package index": r"(pypi|pythonhosted|files\.python|registry\.npm|npmjs|anaconda|conda-forge)\.(org|com|io)",
        "place on one machine": r"(?<![\w.$}/-])/(" + "|".join(("root", "work", "workspace", "Users")) + r")/[\w.-]+",
        "private address": r"\b(10\.\d+|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d+\.\d+:\d+",
    }
    found = [
        f"{name}: {what}: {match[0]}"
        for name, text in texts().items()
        if not name.startswith(("tests/fixtures/", "reports/static/"))
        for what, pattern in forbidden.items()
        for match in re.finditer(pattern, text)
    ]
    assert found == []


def test_no_file_holds_a_secret() -> None:
    pattern = r"-----BEGIN [A-Z ]*PRIVATE KEY|\b(sk-ant-|ghp_|xox[bp]-|AKIA)[A-Za-z0-9_-]{16,}"
    fixtures = ("tests/",)
    assert [n for n, text in texts().items() if not n.startswith(fixtures) and re.search(pattern, text)] == []


def test_what_a_run_writes_is_not_tracked() -> None:
    names = [str(path.relative_to(ROOT)) for path in tracked()]
    assert [n for n in names if n.startswith(("var/", ".venv/")) or n == ".env" or n.endswith(".duckdb")] == []


def test_telemetry_is_off_in_all_four_tools() -> None:
    dagster = yaml.safe_load((ROOT / "dagster.yaml").read_text())
    assert dagster["telemetry"] == dagster["nux"] == {"enabled": False}
    dbt = yaml.safe_load((ROOT / "dbt_project/dbt_project.yml").read_text())
    assert dbt["flags"]["send_anonymous_usage_stats"] is False
    for path, variable in (
        ("ingestion/pipeline.py", "RUNTIME__DLTHUB_TELEMETRY"),
        ("expectations/validation.py", "GX_ANALYTICS_ENABLED"),
    ):
        text = (ROOT / path).read_text()
        off = re.search(rf'{variable}"(\] = |, )"false"', text)
        # Both read their variable at import.
        library = re.search(r"^\s*(import|from) (dlt|great_expectations)\b", text, re.M)
        assert off and library and off.start() < library.start(), path


def test_dlt_believes_it() -> None:
    code = (
        "import ingestion.pipeline\n"
        "from dlt.common.configuration import resolve\n"
        "from dlt.common.configuration.specs import RuntimeConfiguration\n"
        "print(resolve.resolve_configuration(RuntimeConfiguration()).dlthub_telemetry)\n"
    )
    python = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(python, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["False"], done.stderr[-2000:]


def test_the_sources_are_imported_without_a_word() -> None:
    """Warnings of libraries would stand before the answers of `make sql` and the results of each load."""
    python = [sys.executable, "-c", "import ingestion.registry"]
    done = subprocess.run(python, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_make_dev_starts_nothing_with_a_setting_that_cannot_be_used(tmp_path: Path) -> None:
    """Without a home Dagster keeps its record of runs in a folder that it removes when it ends."""
    binaries = tmp_path / "venv" / "bin"
    binaries.mkdir(parents=True)
    for name, command in {"python": f'exec "{sys.executable}" "$@"', "dagster": 'echo "home $DAGSTER_HOME"'}.items():
        (binaries / name).write_text(f"#!/bin/sh\n{command}\n")
        (binaries / name).chmod(0o755)
    (tmp_path / "venv" / ".installed").touch()
    make = ["make", "dev", f"VENV={tmp_path}/venv", "WITH_SETTINGS="]
    for zone, home in {"UTC": f"home {tmp_path}/wh/state/dagster\n", "Mars": ""}.items():
        env = {"PATH": "/usr/bin:/bin", "WAREHOUSE_DIR": f"{tmp_path}/wh", "REPORTING_TIMEZONE": zone}
        done = subprocess.run(make, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert (done.returncode == 0, done.stdout) == (bool(home), home), done.stderr
        assert "Traceback" not in done.stderr
    assert "REPORTING_TIMEZONE='Mars' cannot be used" in done.stderr


def test_what_dbt_compiles_is_not_looked_at_by_the_layout_of_sql(tmp_path: Path) -> None:
    """A dbt command by hand leaves it in the project's folder."""
    compiled = tmp_path / "dbt_project" / "target" / "compiled" / "model.sql"
    compiled.parent.mkdir(parents=True)
    compiled.write_text("SELECT   1\n")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    command = [str(Path(sys.executable).with_name("sqlfmt")), "--check", "--quiet", "dbt_project"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0


def test_only_settings_and_entry_points_read_the_environment() -> None:
    """A setting that is read elsewhere is neither checked nor documented."""
    entry_points = {
        "ingestion/cli.py",
        "ingestion/pipeline.py",  # turns dlt's telemetry and logs off
        "expectations/validation.py",  # turns Great Expectations' analytics off
        "orchestration/dbt.py",  # passes it on to dbt
        "orchestration/dbt_command.py",  # the same
        "orchestration/definitions.py",
        "orchestration/instance.py",  # DAGSTER_HOME
        "orchestration/resources.py",
        "orchestration/run.py",
        "orchestration/schedules.py",
        "orchestration/sensors.py",
        "ingestion/simulator/__main__.py",
        "ingestion/twitch/__main__.py",
    }
    for package in ("ingestion", "orchestration", "expectations", "reports"):
        for path in (ROOT / package).rglob("*.py"):
            nodes = ast.walk(ast.parse(path.read_text()))
            reads = [n for n in nodes if isinstance(n, ast.Attribute) and n.attr in ("environ", "getenv")]
            assert not reads or str(path.relative_to(ROOT)) in entry_points, path


def test_scripts_can_be_run_and_shell_scripts_stop_at_the_first_error() -> None:
    for path in (ROOT / ".ci/run", *(ROOT / "scripts").glob("*.sh")):
        assert path.stat().st_mode & 0o111, path
        assert "set -euo pipefail" in path.read_text() or "set -eu" in path.read_text(), path
        subprocess.run(["bash", "-n", path], check=True)


@pytest.mark.parametrize(
    ("pythons", "taken"),
    [
        ({"python3": "fit", "python3.13": "old", "python3.12": "optimised", "python3.11": "optimised"}, "python3.12"),
        ({"python3": "old", "python3.12": "fit", "python3.11": "fit"}, "python3.12"),
        ({"python3": "old"}, None),
    ],
)
def test_the_environment_is_made_with_the_python_that_was_built_with_optimisation(
    pythons: dict[str, str], taken: str | None, tmp_path: Path
) -> None:
    for tool in ("bash", "env", "awk"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    for name, kind in pythons.items():
        (tmp_path / name).write_text(
            f"#!{tmp_path}/bash\n"
            # The second question is the one that imports what makes environments.
            f'case "$2" in *ensurepip*) [ {kind} = optimised ];; *) [ {kind} != old ];; esac\n'
        )
        (tmp_path / name).chmod(0o755)
    found = subprocess.check_output([ROOT / "scripts/find_python.sh"], env={"PATH": str(tmp_path)}, text=True)
    assert found.strip() == (str(tmp_path / taken) if taken else "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("WAREHOUSE_DIR=été".encode("latin-1"), ".env cannot be read as UTF-8 text"),
        (b"# mine\n\nPII_HASH_KEY='canary\n", ".env: line 3 is no NAME=value, or a quote in it has no end"),
        (b"LANDING_DIR", ".env: line 1 is no NAME=value"),
        (b"TZ=UTC\nPII_HASHKEY=canary\n", ".env: line 2 sets PII_HASHKEY, which is no setting; PII_HASH_KEY is one"),
    ],
)
def test_a_file_of_settings_that_would_not_hold_stops_before_it_is_used(
    content: bytes, said: str, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    for made in ("requirements.lock", ".venv/.installed"):
        (tmp_path / made).touch()
    (tmp_path / ".env").write_bytes(content)
    for target in ("run", "dev", "sql"):
        ended = subprocess.run(["make", target], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ended.returncode and ended.stderr.startswith(said), ended.stderr
        assert "canary" not in ended.stderr


def test_the_example_of_settings_and_names_of_other_programs_can_be_used() -> None:
    example = re.sub(r"^#(?=[A-Z_]+=)", "", (ROOT / ".env.example").read_text(), flags=re.M)
    assert "\nWAREHOUSE_DIR=var\n" in example
    others = "export HTTPS_PROXY='http://[::1]'\nDAGSTER_HOME = /d # mine\nTWITCH_CLIENT_SECRET_OLD=x\n"
    assert list(settings_file.problems(f"{example}{others}")) == []

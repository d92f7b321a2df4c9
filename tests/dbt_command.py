"""The dbt command in a process of its own that is forked from one with dbt imported: the import takes longer than many
a build of a test. Each command has a process, an environment and output of its own, as by subprocess.run. What was
parsed for one warehouse is taken for all that would be parsed with the same result."""

from __future__ import annotations

import atexit
import functools
import gc
import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestration.dbt import dbt_executable, project_state

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.dbt_forked"])
_PARSED = Path(__file__).parents[1] / ".pytest_cache" / "dbt"


def run_dbt(
    arguments: Sequence[str], environment: Mapping[str, str], *, is_forked: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run dbt with `environment` and nothing else; its exit code, and what it writes, in `stdout`.

    Args:
        is_forked: False for the command itself, as a child of this process, which is measured with it.
    """
    if not is_forked:
        return subprocess.run(
            [dbt_executable(), *arguments], env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False,
        )  # fmt: skip
    folder, environment = _from_its_folder(environment)
    own = Path(environment["DBT_TARGET_PATH"], "partial_parse.msgpack")
    known = _parsed(arguments, environment)
    if not own.exists() and known.exists():
        environment |= {"DBT_PARTIAL_PARSE_FILE_PATH": str(known)}
    with tempfile.NamedTemporaryFile("r") as output:
        process = _PROCESSES.Process(
            target=_dbt, args=(list(arguments), environment, str(folder), output.name), daemon=True
        )
        process.start()
        process.join()
        assert process.exitcode is not None
        if not known.exists() and own.exists():
            _keep(own, known)
        return subprocess.CompletedProcess(["dbt", *arguments], process.exitcode, output.read(), "")


def _from_its_folder(environment: Mapping[str, str]) -> tuple[Path, dict[str, str]]:
    """The database's folder, to run dbt in, and the environment without the way there: dbt parses anew for each path."""
    folder = Path(environment["DBT_DUCKDB_PATH"]).parent
    paths = {
        name: os.path.relpath(environment[name], folder)
        for name in ("DBT_DUCKDB_PATH", "DUCKDB_TEMP_DIRECTORY")
        if name in environment
    }
    return folder, {**environment, **paths}


def _parsed(arguments: Sequence[str], environment: Mapping[str, str]) -> Path:
    """Where the parsed project is kept for all that has the same variables, of the command and of the environment."""
    state, names = _project()
    variables = arguments[arguments.index("--vars") + 1] if "--vars" in arguments else ""
    read = {name: environment.get(name) for name in sorted(names)}
    key = hashlib.sha256(json.dumps([variables, read]).encode()).hexdigest()
    return _PARSED / state / f"{key}.msgpack"


@functools.cache
def _project() -> tuple[str, set[str]]:
    found = project_state()
    for path in _PARSED.glob("*"):
        if path.name != found[0]:
            shutil.rmtree(path, ignore_errors=True)
    return found


def _keep(parsed: Path, known: Path) -> None:
    known.parent.mkdir(parents=True, exist_ok=True)
    # Others may be writing the same.
    part = known.with_name(f"{known.name}.{os.getpid()}")
    shutil.copy(parsed, part)
    part.replace(known)


def _dbt(arguments: list[str], environment: dict[str, str], folder: str, output: str) -> None:
    from dbt.cli.main import cli

    with open(output, "ab") as said:
        for descriptor in (1, 2):
            os.dup2(said.fileno(), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    # What was imported stays: looking through it again and again is a tenth of a short command.
    gc.freeze()
    gc.set_threshold(200_000)
    sys.argv = ["dbt", *arguments]
    try:
        cli()
    finally:
        # A forked process ends without them, and dbt closes the database in one.
        atexit._run_exitfuncs()

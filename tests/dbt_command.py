"""The dbt command in a process of its own that is forked from one with dbt imported: the import takes longer than many
a build of a test. Each command has a process, an environment and output of its own, as by subprocess.run."""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence

from orchestration.dbt import dbt_executable

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.dbt_forked"])


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
    with tempfile.NamedTemporaryFile("r") as output:
        process = _PROCESSES.Process(
            target=_dbt, args=(list(arguments), dict(environment), os.getcwd(), output.name), daemon=True
        )
        process.start()
        process.join()
        assert process.exitcode is not None
        return subprocess.CompletedProcess(["dbt", *arguments], process.exitcode, output.read(), "")


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

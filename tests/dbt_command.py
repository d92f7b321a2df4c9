"""The dbt command in a process of its own that is forked from one with dbt imported: the import takes longer than many
a build of a test. Each command has a process, an environment and output of its own, as by subprocess.run. What was
parsed for one warehouse is taken for all that would be parsed with the same result.

Other commands can be forked from there as well (`run_forked`).
"""

from __future__ import annotations

import atexit
import functools
import gc
import hashlib
import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import reduction
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TextIO

from orchestration.dbt import dbt_executable, project_state

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.dbt_forked", "tests.faults.signalled"])
# With another value of these dbt parses all anew.
_OF_THE_CONNECTION = ("DBT_DUCKDB_PATH", "DUCKDB_TEMP_DIRECTORY")
_PARSED = Path(__file__).parents[1] / ".pytest_cache" / "dbt"
# Hands its arguments, its environment and where it writes to `served_dbt`, and ends as the command there did.
_CLIENT = """#!{python} -ES
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"."], [1, 2])
    server.sendall(json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode())
    server.shutdown(socket.SHUT_WR)
    sys.exit(int(server.recv(20)))
"""


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
    folder, environment = from_its_folder(environment)
    project = _of_the_project(arguments)
    known, own = _parsed(project, environment), _own(environment)
    main = _dbt if arguments[0] == "parse" or "--vars" not in arguments else _dbt_with_variables
    done = run_forked(main, arguments, with_parsed(project, environment), folder)
    if not known.exists() and own.exists():
        _keep(own, known)
    return done


@contextmanager
def started_dbt(arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[tuple[BaseProcess, TextIO]]:
    """A dbt command that goes on, and what it writes; the end of the context kills it."""
    folder, environment = from_its_folder(environment)
    known = with_parsed(_of_the_project(arguments), environment)
    receiving, sending = os.pipe()
    with os.fdopen(receiving) as said:
        process = _start(_dbt, arguments, known, str(folder), [sending, sending])
        os.close(sending)
        try:
            yield process, said
        finally:
            process.kill()
            process.join()


def run_forked(
    main: Callable[[], object], arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run `main`, which finds `arguments` as a command does, in a process that has all imported already: its exit code,
    or its signal below zero, and what it writes, in `stdout`."""
    with tempfile.TemporaryFile("w+") as output:
        code = _ended(_start(main, arguments, environment, str(folder), [output.fileno(), output.fileno()]))
        output.seek(0)
        return subprocess.CompletedProcess([main.__module__, *arguments], code, output.read(), "")


def _of_the_project(arguments: Sequence[str]) -> list[str]:
    """Of a command's arguments those that decide what is parsed: variables only where parsing is all."""
    names = ("--project-dir", "--profiles-dir", *(["--vars"] if list(arguments[:1]) == ["parse"] else []))
    found: list[str] = []
    for name in names:
        if name in arguments:
            found += [name, arguments[list(arguments).index(name) + 1]]
    return found


@contextmanager
def served_dbt(folder: Path) -> Iterator[str]:
    """The path of a dbt command, in `folder`, for code that starts one by itself: it is forked as well."""
    address, command = str(folder / "socket"), folder / "dbt"
    command.write_text(_CLIENT.format(python=sys.executable, address=address))
    command.chmod(0o700)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        threading.Thread(target=_serve, args=[server], daemon=True).start()
        yield str(command)
        server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        with client:
            _, outputs, *_ = socket.recv_fds(client, 1, 2)
            with client.makefile() as request:
                arguments, environment, folder = json.load(request)
            code = _ended(_start(_dbt, arguments, environment, folder, outputs))
            for descriptor in outputs:
                os.close(descriptor)
            client.sendall(str(code).encode())


class _Descriptor:
    """An open file that a process which is started gets as well."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> Any:
        return _inherited, (reduction.DupFd(self.number),)


def _inherited(descriptor: Any) -> int:
    number: int = descriptor.detach()
    return number


def _ended(process: BaseProcess) -> int:
    """The exit code of a process, which is awaited."""
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _start(
    main: Callable[[], object],
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    outputs: Sequence[int],
) -> BaseProcess:
    """A process of `main`, which writes to the open files `outputs`."""
    inherited = [_Descriptor(number) for number in outputs]
    given = (main, list(arguments), dict(environment), folder, inherited)
    process = _PROCESSES.Process(target=_forked, args=given, daemon=True)
    process.start()
    return process


def from_its_folder(environment: Mapping[str, str]) -> tuple[Path, dict[str, str]]:
    """The database's folder, to run dbt in, and the environment without the way there: dbt parses anew for each path."""
    folder = Path(environment["DBT_DUCKDB_PATH"]).parent
    paths = {name: os.path.relpath(environment[name], folder) for name in _OF_THE_CONNECTION if name in environment}
    return folder, {**environment, **paths}


def _parsed(arguments: Sequence[str], environment: Mapping[str, str]) -> Path:
    """Where the parsed project is kept for all that has the same variables, of the command and of the environment; in
    one folder with those for which dbt parses again only what reads another value."""
    state, names = _project()
    variables = arguments[arguments.index("--vars") + 1] if "--vars" in arguments else ""
    whole, part = (
        hashlib.sha256(json.dumps([variables, {name: environment.get(name) for name in sorted(some)}]).encode())
        for some in (_OF_THE_CONNECTION, names)
    )
    return _PARSED / state / whole.hexdigest() / f"{part.hexdigest()}.msgpack"


def with_parsed(arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """`environment`, of a command in the database's folder, with the place of what was parsed already."""
    known = _parsed(arguments, environment)
    parsed = known if known.exists() else next(iter(sorted(known.parent.glob("*.msgpack"))), None)
    if parsed is None or _own(environment).exists():
        return dict(environment)
    return {**environment, "DBT_PARTIAL_PARSE_FILE_PATH": str(parsed)}


def _own(environment: Mapping[str, str]) -> Path:
    return Path(environment["DBT_TARGET_PATH"], "partial_parse.msgpack")


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


def _forked(
    main: Callable[[], object], arguments: list[str], environment: dict[str, str], folder: str, outputs: list[int]
) -> None:
    for descriptor, output in zip((1, 2), outputs, strict=True):
        os.dup2(output, descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    # What was imported stays: looking through it again and again is a tenth of a short command.
    gc.freeze()
    gc.set_threshold(200_000)
    sys.argv = [main.__module__, *arguments]
    try:
        main()
    finally:
        # A forked process ends without them, and dbt closes the database in one.
        atexit._run_exitfuncs()


def _dbt() -> None:
    from dbt.cli.main import cli

    sys.argv[0] = "dbt"
    cli()


def _dbt_with_variables() -> None:
    """For other variables dbt parses all anew, which takes longer than to compile and run most models. Of this project
    the nodes and what they depend on are the same for all of them."""
    from dbt.cli.main import cli, dbtRunner

    arguments = sys.argv[1:]
    parsed = dbtRunner().invoke(["--quiet", "parse", *_of_the_project(arguments)])
    assert parsed.success, parsed.exception
    cli.main(args=arguments, prog_name="dbt", obj={"manifest": parsed.result})

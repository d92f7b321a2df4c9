"""`dagster dev` with everything that it started is killed while a run builds models, and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from orchestration.instance import dagster_home
from tests.faults import nightly
from tests.faults.nightly import Nightly
from tests.faults.support import ROOT, line, rows_of

LAUNCH = """mutation($job: String!, $location: String!) {
  launchRun(executionParams: {runConfigData: {}, selector: {
    jobName: $job, repositoryName: "__repository__", repositoryLocationName: $location}}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
STATUS = "query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"


class Tree:
    """`dagster dev` in a session of its own: web server, daemon, code server and the processes of runs."""

    def __init__(self, built: Nightly) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = built.folder / f"dagster-{self.port}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(self.port)],
                env={**built.environment, "DAGSTER_HOME": str(dagster_home(built.settings))},
                cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def ask(self, query: str, **variables: str) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            data: dict[str, Any] = json.load(answer)["data"]
        return data

    def launch(self, job: str) -> str:
        """Start a job as the web interface does, as soon as it serves; returns the run's id."""
        for _ in range(240):
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/server_info", timeout=30).close()
                break
            time.sleep(0.5)
        found = self.ask(LAUNCH, job=job, location="audience-warehouse")["launchRun"]
        assert found["__typename"] == "LaunchRunSuccess", found
        return str(found["run"]["runId"])

    def wait(self, run: str, *statuses: str, seconds: int = 300) -> None:
        status = None
        for _ in range(seconds * 2):
            status = self.ask(STATUS, run=run)["runOrError"]["status"]
            if status in statuses:
                return
            time.sleep(0.5)
        raise AssertionError(f"{status}\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """All processes of the session at once, as when the machine goes down."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = stat.read_text().rsplit(")", 1)[1].split()
                if int(fields[3]) == self.process.pid:
                    os.kill(int(stat.parent.name), signal.SIGKILL)
        self.process.wait()


@contextmanager
def tree(built: Nightly) -> Iterator[Tree]:
    made = Tree(built)
    try:
        yield made
    finally:
        made.kill()


@pytest.mark.slow
def test_a_killed_tree_leaves_nothing_that_the_next_one_waits_for(tmp_path: Path) -> None:
    built = nightly.make(tmp_path)
    runs = built.settings.state_dir / "dbt" / "runs"
    with tree(built) as first:
        killed = first.launch("nightly")
        for _ in range(600):
            if any("START sql" in log.read_text() for log in runs.glob("*/dbt.log")):
                break
            time.sleep(0.2)
        first.ask(STATUS, run=killed)
    assert not built.settings.published_path.exists()
    (built.settings.landing_dir / "social" / "after.jsonl").write_text(line(1, eventId="after the kill"))
    with tree(built) as second:
        run = second.launch("nightly")
        # The killed run held the slot of the pool; it is closed in about a minute, and hours before its longest time.
        second.wait(killed, "FAILURE", seconds=120)
        second.wait(run, "SUCCESS")
    assert rows_of(built.settings.published_path, "select sum(rows_loaded) from ops.fct_loads") == [(164,)]
    assert rows_of(built.settings.published_path, "select bool_and(is_conserved) from ops.fct_loads") == [(True,)]
    statuses = dict(rows_of(built.settings.published_path, "select run_id, status from ops.fct_runs"))
    assert statuses[killed] == "failed"

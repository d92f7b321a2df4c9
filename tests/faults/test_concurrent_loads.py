"""Two writers at once: the second waits, or gives up naming the first; readers never matter."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import duckdb

from ingestion.lock import writer_lock
from orchestration.publication import publish
from tests.faults.support import ROOT, Faulty, lines

HOLD = """
import os, sys
from ingestion.lock import writer_lock
from ingestion.settings import Settings
with writer_lock(Settings.from_env(os.environ)):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_commands_at_once_load_every_line_once(grown: Faulty) -> None:
    command = [sys.executable, "-m", "ingestion.social"]
    running = [
        subprocess.Popen(
            command, env=grown.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert sorted(text.split(";")[0] for text in said) == ["social: loaded", "social: unchanged"]
    grown.assert_holds_the_input()


def test_threads_at_once_load_every_line_once(grown: Faulty) -> None:
    with ThreadPoolExecutor(3) as threads:
        loads = [threads.submit(grown.load) for _ in range(3)]
    # What a thread of its own raises, nobody would hear of.
    assert sorted(load.result().status for load in loads) == ["loaded", "unchanged", "unchanged"]
    grown.assert_holds_the_input()


def test_a_writer_that_waited_too_long_names_the_holder_and_loads_later(grown: Faulty) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], env=grown.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout and holder.stdout.readline() == "held\n"
    done = grown.command(LOCK_TIMEOUT_SECONDS="1")
    assert done.returncode == 1
    assert f"process {holder.pid}" in done.stderr and "Traceback" not in done.stderr
    # The lock is the operating system's: it goes with its holder, however that ends.
    holder.kill()
    holder.communicate()
    assert grown.command(LOCK_TIMEOUT_SECONDS="1").returncode == 0
    grown.assert_holds_the_input()


def test_an_analyst_holding_the_publication_disturbs_neither_load_nor_publish(grown: Faulty) -> None:
    with duckdb.connect(str(grown.settings.published_path), read_only=True) as analyst:
        before = analyst.execute("select count(*) from social.agg").fetchall()
        grown.load()
        publish(grown.settings)
        grown.assert_published()
        assert analyst.execute("select count(*) from social.agg").fetchall() == before
    grown.assert_holds_the_input()


def test_an_analyst_on_the_build_file_is_a_clear_error_and_the_load_works_later(grown: Faulty) -> None:
    analyst = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); "
            "sys.stdin.readline()",
            str(grown.settings.database_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert analyst.stdout and analyst.stdout.readline() == "open\n"
    done = grown.command()
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "lock" in done.stderr and "docs/runbook.md" in done.stderr
    analyst.communicate("go\n")
    grown.load()
    grown.assert_holds_the_input()


def test_files_that_grow_while_they_are_loaded_lose_no_line(grown: Faulty) -> None:
    """The landing folder does not wait for the night."""
    stop = threading.Event()

    def grow() -> None:
        number = 1000
        while not stop.is_set() and number < 20_000:
            grown.write("c.jsonl", lines(number, number + 50))
            number += 50

    writer = threading.Thread(target=grow)
    writer.start()
    for _ in range(4):
        grown.load()
    stop.set()
    writer.join()
    grown.load()
    grown.assert_holds_the_input()


def test_the_lock_is_held_while_the_build_file_is_open(grown: Faulty) -> None:
    with writer_lock(grown.settings):
        assert grown.settings.lock_path.read_text().strip() == str(os.getpid())
        done = grown.command(LOCK_TIMEOUT_SECONDS="0")
    assert done.returncode == 1 and f"process {os.getpid()}" in done.stderr

"""The published database: whole, commented, replaced in one step, and never harmed by what goes wrong."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.engine import BUILD_FORMAT, connect
from ingestion.settings import Settings
from orchestration import publication, publication_changes, records
from orchestration.publication import PublicationError, PublicationRefused, publish
from tests.dbt_command import run_forked
from tests.integration.orchestration import publishing

ROOT = Path(__file__).resolve().parents[3]
STEPS = ["clean", "gate", "space", "copy", "copy social.agg", "copy social.shown", "checkpoint", "verify"]
STEPS += ["sync", "history", "replace", "sync folder"]

READ = """
import sys, time
from pathlib import Path
import duckdb
path, stop = sys.argv[1:]
queries = versions = 0
last = None
while not Path(stop).exists():
    with duckdb.connect(path, read_only=True) as connection:
        for _ in range(3):
            query = "select min(version), max(version), count(*) from social.agg"
            low, high, rows = connection.execute(query).fetchone()
            assert low == high and rows == 2000, (low, high, rows)
            queries += 1
    versions += low != last
    last = low
print(queries, versions)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    warehouse = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / "wh")})
    build(warehouse, 1)
    return warehouse


def build(settings: Settings, version: int) -> None:
    """A small build file with every kind of thing that is and is not published."""
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    settings.database_path.unlink(missing_ok=True)
    with duckdb.connect(str(settings.database_path)) as connection:
        connection.execute(
            f"""
            create schema raw_social; create schema staging; create schema social; create schema core;
            create schema _dlt_raw_social;
            create table raw_social.events as select 'secret' as data;
            create table staging.stg_social__events as select 1 as event_id;
            create table social.agg as
                select {version} as version, i as row_number, (i / 7)::decimal(18, 6) as amount,
                    'x"y;' || i as "odd ""name", 1::bigint as batch_id, timestamp '2026-01-01' as loaded_at
                from range(2000) as numbers(i);
            comment on table social.agg is 'One row per number; it''s small.';
            comment on column social.agg.amount is 'What it is worth.';
            create view social.shown as select event_id, {version} as version from warehouse.staging.stg_social__events;
            comment on view social.shown is 'One row per event.';
            comment on column social.shown.version is 'Version of the build.';
            create table core.dim_dates as select date '2026-01-01' as date;
            create table social.agg__dbt_tmp as select 1 as left_over;
            """
        )


def published_version(settings: Settings) -> int:
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        row = connection.execute("select min(version) from social.agg").fetchone()
    assert row
    return int(row[0])


def environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "WAREHOUSE_DIR": str(settings.warehouse_dir), "PYTHONPATH": str(ROOT)}


def test_tables_views_types_and_comments_arrive_and_inner_layers_do_not(settings: Settings) -> None:
    done = publish(settings)
    assert done.rows == {"core.dim_dates": 1, "social.agg": 2000, "social.shown": 1}
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name, comment from duckdb_tables() order by 1"
        ).fetchall()
        columns = connection.execute(
            "select column_name, data_type, comment from duckdb_columns() "
            "where not internal and table_name in ('agg', 'shown') order by table_name, column_index"
        ).fetchall()
        same = connection.execute('select sum(amount), count(distinct "odd ""name") from social.agg').fetchone()
    assert tables == [
        ("core.dim_dates", None),
        ("social.agg", "One row per number; it's small."),
        ("social.shown", "One row per event."),
    ]
    assert columns == [
        ("version", "INTEGER", None),
        ("row_number", "BIGINT", None),
        ("amount", "DECIMAL(18,6)", "What it is worth."),
        ('odd "name', "VARCHAR", None),
        ("loaded_at", "TIMESTAMP", None),
        ("event_id", "INTEGER", None),
        ("version", "INTEGER", "Version of the build."),
    ]
    with duckdb.connect(str(settings.database_path), read_only=True) as connection:
        expected = connection.execute('select sum(amount), count(distinct "odd ""name") from social.agg').fetchone()
    assert same == expected


def test_the_publication_is_in_the_format_of_older_versions_and_the_build_file_is_not(settings: Settings) -> None:
    settings.database_path.unlink()
    with connect(settings, settings.database_path) as connection:
        connection.execute("create schema social; create table social.agg as select 1 as version")
    publish(settings)
    formats = []
    for path in (settings.database_path, settings.published_path):
        with duckdb.connect(str(path), read_only=True) as connection:
            formats += connection.execute(
                "select tags['storage_version'] from duckdb_databases() where not internal"
            ).fetchall()
    assert formats == [(f"{BUILD_FORMAT}+",), ("v1.0.0+",)]


def test_raw_rows_are_not_in_the_bytes_of_the_publication(settings: Settings) -> None:
    publish(settings)
    assert b"secret" not in settings.published_path.read_bytes()


def test_the_last_publications_are_kept_as_names_of_the_old_files(settings: Settings) -> None:
    for version in range(1, 6):
        build(settings, version)
        publish(settings, keep=2)
    history = sorted((settings.published_path.parent / "history").iterdir())
    versions = []
    for path in history:
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.execute("select min(version) from social.agg").fetchone()
            versions.append(row[0] if row else None)
    assert versions == [3, 4]
    assert published_version(settings) == 5
    assert sorted(path.name for path in settings.published_path.parent.iterdir()) == ["analytics.duckdb", "history"]
    publish(settings, keep=0)
    assert not list((settings.published_path.parent / "history").iterdir())


def test_a_reader_that_holds_the_old_file_open_keeps_it(settings: Settings) -> None:
    publish(settings)
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys\n"
            "c = duckdb.connect(sys.argv[1], read_only=True)\n"
            "print('open', flush=True)\n"
            "sys.stdin.readline()\n"
            "print(c.execute('select min(version), count(*) from social.agg').fetchone())",
            str(settings.published_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout and reader.stdout.readline() == "open\n"
    build(settings, 2)
    publish(settings)
    assert reader.communicate("go\n", timeout=30)[0] == "(1, 2000)\n"
    assert published_version(settings) == 2


def test_a_process_that_queries_all_along_is_never_disturbed(settings: Settings, tmp_path: Path) -> None:
    publish(settings)
    stop = tmp_path / "stop"
    reader = subprocess.Popen(
        [sys.executable, "-c", READ, str(settings.published_path), str(stop)], stdout=subprocess.PIPE, text=True
    )
    time.sleep(0.5)
    for version in range(2, 26):
        build(settings, version)
        publish(settings)
    stop.touch()
    out = reader.communicate(timeout=60)[0]
    assert reader.returncode == 0
    queries, versions = map(int, out.split())
    assert queries > 24 and versions > 5


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_in_any_step_leaves_a_whole_publication(settings: Settings, step: str) -> None:
    publish(settings)
    build(settings, 2)
    killed = run_forked(publishing.main, [step], environment(settings), ROOT)
    assert killed.returncode == -signal.SIGKILL
    assert published_version(settings) == (2 if step == "sync folder" else 1)
    publish(settings)
    assert published_version(settings) == 2
    left = {path.name for path in settings.published_path.parent.iterdir()}
    assert left == {"analytics.duckdb", "history"}


def test_a_publication_that_cannot_be_noted_stands_and_the_next_one_is_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings)
    build(settings, 2)

    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(publication, "remember", full)
    publish(settings)
    assert published_version(settings) == 2
    monkeypatch.undo()
    assert publish(settings).is_whole
    assert not publish(settings).is_whole


@pytest.mark.parametrize("is_killed", [False, True])
def test_where_no_file_can_have_two_names_a_copy_that_fails_leaves_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    def refuse(*arguments: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, "no links here")

    def copy_half(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:1000])
        raise OSError(errno.ENOSPC, "No space left on device")

    publish(settings)
    build(settings, 2)
    folder = settings.published_path.parent
    history = folder / "history"
    monkeypatch.setattr(publication.os, "link", refuse)
    if is_killed:
        history.joinpath("analytics-20260101T000000000000Z.copying").write_bytes(b"half")
        publish(settings, keep=0)
        assert not list(history.iterdir())
        return
    with monkeypatch.context() as filled:
        filled.setattr(publication.shutil, "copy2", copy_half)
        with pytest.raises(PublicationError, match="the earlier publication stays"):
            publish(settings)
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["analytics.duckdb"]
    assert not list(history.iterdir())
    assert published_version(settings) == 1
    publish(settings)
    assert [path.suffix for path in history.iterdir()] == [".duckdb"]


def test_a_stale_write_ahead_log_beside_the_target_does_no_harm(settings: Settings) -> None:
    publish(settings)
    stale = settings.published_path.with_name("analytics.duckdb.wal")
    stale.write_bytes(b"left by a file that is gone" * 50)
    build(settings, 2)
    publish(settings)
    assert not stale.exists()
    assert published_version(settings) == 2
    # The file that it lay beside is as good as any.
    assert len(list((settings.published_path.parent / "history").iterdir())) == 1


def test_a_damaged_publication_is_replaced_and_not_kept(settings: Settings) -> None:
    publish(settings)
    settings.published_path.write_bytes(settings.published_path.read_bytes()[:20_000])
    publish(settings)
    assert published_version(settings) == 1
    assert not list((settings.published_path.parent / "history").iterdir())


def test_a_publication_that_somebody_opened_for_writing_is_kept_as_it_is(settings: Settings) -> None:
    publish(settings)
    script = "import duckdb, sys; kept = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", script, str(settings.published_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as opened:
        assert opened.stdout and opened.stdout.readline() == "open\n"
        publish(settings)
        opened.communicate()
    assert len(list((settings.published_path.parent / "history").iterdir())) == 1


def test_a_failed_critical_check_refuses_and_the_old_publication_stays(settings: Settings) -> None:
    publish(settings)
    build(settings, 2)
    with duckdb.connect(str(settings.database_path)) as connection:
        records.begin(connection, "run-1", "gx", "social")
        rows = [
            records.CheckRow("a_volume", "social.agg", "critical", "failed", "0", "at least 1"),
            records.CheckRow("a_drift", "social.agg", "warning", "failed", "3", "at most 2"),
        ]
        records.finish(connection, "run-1", "gx", "social", rows)
    with pytest.raises(PublicationRefused, match=r"a_volume on social\.agg: 0") as refused:
        publish(settings)
    assert len(refused.value.reasons) == 1
    assert published_version(settings) == 1
    with duckdb.connect(str(settings.database_path)) as connection:
        records.begin(connection, "run-2", "gx", "social")
        records.finish(
            connection, "run-2", "gx", "social", [records.CheckRow("a_volume", "social.agg", "critical", "passed")]
        )
    publish(settings)
    assert published_version(settings) == 2


def test_a_suite_that_crashed_or_never_ran_refuses(settings: Settings) -> None:
    with pytest.raises(PublicationRefused, match="gx social: completed: never executed"):
        publish(settings, required=[records.Requirement("gx", "social")])
    with duckdb.connect(str(settings.database_path)) as connection:
        records.begin(connection, "run-1", "freshness", "social")
    with pytest.raises(PublicationRefused, match="freshness social: completed: started and did not finish"):
        publish(settings)
    assert not settings.published_path.exists()


def test_a_copy_that_lost_rows_is_not_published(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(settings)
    build(settings, 2)
    honest = publication_changes.copy_whole
    monkeypatch.setattr(publication_changes, "copy_whole", lambda *arguments: honest(*arguments) + 1)
    with pytest.raises(PublicationError, match=r"social\.agg has 2000 rows and not 2001"):
        publish(settings)
    assert published_version(settings) == 1
    assert not list(settings.published_path.parent.glob(".publishing*"))


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ("delete from social.agg where row_number = 3", r"social\.agg has 1999 rows and not 2000"),
        ("drop table core.dim_dates", "does not hold the tables that it should"),
        ("alter table social.agg drop column amount", r"social\.agg has other columns"),
    ],
)
def test_a_file_that_is_not_what_was_written_is_not_published(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, lost: str, message: str
) -> None:
    publish(settings)
    build(settings, 2)
    honest = publication.verify

    def verify(*arguments: Any) -> None:
        with duckdb.connect(str(arguments[1])) as connection:
            connection.execute(lost)
        honest(*arguments)

    monkeypatch.setattr(publication, "verify", verify)
    with pytest.raises(PublicationError, match=message):
        publish(settings)
    assert published_version(settings) == 1


def test_nothing_to_publish_is_said(tmp_path: Path) -> None:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / "wh")})
    with pytest.raises(PublicationError, match="run the job nightly first"):
        publish(settings)
    settings.warehouse_dir.mkdir(exist_ok=True)
    duckdb.connect(str(settings.database_path)).close()
    with pytest.raises(PublicationError, match="no marts"):
        publish(settings)


def test_two_publishes_at_once_follow_each_other(settings: Settings) -> None:
    arguments = [sys.executable, "-m", publishing.__name__, "never"]
    running = [subprocess.Popen(arguments, env=environment(settings)) for _ in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert published_version(settings) == 1
    assert len(list((settings.published_path.parent / "history").iterdir())) == 2


def test_too_little_space_is_an_error_before_anything_is_written(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings)
    usage = type("Usage", (), {"total": 2**30, "used": 2**30, "free": 2**20})
    monkeypatch.setattr(publication.shutil, "disk_usage", lambda path: usage)
    steps: list[str] = []
    with pytest.raises(PublicationError, match=r"Not enough space to publish: about 3[23] MiB are needed"):
        publish(settings, on_step=steps.append)
    assert "copy" not in steps
    assert published_version(settings) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_disk_that_fills_up_leaves_the_old_publication(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = settings.published_path.parent
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        monkeypatch.setattr(publication, "_SPARE_BYTES", 0)
        publish(settings)
        with duckdb.connect(str(settings.database_path)) as connection:
            connection.execute(
                "create table social.large as select sha256(i::varchar) as text from range(200000) as numbers(i)"
            )
        with pytest.raises(PublicationError, match="the earlier publication stays"):
            publish(settings)
        assert published_version(settings) == 1
        assert not list(folder.glob(".publishing*"))
    finally:
        subprocess.run(["umount", str(folder)], check=True)

"""Files of single accounts hold that account's rows, and nothing of the others."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from dagster import DagsterInstance, materialize

from ingestion.settings import Settings
from orchestration import accounts, run
from orchestration.accounts import OVER_ACCOUNTS, folder_name, folder_names, publish_accounts
from orchestration.assets.accounts import accounts as accounts_asset
from orchestration.publication import PublicationError
from orchestration.resources import WarehouseResource
from orchestration.run_log import summarize
from orchestration.settings import ALL_ACCOUNTS, SettingsError
from orchestration.settings import publish_accounts as wanted_accounts

IDS = ("1001", "1002", "../evil '; drop")


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    made = make_settings()
    made.published_path.parent.mkdir(parents=True)
    with duckdb.connect(str(made.published_path)) as connection:
        for schema in ("channels", "clips", "livestream", "core", "social"):
            connection.execute(f"create schema {schema}")
        for schema, table in (("channels", "fct_channel_snapshots_daily"), ("clips", "dim_clips"), ("livestream", "dim_characters"),
                              ("core", "fct_activity")):  # fmt: skip
            connection.execute(
                f"create table {schema}.{table} (account_id varchar, name varchar, follower_count bigint)"
            )
            connection.execute(f"comment on table {schema}.{table} is 'Rows of {table}'")
            connection.execute(f"comment on column {schema}.{table}.name is 'The name'")
            for account in (*IDS, OVER_ACCOUNTS):
                connection.executemany(
                    f"insert into {schema}.{table} values (?, ?, ?)",
                    [(account, f"canary-{account}-{number}", number) for number in range(50)],
                )
        connection.execute("create table clips.dim_games as select 'canary-game' as name")
        connection.execute("create table social.fct_events as select 'canary-social' as account_id")
    return made


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_each_account_gets_its_rows_and_no_byte_of_the_others(settings: Settings) -> None:
    written = publish_accounts(settings, ("all",))
    assert [files.account_id for files in written] == sorted(IDS)
    for files in written:
        folder = settings.warehouse_dir / "accounts" / folder_name(files.account_id)
        assert files.folder == folder
        assert files.rows == {
            name: 50
            for name in ("channels.fct_channel_snapshots_daily", "clips.dim_clips", "livestream.dim_characters")
        }
        found = rows(folder / "analytics.duckdb", "select distinct account_id from clips.dim_clips")
        assert found == [(files.account_id,)]
        others = [account for account in IDS if account != files.account_id]
        content = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
        own = f"canary-{files.account_id}-7"
        assert own.encode() in content
        for account in others:
            assert f"canary-{account}".encode() not in content, account
            # Compressed columns do not show their bytes.
            for name in files.rows:
                found = rows(
                    folder / "analytics.duckdb",
                    f"select count(*) from {name} as t where contains(t::varchar, '{account.replace(chr(39), chr(39) * 2)}')",
                )
                assert found == [(0,)], (name, account)
        for shared in (b"canary-game", b"canary-social", b"canary-*"):
            assert shared not in content
        manifest = json.loads((folder / "exports/manifest.json").read_text())
        assert {table["row_count"] for table in manifest["tables"]} == {50}
    names = {path.name for path in (settings.warehouse_dir / "accounts").iterdir()}
    assert {"1001", "1002"} < names and len(names) == 3


def test_rows_over_several_accounts_are_nobodys(settings: Settings) -> None:
    [written] = publish_accounts(settings, (OVER_ACCOUNTS,))
    assert set(written.rows.values()) == {0}
    with pytest.raises(SettingsError, match="PUBLISH_ACCOUNTS"):
        wanted_accounts({"PUBLISH_ACCOUNTS": f"1001,{OVER_ACCOUNTS}"})


def test_all_stands_alone(settings: Settings) -> None:
    assert wanted_accounts({"PUBLISH_ACCOUNTS": " all "}) == (ALL_ACCOUNTS,)
    for value in ("1001,all", "ALL"):
        with pytest.raises(SettingsError, match="PUBLISH_ACCOUNTS"):
            wanted_accounts({"PUBLISH_ACCOUNTS": value})


def test_the_summary_of_a_run_names_an_account_without_a_row(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAREHOUSE_DIR", str(settings.warehouse_dir))
    monkeypatch.setenv("PUBLISH_ACCOUNTS", "1001,unheard")
    with DagsterInstance.ephemeral() as instance:
        resources = {"warehouse": WarehouseResource()}
        done = materialize([accounts_asset], instance=instance, resources=resources)
        summary = summarize(instance, done.run_id)
    assert (summary.account_count, summary.empty_accounts) == (2, ["unheard"])
    run._print_summary(summary, settings, done.run_id, 0.0, sys.stdout)
    printed = capsys.readouterr().out
    assert "no row of 'unheard' is published" in printed and "1001" not in printed


def test_comments_are_kept(settings: Settings) -> None:
    publish_accounts(settings, ("1001",))
    path = settings.warehouse_dir / "accounts/1001/analytics.duckdb"
    assert rows(path, "select comment from duckdb_tables() where table_name = 'dim_clips'") == [("Rows of dim_clips",)]
    assert ("The name",) in rows(path, "select comment from duckdb_columns() where table_name = 'dim_clips'")


def test_an_account_that_is_no_longer_wanted_loses_its_files(settings: Settings) -> None:
    publish_accounts(settings, ("1001", "1002", "unheard"))
    folder = settings.warehouse_dir / "accounts"
    assert rows(folder / "unheard/analytics.duckdb", "select count(*) from clips.dim_clips") == [(0,)]
    publish_accounts(settings, ("1002",))
    assert [path.name for path in folder.iterdir()] == ["1002"]
    publish_accounts(settings, ())
    assert not folder.exists()


def test_a_failure_leaves_the_earlier_files(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_accounts(settings, ("1001",))
    with monkeypatch.context() as without_exports, pytest.raises(PublicationError, match="Out of Memory"):
        without_exports.setattr(accounts, "export_marts", lambda *args, **kwargs: None)
        publish_accounts(dataclasses.replace(settings, duckdb_memory_limit="1KB"), ("1001",))

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(accounts, "export_marts", full)
    with pytest.raises(PublicationError, match="the earlier ones stay"):
        publish_accounts(settings, ("1001", "1002"))
    assert [path.name for path in (settings.warehouse_dir / "accounts").iterdir()] == ["1001"]


@pytest.mark.parametrize("account", ["..", "a/b", "a\\b", "account-1", "", "x" * 80, "nul\0", "ü"])
def test_an_id_that_is_no_plain_name_becomes_a_digest(account: str) -> None:
    assert folder_name(account).startswith("account-") and len(folder_name(account)) == 28
    assert folder_name("UC_x-1") == "UC_x-1"


def test_accounts_that_differ_in_capitals_only_get_folders_that_differ_in_more() -> None:
    names = folder_names(["Ann", "ann", "Bob"])
    assert len({name.lower() for name in names}) == 3 and names[2] == "Bob"

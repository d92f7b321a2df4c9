"""One database and one export folder an account, each with that account's rows alone.

Made from the published file, so that an account sees what was checked and published, no more. What belongs to an
account is said by the column account_id: a table of the domains below without that column is left out whole, and so
are rows over several accounts, which a comparison gives the account *.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion.engine import connect
from ingestion.sql import literal
from orchestration.publication import PublicationError
from orchestration.publication_tables import Relation, comment_on, published_relations
from orchestration.settings import ALL_ACCOUNTS, Settings
from reports import export_marts
from reports.swap import below, replaced_folder

# The domains in which several accounts stand beside each other.
DOMAINS = ("channels", "clips", "livestream")
ACCOUNT = "account_id"
DATABASE = "analytics.duckdb"
EXPORTS = "exports"
OVER_ACCOUNTS = "*"
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class AccountFiles:
    """What was written for one account: its folder, and its rows by "schema.table"."""

    account_id: str
    folder: Path
    rows: dict[str, int]


def folder_name(account_id: str) -> str:
    """Name of an account's folder: the id where that is a plain name, else a digest of it."""
    if _FOLDER.fullmatch(account_id) and not account_id.lower().startswith("account-"):
        return account_id
    return _digest_name(account_id)


def folder_names(accounts: Sequence[str]) -> list[str]:
    """`folder_name` of each; digests of those that differ in capitals only, which not all disks tell apart."""
    spelled = Counter(account.lower() for account in accounts)
    return [folder_name(account) if spelled[account.lower()] == 1 else _digest_name(account) for account in accounts]


def _digest_name(account_id: str) -> str:
    return f"account-{hashlib.sha256(account_id.encode('utf-8', 'replace')).hexdigest()[:20]}"


def publish_accounts(settings: Settings, wanted: Sequence[str]) -> list[AccountFiles]:
    """Write accounts/<account>/analytics.duckdb and accounts/<account>/exports/ and swap the folder in.

    Args:
        wanted: account ids, or (ALL_ACCOUNTS,) for every account of the published file. Nothing wanted removes the
            folder.

    Returns:
        What was written by account; an account without a row gets empty tables.

    Raises:
        PublicationError: a file cannot be written; the earlier folder stays.
    """
    target = settings.warehouse_dir / "accounts"
    if not wanted:
        if target.is_dir():
            shutil.rmtree(target)
        return []
    try:
        with connect(settings, settings.published_path, read_only=True) as connection:
            relations = _relations(connection)
            known = _accounts(connection, relations)
        accounts = known if tuple(wanted) == (ALL_ACCOUNTS,) else sorted(set(wanted))
        names = folder_names(accounts)
        with replaced_folder(target) as folder:
            rows = [
                _write_account(settings, below(folder, name), relations, account)
                for account, name in zip(accounts, names, strict=True)
            ]
    except (duckdb.Error, OSError) as error:
        raise PublicationError(
            f"The accounts' files were not written, the earlier ones stay: {error}. See docs/runbook.md, 'Disk full'."
        ) from error
    return [
        AccountFiles(account, target / name, counts)
        for account, name, counts in zip(accounts, names, rows, strict=True)
    ]


def _relations(connection: duckdb.DuckDBPyConnection) -> list[Relation]:
    return [
        relation
        for relation in published_relations(connection)
        if relation.schema in DOMAINS and any(column.name == ACCOUNT for column in relation.columns)
    ]


def _accounts(connection: duckdb.DuckDBPyConnection, relations: Sequence[Relation]) -> list[str]:
    if not relations:
        return []
    union = " union ".join(f'select {ACCOUNT} from "{r.schema}"."{r.table}"' for r in relations)
    found = connection.execute(
        f"select {ACCOUNT} from ({union}) where {ACCOUNT} <> $over order by 1", {"over": OVER_ACCOUNTS}
    ).fetchall()
    return [str(account) for (account,) in found]


def _write_account(settings: Settings, place: Path, relations: Sequence[Relation], account: str) -> dict[str, int]:
    """Write one account's files into the new folder `place`; its rows by "schema.table"."""
    place.mkdir()
    rows: dict[str, int] = {}
    database = place / DATABASE
    with connect(settings, database) as connection:
        connection.execute(f"attach {literal(settings.published_path)} as published (read_only)")
        ((name,),) = connection.execute("select current_database()").fetchall()
        for relation in relations:
            connection.execute(f'create schema if not exists "{relation.schema}"')
            ((count,),) = connection.execute(
                f"create table {relation.within(name)} as "
                f"select {relation.listed} from {relation.within('published')}"
                f" where {ACCOUNT} = $account and {ACCOUNT} <> $over",
                {"account": account, "over": OVER_ACCOUNTS},
            ).fetchall()
            comment_on(connection, relation, name)
            rows[relation.name] = int(count)
        connection.execute("detach published")
        connection.execute("checkpoint")
    export_marts(database, place / EXPORTS, memory_limit=settings.duckdb_memory_limit, threads=settings.duckdb_threads)
    return rows

"""Settings of the orchestration: those of the warehouse, and the few that only publishing needs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingestion.settings import Settings, SettingsError, Variable

__all__ = [
    "ALL_ACCOUNTS",
    "ORCHESTRATION_VARIABLES",
    "Settings",
    "SettingsError",
    "publish_accounts",
    "publish_keep",
]

ALL_ACCOUNTS = "all"
ORCHESTRATION_VARIABLES: tuple[Variable, ...] = (
    Variable("PUBLISH_KEEP", "3", "Earlier publications kept in published/history beside the current one."),
    Variable(
        "PUBLISH_ACCOUNTS",
        "",
        "Comma-separated account ids, or all: each gets a database and exports of its rows alone, in accounts/.",
    ),
)


def publish_keep(env: Mapping[str, str]) -> int:
    """Number of earlier publications to keep, 0 to 1000.

    Raises:
        SettingsError: the value is not a whole number in that range.
    """
    value = env.get("PUBLISH_KEEP", "").strip() or ORCHESTRATION_VARIABLES[0].default
    if not re.fullmatch(r"\d{1,4}", value) or int(value) > 1000:
        raise SettingsError("PUBLISH_KEEP", value, "a whole number from 0 to 1000")
    return int(value)


def publish_accounts(env: Mapping[str, str]) -> tuple[str, ...]:
    """Accounts that get files of their own; (ALL_ACCOUNTS,) for each of them.

    Raises:
        SettingsError: an id holds a control character, is *, which stands for no account, or is "all" beside others.
    """
    value = env.get("PUBLISH_ACCOUNTS", "").strip() or ORCHESTRATION_VARIABLES[1].default
    accounts = tuple(part.strip() for part in value.split(",") if part.strip())
    is_list = all(account.isprintable() and account != "*" for account in accounts)
    # Among ids, or in capitals, it would be an account of that name, with no row.
    if not is_list or (accounts != (ALL_ACCOUNTS,) and ALL_ACCOUNTS in map(str.lower, accounts)):
        raise SettingsError("PUBLISH_ACCOUNTS", value, "comma-separated account ids, or all")
    return accounts

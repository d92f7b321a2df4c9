"""Settings of the source `livestream`: what its input does not say itself. The models read them (dbt: env_var)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ingestion.settings import SettingsError, Variable

VARIABLES: tuple[Variable, ...] = (
    Variable(
        "LIVESTREAM_RESPONSE_TIME_UNIT",
        "ms",
        "Unit of the characters' response times in events and documents, ms or s.",
        shapes=True,
    ),
    Variable(
        "LIVESTREAM_CURRENCY",
        "XXX",
        "Currency (ISO 4217) of super chats that name none; XXX, no currency, is never converted.",
        shapes=True,
    ),
    Variable(
        "LIVESTREAM_ACCOUNT_ID",
        "",
        "Account of sessions whose events name none; empty: each character is an account of its own.",
        shapes=True,
    ),
)


@dataclass(frozen=True)
class LivestreamSettings:
    """Checked settings."""

    response_time_unit: str
    currency: str
    account_id: str | None


def read(values: Mapping[str, str]) -> LivestreamSettings:
    """The settings of `values`, by variable.

    Raises:
        SettingsError: a value cannot be used.
    """
    unit, currency = values["LIVESTREAM_RESPONSE_TIME_UNIT"], values["LIVESTREAM_CURRENCY"]
    account = values["LIVESTREAM_ACCOUNT_ID"]
    if unit not in ("ms", "s"):
        raise SettingsError("LIVESTREAM_RESPONSE_TIME_UNIT", unit, "ms or s")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise SettingsError("LIVESTREAM_CURRENCY", currency, "an ISO 4217 code such as EUR")
    if not re.fullmatch("[A-Za-z0-9_.:-]{0,100}", account):
        raise SettingsError("LIVESTREAM_ACCOUNT_ID", account, "at most 100 letters, digits and _ . : -")
    return LivestreamSettings(unit, currency, account or None)

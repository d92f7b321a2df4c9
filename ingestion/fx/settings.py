"""Settings of the source `fx`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingestion.settings import SettingsError, Variable, web_root

VARIABLES: tuple[Variable, ...] = (
    Variable(
        "FX_RATES_URL",
        "",
        "Address of daily rates as .csv or .zip in the layout of the ECB's eurofxref-hist; "
        "empty: only files in fx/ of LANDING_DIR.",
    ),
    Variable(
        "REPORTING_CURRENCY",
        "EUR",
        "Currency (ISO 4217) into which amounts are converted.",
        shapes=True,
    ),
)


@dataclass(frozen=True)
class FxSettings:
    """Checked settings. `rates_url` is None where nothing is to be collected."""

    rates_url: str | None
    reporting_currency: str


def read(values: Mapping[str, str]) -> FxSettings:
    """The settings of `values`, by variable.

    Raises:
        SettingsError: a value cannot be used.
    """
    url, currency = values["FX_RATES_URL"], values["REPORTING_CURRENCY"]
    if url and not urlsplit(web_root("FX_RATES_URL", url)).path.lower().endswith((".csv", ".zip")):
        raise SettingsError("FX_RATES_URL", "***", "an address that ends with .csv or .zip")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise SettingsError("REPORTING_CURRENCY", currency, "an ISO 4217 code such as EUR")
    return FxSettings(url or None, currency)

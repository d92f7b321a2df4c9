"""Daily reference rates in the layout of the ECB's eurofxref-hist: `Date,USD,JPY,...`, one date a line, N/A where a
currency has no rate. From files in the landing folder (.csv, or .zip as the ECB publishes it), and from FX_RATES_URL.
A row of `raw_fx.rates` is one date with all its rates as JSON, units of the currency for one euro.
"""

from __future__ import annotations

from collections.abc import Callable

from ingestion.collect.collection import collected_root
from ingestion.collect.resource import collections_resource
from ingestion.files import InputRoot
from ingestion.schema import ResourceSpec
from ingestion.settings import Settings
from ingestion.sql import sql_of

RATES = ResourceSpec(
    name="rates",
    columns={"rate_id": "VARCHAR", "rate_date": "DATE", "rates": "VARCHAR"},
    extract_sql=sql_of(__package__, "extract.sql"),
    roots=lambda settings: [
        InputRoot(settings.landing_dir / "fx", "landing/fx", ("csv", "zip")),
        *collected_root("fx", "rates")(settings),
    ],
)

RESOURCES = [RATES, collections_resource("fx")]


def collect(settings: Settings, progress: Callable[[str], None]) -> list[str]:
    """See `ingestion.fx.collect.collect`."""
    # The client's libraries take a while to import, and settings and orchestration need the resources only.
    from ingestion.fx.collect import collect as read_url

    return read_url(settings, progress)


def forget(settings: Settings) -> None:
    """See `ingestion.fx.collect.forget`."""
    from ingestion.fx.collect import forget as forget_all

    forget_all(settings)

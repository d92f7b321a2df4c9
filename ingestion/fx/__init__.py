"""Daily reference rates in the layout of the ECB's eurofxref-hist: `Date,USD,JPY,...`, one date a line, N/A where a
currency has no rate. From files in the landing folder (.csv, or .zip as the ECB publishes it), or from FX_RATES_URL.
A row of `raw_fx.rates` is one date with all its rates as JSON, units of the currency for one euro.
"""

from __future__ import annotations

from importlib import resources

from ingestion.files import InputRoot
from ingestion.schema import ResourceSpec

RATES = ResourceSpec(
    name="rates",
    columns={"rate_id": "VARCHAR", "rate_date": "DATE", "rates": "VARCHAR"},
    extract_sql=resources.files(__package__).joinpath("extract.sql").read_text(),
    roots=lambda settings: [InputRoot(settings.landing_dir / "fx", "landing/fx", ("csv", "zip"))],
)

RESOURCES = [RATES]

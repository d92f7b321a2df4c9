"""Raw tables of the source `fx`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites.raw import collections_table, completed, data_table, json_object, ledger_checks

SUITE = "raw_fx"
_STALE_DAYS = 10  # a long weekend, and a week in which nobody looked


def suite() -> Iterable[Check]:
    """Checks of rates, collections, ledger, rejects and loads."""
    for table in (_rates(), collections_table(SUITE), *ledger_checks(SUITE, ("rates", "collections"))):
        yield from table


def _rates() -> TableChecks:
    rates = data_table(SUITE, "rates")
    rates.has_columns("rate_id rate_date rates file_id line_number _dlt_load_id")
    for column in ("rate_id", "rate_date", "rates"):
        rates.not_null(column)
    json_object(rates, "rates")
    rates.query(
        "not_of_the_future",
        "select count(*) from raw_fx.rates r join raw_fx._dlt_loads l on l.load_id = r._dlt_load_id"
        " where r.rate_date > l.inserted_at::date + 7",
        "No rate is dated over a week after its load.",
        "warning",
    )
    rates.query(
        "newest_rate_age",
        "select coalesce((select max(inserted_at)::date from raw_fx._dlt_loads where status = 0)"
        f" - (select max(rate_date) from raw_fx.rates where _dlt_load_id in ({completed(SUITE)})), 0)",
        f"The newest rate is at most {_STALE_DAYS} days older than the newest load.",
        "warning",
        min_value=None,
        max_value=_STALE_DAYS,
    )
    return rates

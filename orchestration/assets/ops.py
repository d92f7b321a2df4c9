"""Tables that every run writes to itself: the models of `ops` read them, no step makes them."""

from __future__ import annotations

from dagster import AssetSpec

from orchestration.keys import group, raw_key

_TABLES = {
    "check_results": "One row per result of a check of dbt, Great Expectations or freshness.",
    "runs": "One row per run of a job, written by the publication.",
}
OPS_TABLES = [
    AssetSpec(raw_key("ops", table), group_name=group("raw", "ops"), description=description)
    for table, description in _TABLES.items()
]

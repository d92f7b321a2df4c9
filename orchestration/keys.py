"""Names that more than one module needs: asset keys, groups, the pool and the tags of runs."""

from __future__ import annotations

from dagster import AssetKey

# One slot: DuckDB has one writing process. The lock file holds across processes; the pool makes runs of
# the web interface queue and say so, in place of waiting inside a step.
WAREHOUSE_POOL = "warehouse"

TAG_PREFIX = "audience-warehouse"
# Set on jobs that go on with the other domains when a source fails; the run fails at its end.
CONTINUE_TAG = f"{TAG_PREFIX}/continue_without_source"
# Set on jobs that build or publish, of which dagster.yaml lets one at a time go on.
BUILDS_TAG = f"{TAG_PREFIX}/builds"
CADENCE_TAG = f"{TAG_PREFIX}/cadence"
PROCESS_TAG = f"{TAG_PREFIX}/process"
SOURCE_TAG = f"{TAG_PREFIX}/source"
# Set on jobs that do nothing without a range of dates.
DATES_TAG = f"{TAG_PREFIX}/needs_dates"

# Metadata of a model that a build left out because nothing above it was new.
UNCHANGED = "unchanged"
# Metadata of the accounts' files: ids that were asked for and have no row.
EMPTY_ACCOUNTS = "accounts_without_rows"

LOAD_CHECK = "load_succeeded"
FRESHNESS_CHECK = "is_fresh"

PUBLICATION_KEY = AssetKey(["publish", "analytics"])
OUTCOME_KEY = AssetKey(["publish", "run_outcome"])
REPORTS = "reports"
ACCOUNTS_KEY = AssetKey(["publish", "accounts"])
EXPORTS_KEY = AssetKey(["exports", "marts"])

# First part of the keys of what dbt builds.
MODEL_LAYERS = ("seeds", "staging", "intermediate", "marts")
# Tables that each load writes beside its data; `loads` is dlt's _dlt_loads.
LEDGER_TABLES = ("files", "rejects", "reject_replays", "loads")


def raw_key(source: str, table: str) -> AssetKey:
    """raw/<source>/<table>: a table of the dataset raw_<source>."""
    return AssetKey(["raw", source, table])


def model_key(layer: str, domain: str, name: str) -> AssetKey:
    """<layer>/<source or domain>/<model>."""
    return AssetKey([layer, domain, name])


def report_key(slug: str) -> AssetKey:
    """reports/<slug>: a page of the site."""
    return AssetKey([REPORTS, slug])


def group(layer: str, domain: str) -> str:
    """Group of an asset in the graph, such as raw_social or marts_core."""
    return f"{layer}_{domain}"

"""The raw table that every collected source has beside its own: the states of its collections."""

from __future__ import annotations

from ingestion.collect.collection import COLLECTIONS, collected_root
from ingestion.schema import ResourceSpec
from ingestion.sql import sql_of

# First columns of every collected table.
ENVELOPE = {"collection_id": "VARCHAR", "account_id": "VARCHAR", "collected_at": "TIMESTAMP"}


def collections_resource(source: str) -> ResourceSpec:
    """raw_<source>.collections: one row a state of a collection, see `ingestion.collect.collection`."""
    return ResourceSpec(
        name=COLLECTIONS,
        columns={
            "collection_id": "VARCHAR",
            "resource": "VARCHAR",
            "account_id": "VARCHAR",
            "status": "VARCHAR",
            "started_at": "TIMESTAMP",
            "ended_at": "TIMESTAMP",
            "requests": "BIGINT",
            "retries": "BIGINT",
            "rows": "BIGINT",
            "points": "BIGINT",
            "error": "VARCHAR",
            "recorded_at": "TIMESTAMP",
        },
        extract_sql=sql_of(__package__, "collections.sql"),
        roots=collected_root(source, COLLECTIONS),
    )

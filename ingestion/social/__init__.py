"""Social-app events from files in the landing folder: see `extract.sql` for the envelope and its versions."""

from __future__ import annotations

from ingestion.files import InputRoot
from ingestion.schema import ResourceSpec
from ingestion.settings import Settings
from ingestion.sql import sql_of

EVENTS = ResourceSpec(
    name="events",
    columns={
        "event_id": "VARCHAR",
        "has_event_id": "BOOLEAN",
        "event_type": "VARCHAR",
        "user_id": "VARCHAR",
        "session_id": "VARCHAR",
        "timestamp": "TIMESTAMP",
        "schema_version": "VARCHAR",
        "platform": "VARCHAR",
        "user_agent_hash": "VARCHAR",
        "ip_address_hash": "VARCHAR",
        "pii_key_id": "VARCHAR",
        "data": "VARCHAR",
        "extra": "VARCHAR",
    },
    extract_sql=sql_of(__package__, "extract.sql"),
    roots=lambda settings: [_landing(settings)],
    hashed={"user_agent": "user_agent_hash", "ip_address": "ip_address_hash"},
)

RESOURCES = [EVENTS]


def _landing(settings: Settings) -> InputRoot:
    return InputRoot(settings.landing_dir / "social", "landing/social", ("jsonl", "jsonl.gz", "json", "parquet"))

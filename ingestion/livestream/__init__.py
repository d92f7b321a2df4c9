"""Sessions of streaming AI characters from files in the landing folder, in the two forms in which they are exported.

Events, one a line: `{type, data{characterId, sessionId, ...}, timestamp}` with the types session_start, session_end,
interaction, viewer_sample, error and reconnect; unknown types are kept. And documents, one session each: `{id,
characterId, startTime, endTime, viewerStats, interactionStats, technicalStats}`. Both go to `raw_livestream.events`, a
document as one row with `is_document`; the models see to it that a session in both forms counts once. Moments may
be wrapped as document stores do it: see `parse_moment` in `ingestion/macros.sql`, and `fields.sql` for other spellings.

`response_time` is as the app gave it; LIVESTREAM_RESPONSE_TIME_UNIT says its unit.
"""

from __future__ import annotations

from ingestion.collect.amounts import AMOUNTS_SQL
from ingestion.files import InputRoot
from ingestion.schema import ResourceSpec
from ingestion.settings import Settings
from ingestion.sql import sql_of

EVENTS = ResourceSpec(
    name="events",
    columns={
        "event_id": "VARCHAR",
        "has_event_id": "BOOLEAN",
        "is_document": "BOOLEAN",
        "type": "VARCHAR",
        "account_id": "VARCHAR",
        "character_id": "VARCHAR",
        "session_id": "VARCHAR",
        "video_id": "VARCHAR",
        "timestamp": "TIMESTAMP",
        "ended_at": "TIMESTAMP",
        "interaction_id": "VARCHAR",
        "user_id": "VARCHAR",
        "super_chat_amount": "DECIMAL(18,6)",
        "currency": "VARCHAR",
        "response_time": "DOUBLE",
        "emotion": "VARCHAR",
        "viewer_count": "BIGINT",
        "error_type": "VARCHAR",
        "error_message": "VARCHAR",
        "component": "VARCHAR",
        "data": "VARCHAR",
        "extra": "VARCHAR",
    },
    extract_sql=sql_of(__package__, "fields.sql") + AMOUNTS_SQL + sql_of(__package__, "rows.sql"),
    roots=lambda settings: [_landing(settings)],
)

RESOURCES = [EVENTS]


def _landing(settings: Settings) -> InputRoot:
    return InputRoot(
        settings.landing_dir / "livestream", "landing/livestream", ("jsonl", "jsonl.gz", "json", "parquet")
    )

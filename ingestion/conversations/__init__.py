"""Conversations with AI assistants: tracked events in the landing folder, and Claude Code transcripts.

Transcripts lie below `projects/` of each folder in CLAUDE_CONFIG_DIR. They grow while they are read and
their owner deletes them later: what was loaded stays. What people and assistants say leaves the files of both only with
CONVERSATION_TEXT=keep.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from ingestion.files import InputRoot
from ingestion.schema import ResourceSpec
from ingestion.sql import sql_of


def config_root_id(folder: Path) -> str:
    """What stands for a configuration folder in ids and rows: 20 hex digits of its absolute path's SHA-256."""
    return hashlib.sha256(str(folder.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:20]


EVENTS = ResourceSpec(
    name="events",
    columns={
        "event_id": "VARCHAR",
        "has_event_id": "BOOLEAN",
        "type": "VARCHAR",
        "timestamp": "TIMESTAMP",
        "conversation_id": "VARCHAR",
        "user_id": "VARCHAR",
        "data": "VARCHAR",
    },
    extract_sql=sql_of(__package__, "events.sql"),
    roots=lambda settings: [
        InputRoot(
            settings.landing_dir / "conversations",
            "landing/conversations",
            ("jsonl", "jsonl.gz", "json", "parquet"),
        )
    ],
    json_columns=("data",),
    keeps_text=lambda settings: settings.keep_conversation_text,
)

TRANSCRIPT_LINES = ResourceSpec(
    name="transcript_lines",
    columns={
        "path_id": "VARCHAR",
        "project": "VARCHAR",
        "file_session_id": "VARCHAR",
        "agent_id": "VARCHAR",
        "type": "VARCHAR",
        "subtype": "VARCHAR",
        "uuid": "VARCHAR",
        "parent_uuid": "VARCHAR",
        "session_id": "VARCHAR",
        "timestamp": "TIMESTAMP",
        "is_sidechain": "BOOLEAN",
        "is_meta": "BOOLEAN",
        "is_compact_summary": "BOOLEAN",
        "is_api_error_message": "BOOLEAN",
        "is_forked_copy": "BOOLEAN",
        "role": "VARCHAR",
        "message_id": "VARCHAR",
        "request_id": "VARCHAR",
        "model": "VARCHAR",
        "speed": "VARCHAR",
        "inference_geo": "VARCHAR",
        "has_usage": "BOOLEAN",
        "input_tokens": "BIGINT",
        "output_tokens": "BIGINT",
        "cache_creation_tokens": "BIGINT",
        "cache_write_5m_tokens": "BIGINT",
        "cache_write_1h_tokens": "BIGINT",
        "cache_read_tokens": "BIGINT",
        "other_attempts": "VARCHAR",
        "cost_usd": "DECIMAL(24,12)",
        "is_tool_result": "BOOLEAN",
        "is_machine_text": "BOOLEAN",
        "tool_names": "VARCHAR",
        "tool_use_count": "BIGINT",
        "text_length": "BIGINT",
        "is_error": "BOOLEAN",
        "client_version": "VARCHAR",
        "line_hash": "VARCHAR",
        "text": "VARCHAR",
    },
    extract_sql=sql_of(__package__, "transcript_lines.sql"),
    roots=lambda settings: [
        InputRoot(folder / "projects", f"claude/{config_root_id(folder)}", ("jsonl",), "*.jsonl")
        for folder in settings.claude_config_dirs
    ],
    text_columns=("text",),
    keeps_text=lambda settings: settings.keep_conversation_text,
)

RESOURCES = [EVENTS, TRANSCRIPT_LINES]

"""What people and assistants say is dropped at the door of tracked conversations unless CONVERSATION_TEXT=keep.

Lengths stay: the text of a property whose name says that it holds one, and of what lies within it, becomes
"[42 characters]". Names, numbers and all other properties stay as they are.
"""

from __future__ import annotations

import json
import re

import duckdb
from duckdb.sqltypes import VARCHAR

from ingestion.pii import STRING, Redactor, skip_space
from ingestion.sql import literal

# How trackers and chat services call it; matched as `Redactor` says.
_NAMES = (
    *("content", "contents", "text", "texts", "message", "messages", "body", "prompt", "prompts", "transcript"),
    *("instruction", "instructions", "input", "inputs", "output", "outputs", "query", "question", "answer", "answers"),
    *("reply", "replies", "response", "responses", "completion", "completions", "title", "subject", "summary"),
    *("snippet", "preview", "excerpt", "thinking", "reasoning", "arguments"),
)
_LENGTH = re.compile(r'"\[\d+ characters\]"')


def install_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Define in `connection`: drop_texts(json text)."""
    dropper = Redactor(_NAMES, lengths)
    connection.create_function("drop_named_texts", dropper.redact, [VARCHAR], VARCHAR)
    named = literal(rf"{dropper.key_pattern}\s*:|{dropper.embedded_pattern}")
    connection.execute(
        f"""create macro drop_texts(t) as case
            when regexp_matches(t, {named}) or contains(t, '\\u') then drop_named_texts(t) else t end"""
    )


def lengths(value: str) -> str:
    """A JSON value with the length of each text in its place; what is a length already is left."""
    return STRING.sub(_length, value)


def _length(match: re.Match[str]) -> str:
    behind = skip_space(match.string, match.end())
    if match.string[behind : behind + 1] == ":" or _LENGTH.fullmatch(match[0]):
        return match[0]
    try:
        count = len(json.loads(match[0], strict=False))
    except ValueError:
        count = len(match[0]) - 2
    return f'"[{count} characters]"'

"""Raw tables of the source `conversations`: tracked events and transcript lines."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites.raw import data_table, json_object, json_without_personal_data, ledger_checks

SUITE = "raw_conversations"
EVENT_TYPES = ("conversation_created", "message_sent", "token_usage", "user_activity")
TOKEN_COLUMNS = (
    "input_tokens",
    "output_tokens",
    "cache_creation_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
)


def suite() -> Iterable[Check]:
    """Checks of both data tables, ledger, rejects and loads."""
    ledger = ledger_checks(SUITE, ("events", "transcript_lines"))
    for table in (_events(), _transcript_lines(), *ledger):
        yield from table


def _events() -> TableChecks:
    events = data_table(SUITE, "events")
    events.has_columns(
        "event_id has_event_id type timestamp conversation_id user_id data file_id line_number _dlt_load_id"
    )
    for column in ("event_id", "has_event_id", "type", "timestamp"):
        events.not_null(column)
    events.no_rows(
        "timestamp_in_range",
        """ "timestamp" not between timestamp '2000-01-01' and timestamp '2100-01-01' """,
        "Event times lie between 2000 and 2100; others are rejects.",
    )
    events.share_at_most(
        "type_unknown_share",
        f"type not in {EVENT_TYPES}",
        0.2,
        "At most 20 % of the events have a type that the models do not know.",
    )
    events.share_at_most(
        "conversation_id_null_share",
        "conversation_id is null",
        0.05,
        "At most 5 % of the events about messages, tokens and conversations name no conversation.",
        of=f"type in {EVENT_TYPES[:3]}",
    )
    events.share_at_most(
        "event_id_made_share", "not has_event_id", 0.5, "At most half of the events lack their own id."
    )
    json_object(events, "data")
    json_without_personal_data(events, "data")
    return events


def _transcript_lines() -> TableChecks:
    lines = data_table(SUITE, "transcript_lines")
    lines.has_columns(
        "project file_session_id agent_id type uuid parent_uuid session_id timestamp is_sidechain is_meta"
        " role message_id request_id model input_tokens output_tokens cache_creation_tokens"
        " cache_write_5m_tokens cache_write_1h_tokens cache_read_tokens cost_usd has_usage is_tool_result"
        " tool_names tool_use_count text_length is_error client_version text file_id line_number _dlt_load_id"
    )
    for column in ("has_usage", "is_sidechain"):
        lines.not_null(column)
    lines.no_rows(
        "tokens_not_negative",
        f"least({', '.join(TOKEN_COLUMNS)}) < 0",
        "No count of tokens is negative.",
        "warning",
    )
    lines.no_rows(
        "cache_writes_within_creation",
        "cache_write_5m_tokens + cache_write_1h_tokens <> cache_creation_tokens",
        "Cache writes for 5 minutes and for 1 hour add up to the tokens of cache creation.",
        "warning",
    )
    lines.no_rows("cost_not_negative", "cost_usd < 0", "No reported cost is negative.", "warning")
    for column, limit in (("timestamp", 0.01), ("model", 0.01), ("message_id", 0.05)):
        lines.share_at_most(
            f"usage_{column}_null_share",
            f'"{column}" is null',
            limit,
            f"At most the share {limit} of the usage records has no {column}.",
            of="has_usage",
        )
    lines.no_rows(
        "tool_names_is_list",
        "tool_names is not null"
        " and coalesce(json_type(case when json_valid(tool_names) then tool_names end), '') <> 'ARRAY'",
        "tool_names is the text of a JSON list.",
        scope="new",
    )
    return lines

"""Raw tables of the source `livestream`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites import patterns
from expectations.suites.raw import data_table, json_object, json_without_personal_data, ledger_checks

SUITE = "raw_livestream"
EVENT_TYPES = ("session_start", "session_end", "interaction", "viewer_sample", "error", "reconnect")


def suite() -> Iterable[Check]:
    """Checks of events and documents, ledger, rejects and loads."""
    for table in (_events(), *ledger_checks(SUITE, ("events",))):
        yield from table


def _events() -> TableChecks:
    events = data_table(SUITE, "events")
    events.has_columns(
        "event_id has_event_id is_document type account_id character_id session_id video_id timestamp ended_at"
        " interaction_id user_id super_chat_amount currency response_time emotion viewer_count error_type error_message"
        " component data extra file_id line_number _dlt_load_id"
    )
    for column in ("event_id", "is_document", "type", "timestamp"):
        events.not_null(column)
    events.no_rows(
        "timestamp_in_range",
        """ "timestamp" not between timestamp '2000-01-01' and timestamp '2100-01-01' """,
        "Moments lie between 2000 and 2100; others are rejects.",
    )
    events.no_rows(
        "made_event_id_marked",
        "not has_event_id and not regexp_matches(event_id, '^(line|document|interaction)-')",
        "An event without its own id has one made from its content, and says so.",
    )
    known = ", ".join(f"'{name}'" for name in (*EVENT_TYPES, "session_document"))
    events.no_rows(
        "session_named",
        f"session_id is null and type in ({known})",
        "Every event of a known kind, and every document, names its session.",
    )
    events.no_rows(
        "sample_has_count",
        "type = 'viewer_sample' and coalesce(viewer_count, -1) < 0",
        "Every sample of viewers holds a number of 0 or more.",
    )
    events.no_rows(
        "error_message_masked",
        f"{patterns.holds_ip('error_message')} or {patterns.holds_email('error_message')}",
        "No error message holds an address.",
        scope="new",
    )
    events.no_rows(
        "super_chat_not_negative", "super_chat_amount < 0", "No super chat has a negative amount.", "warning"
    )
    events.share_at_most(
        "type_unknown_share", f"type not in ({known})", 0.05, "At most 5 % of the events are of an unknown kind."
    )
    events.share_at_most(
        "response_time_missing_share",
        "coalesce(response_time, 0) <= 0",
        0.9,
        "At most 90 % of the interactions lack a response time: the app may have stopped measuring it.",
        of="type = 'interaction'",
    )
    json_object(events, "data")
    for column in ("data", "extra"):
        json_without_personal_data(events, column)
    return events

"""Raw tables of the source `social`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites import patterns
from expectations.suites.raw import data_table, json_object, json_without_personal_data, ledger_checks

SUITE = "raw_social"
EVENT_TYPES = ("view", "engagement", "purchase", "stream", "session")


def suite() -> Iterable[Check]:
    """Checks of events, ledger, rejects and loads."""
    for table in (_events(), *ledger_checks(SUITE, ("events",))):
        yield from table


def _events() -> TableChecks:
    events = data_table(SUITE, "events")
    events.row_scope = "new"
    events.has_columns(
        "event_id has_event_id event_type user_id session_id timestamp schema_version platform"
        " user_agent_hash ip_address_hash pii_key_id data extra file_id line_number _dlt_load_id"
    )
    for column in ("event_id", "has_event_id", "event_type", "timestamp"):
        events.not_null(column)
    events.no_rows(
        "timestamp_in_range",
        """ "timestamp" not between timestamp '2000-01-01' and timestamp '2100-01-01' """,
        "Event times lie between 2000 and 2100; others are rejects.",
    )
    events.no_rows(
        "made_event_id_marked",
        "not has_event_id and not starts_with(event_id, 'line-')",
        "An event without its own id has one made from its line, and says so.",
    )
    events.no_rows(
        "hash_names_its_key",
        "pii_key_id is null and (user_agent_hash is not null or ip_address_hash is not null)",
        "Each hash of an IP address or a user agent stands beside the id of its key.",
    )
    events.share_at_most(
        "event_type_unknown_share",
        f"event_type not in {EVENT_TYPES}",
        0.05,
        "At most 5 % of the events have a type that the models do not know.",
    )
    events.share_at_most(
        "schema_version_unknown_share",
        "not regexp_matches(schema_version, '^1[.][01]([.]|$)')",
        0.2,
        "At most 20 % of the events have a schema version that the models do not know.",
    )
    events.share_at_most("user_id_null_share", "user_id is null", 0.5, "At most half of the events have no user.")
    events.share_at_most(
        "event_id_made_share", "not has_event_id", 0.5, "At most half of the events lack their own id."
    )
    _personal_data(events)
    return events


def _personal_data(events: TableChecks) -> None:
    """Canaries over the rows of new loads; hits mean that the door of ingestion has a gap."""
    for column in ("user_agent_hash", "ip_address_hash"):
        events.no_rows(
            f"{column}_is_hash",
            patterns.is_not_hash(column),
            f"{column} holds hashes only, never the clear value.",
            scope="new",
        )
    # The schema version is left out: 1.1.0.2 looks like an address.
    envelope = "concat_ws(' ', event_id, event_type, user_id, session_id, platform)"
    events.no_rows(
        "envelope_without_ip",
        patterns.holds_ip(envelope),
        "No id or name of an event holds what looks like an IP address.",
        "warning",
        scope="new",
    )
    json_object(events, "data")
    for column in ("data", "extra"):
        json_without_personal_data(events, column)

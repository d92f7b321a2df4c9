"""Faults of raw tables."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, few, names, one


def cases() -> Iterator[Case]:
    """Faults that the suites raw_social and raw_conversations must see."""
    yield from raw_table("raw_social", "events")
    yield from raw_table("raw_conversations", "events")
    yield from raw_table("raw_conversations", "transcript_lines")
    yield from ledger("raw_social")
    yield from ledger("raw_conversations")
    yield from _raw_social()
    yield from _raw_conversations()


_JSON_COLUMNS = {
    "raw_social.events": ("data", "extra"),
    "raw_conversations.events": ("data",),
    "raw_livestream.events": ("data", "extra"),
}


def raw_table(suite: str, table: str) -> Iterator[Case]:
    """Faults that the checks of `expectations.suites.raw.data_table` and of JSON columns must see."""
    path = f"{suite}.{table}"
    equal = f"{table}_rows_equal_ledger"
    yield Case(suite, f"{table}_volume", f"delete from {path}", names(equal))
    yield Case(suite, equal, f"insert into {path} select * replace (1000 as line_number) from {path} limit 1")
    yield Case(suite, f"{table}_file_id_not_null", one(path, "file_id = null"), names(f"{table}_file_known"))
    yield Case(suite, f"{table}__dlt_load_id_not_null", one(path, "_dlt_load_id = null"), names(equal))
    yield Case(suite, f"{table}_line_number_positive", one(path, "line_number = 0"))
    yield Case(suite, f"{table}_file_known", one(path, "file_id = 'unknown'"))
    if "data" in _JSON_COLUMNS.get(path, ()):
        yield Case(suite, f"{table}_data_is_object", one(path, "data = '[1]'"))
    for column in _JSON_COLUMNS.get(path, ()):
        text = f"{table}_{column}_text_without_ip"
        yield Case(
            suite,
            f"{table}_{column}_property_without_ip",
            one(path, f"""{column} = '{{"host": "203.0.113.7"}}'"""),
            names(text),
        )
        yield Case(suite, text, one(path, f"""{column} = '{{"note": "ping 2001:db8::1 please"}}'"""))
        yield Case(
            suite,
            f"{table}_{column}_without_email",
            one(path, f"""{column} = '{{"note": "write to canary@example.org"}}'"""),
        )


def ledger(suite: str) -> Iterator[Case]:
    """Faults that the checks of files, rejects and loads must see."""
    files, rejects, loads = f"{suite}.files", f"{suite}.rejects", f"{suite}._dlt_loads"
    yield Case(suite, "files_columns", f"alter table {files} rename column generation to other")
    yield Case(
        suite,
        "files_file_id_not_null",
        f"insert into {files} by name select * replace (null as file_id, 0 as lines_read, 0 as rows_loaded,"
        f" 0 as rows_rejected, 0 as rows_blank) from {files} limit 1",
    )
    yield Case(
        suite,
        "files_resource_in_set",
        f"insert into {files} by name select * replace ('other' as resource, 0 as lines_read,"
        f" 0 as rows_loaded, 0 as rows_rejected, 0 as rows_blank) from {files} limit 1",
    )
    yield Case(suite, "files_lines_conserved", one(files, "lines_read = lines_read + 1"))
    yield Case(suite, "files_counts_not_negative", one(files, "rows_pending = -1"))
    yield Case(suite, "files_offsets_in_order", one(files, "end_offset = -1"))
    yield Case(
        suite,
        "files_loads_completed_share",
        f"insert into {files} by name select * replace ('killed' as _dlt_load_id) from {files}",
    )
    yield Case(suite, "rejects_columns", f"alter table {rejects} rename column source to other")
    yield Case(
        suite,
        "rejects_rows_equal_ledger",
        f"insert into {rejects} select * replace ('again' as reject_id) from {rejects} limit 1",
    )
    yield Case(suite, "rejects_reject_id_not_null", one(rejects, "reject_id = null", "reject_id <> 'r0'"))
    yield Case(suite, "rejects_reason_given", one(rejects, "reason_text = ''"))
    yield Case(suite, "rejects_reason_code_in_set", one(rejects, "reason_code = 'other'"))
    yield Case(suite, "rejects_resource_in_set", one(rejects, "resource = 'other'", "reject_id <> 'r0'"))
    yield Case(suite, "rejects_raw_text_bounded", one(rejects, "raw_text = repeat('x', 65537)"))
    yield Case(suite, "rejects_raw_text_without_ip", one(rejects, "raw_text = 'from 203.0.113.7'"))
    newest = f"(select max(_dlt_load_id) from {files})"
    for name, lines, also in (
        ("rejects_share_of_newest_load", 100, ""),
        ("rejects_mass_in_newest_load", 5000, "rejects_share_of_newest_load"),
    ):
        yield Case(
            suite,
            name,
            f"insert into {files} by name select * replace ({lines} as lines_read, 0 as rows_loaded,"
            f" {lines} as rows_rejected, 0 as rows_blank) from {files} where _dlt_load_id = {newest} limit 1;"
            f" insert into {rejects} select r.* replace ({newest} as _dlt_load_id)"
            f" from (select * from {rejects} limit 1) r, range({lines})",
            names(also),
        )
    future = one(loads, "inserted_at = now() + interval 3 hour")
    yield Case(suite, "dlt_loads_not_in_future", future)
    yield Case(suite, "dlt_loads_freshness", f"update {loads} set inserted_at = inserted_at - interval 4 day")


def _raw_social() -> Iterator[Case]:
    suite, events = "raw_social", "raw_social.events"
    yield Case(
        suite,
        "events_columns",
        f"alter table {events} rename column pii_key_id to other",
        errors=names("events_hash_names_its_key"),
    )
    for column in ("event_id", "has_event_id", "event_type", "timestamp"):
        yield Case(suite, f"events_{column}_not_null", one(events, f'"{column}" = null'))
    yield Case(suite, "events_timestamp_in_range", one(events, "\"timestamp\" = timestamp '1970-01-01'"))
    yield Case(suite, "events_made_event_id_marked", one(events, "has_event_id = false"))
    yield Case(suite, "events_hash_names_its_key", one(events, "pii_key_id = null"))
    yield Case(suite, "events_event_type_unknown_share", few(events, "event_type = 'other'", 0.06))
    yield Case(suite, "events_schema_version_unknown_share", few(events, "schema_version = '9.0.0'", 0.4))
    yield Case(suite, "events_user_id_null_share", few(events, "user_id = null", 0.6))
    yield Case(
        suite,
        "events_event_id_made_share",
        few(events, "event_id = 'line-' || event_id, has_event_id = false", 0.6),
    )
    for column in ("user_agent_hash", "ip_address_hash"):
        yield Case(suite, f"events_{column}_is_hash", one(events, f"{column} = '203.0.113.7'"))
    yield Case(suite, "events_envelope_without_ip", one(events, "user_id = '2001:db8:0:0:0:0:0:1'"))


def _raw_conversations() -> Iterator[Case]:
    suite, events, lines = (
        "raw_conversations",
        "raw_conversations.events",
        "raw_conversations.transcript_lines",
    )
    yield Case(
        suite,
        "events_columns",
        f"alter table {events} rename column conversation_id to other",
        errors=names("events_conversation_id_null_share"),
    )
    for column in ("event_id", "has_event_id", "type", "timestamp"):
        yield Case(suite, f"events_{column}_not_null", one(events, f'"{column}" = null'))
    yield Case(suite, "events_timestamp_in_range", one(events, "\"timestamp\" = timestamp '2100-01-02'"))
    yield Case(suite, "events_type_unknown_share", few(events, "type = 'other'", 0.3))
    yield Case(suite, "events_conversation_id_null_share", few(events, "conversation_id = null", 0.2))
    yield Case(
        suite,
        "events_event_id_made_share",
        few(events, "event_id = 'line-' || event_id, has_event_id = false", 0.6),
    )
    yield Case(suite, "transcript_lines_columns", f"alter table {lines} rename column client_version to other")
    for column in ("has_usage", "is_sidechain"):
        yield Case(suite, f"transcript_lines_{column}_not_null", one(lines, f"{column} = null"))
    yield Case(suite, "transcript_lines_tokens_not_negative", one(lines, "output_tokens = -1", "has_usage"))
    yield Case(
        suite,
        "transcript_lines_cache_writes_within_creation",
        one(lines, "cache_write_1h_tokens = 7", "has_usage"),
    )
    yield Case(suite, "transcript_lines_cost_not_negative", one(lines, "cost_usd = -1"))
    for column in ("timestamp", "model", "message_id"):
        yield Case(
            suite,
            f"transcript_lines_usage_{column}_null_share",
            few(lines, f'"{column}" = null', 0.1, "has_usage"),
        )
    yield Case(suite, "transcript_lines_tool_names_is_list", one(lines, "tool_names = 'Read'"))

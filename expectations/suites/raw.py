"""Checks that every source's raw tables share: ledger of files, rejects and loads."""

from __future__ import annotations

from expectations.declaration import TableChecks
from expectations.suites import patterns

REJECT_REASONS = (
    "invalid_json",
    "not_an_object",
    "missing_field",
    "wrong_type",
    "invalid_timestamp",
    "invalid_utf8",
    "incomplete_line",
    "truncated_file",
    "unreadable_file",
    "unsupported_file",
    "line_too_long",
    "duplicate_key",
    "wrong_column_count",
    "wrong_header",
)
_RAW_TEXT_LIMIT_BYTES = 64 * 1024
STALE_AFTER_HOURS = 72  # a weekend
_MASS_LINES = 1000  # below, one broken file would stop a publication that is otherwise right


def completed(dataset: str) -> str:
    """Query of the loads that completed: only their rows count (dlt loads at least once)."""
    return f"select load_id from {dataset}._dlt_loads where status = 0"


def loaded_rows(table: str) -> str:
    """Query of the number of rows of completed loads in a raw table."""
    dataset = table.partition(".")[0]
    return f"select count(*) from {table} where _dlt_load_id in ({completed(dataset)})"


def ledger_total(dataset: str, column: str, resource: str | None = None) -> str:
    """Query of a sum over the ledger of files, completed loads only."""
    of_resource = f" and resource = '{resource}'" if resource else ""
    return f"select sum({column}) from {dataset}.files where _dlt_load_id in ({completed(dataset)}){of_resource}"


def data_table(suite: str, resource: str) -> TableChecks:
    """The checks of one data table of a source that hold whatever its columns are."""
    table = TableChecks(suite, f"{suite}.{resource}")
    table.query(
        "volume",
        f"select case when coalesce(({ledger_total(suite, 'rows_loaded', resource)}), 0) > 0"
        f" and not exists (select 1 from {suite}.{resource}) then 1 else 0 end",
        "The table holds rows if the ledger of files says that any were loaded.",
    )
    table.equal(
        "rows_equal_ledger",
        loaded_rows(f"{suite}.{resource}"),
        f"select coalesce(({ledger_total(suite, 'rows_loaded', resource)}), 0) + ({_replayed(suite, resource)})",
        "Rows of completed loads equal the lines that the ledger of files counts as loaded, and replayed rejects.",
    )
    table.not_null("file_id")
    table.not_null("_dlt_load_id")
    table.no_rows("line_number_positive", "line_number is null or line_number < 1", "Lines count from 1.")
    table.query(
        "file_known",
        f"select count(*) from (select distinct file_id, _dlt_load_id from {suite}.{resource}"
        f" where _dlt_load_id in ($new_loads)) r"
        f" anti join {suite}.files f on f.file_id = r.file_id",
        "Every new row traces to a file in the ledger.",
        scope="new",
    )
    return table


def collected_table(suite: str, resource: str) -> TableChecks:
    """The checks of one table of a platform's items that hold whatever its columns are."""
    table = TableChecks(suite, f"{suite}.{resource}")
    table.equal(
        "rows_equal_ledger",
        loaded_rows(f"{suite}.{resource}"),
        f"select coalesce(({ledger_total(suite, 'rows_loaded', resource)}), 0) + ({_replayed(suite, resource)})",
        "Rows of completed loads equal the lines that the ledger of files counts as loaded, and replayed rejects.",
    )
    table.no_rows(
        "origin_given",
        "file_id is null or _dlt_load_id is null or coalesce(line_number, 0) < 1"
        " or collection_id is null or collected_at is null",
        "Every row names its load, file, line, collection and the moment of the answer.",
    )
    table.query(
        "origin_known",
        f"select count(*) from (select distinct file_id, collection_id from {suite}.{resource}"
        " where _dlt_load_id in ($new_loads)) r"
        f" where file_id not in (select file_id from {suite}.files)"
        f" or collection_id not in (select collection_id from {suite}.collections)",
        "Every new row traces to a file in the ledger and to a collection.",
        scope="new",
    )
    table.no_rows(
        "collected_at_in_range",
        "collected_at < timestamp '2000-01-01' or collected_at > timezone('UTC', now()) + interval 1 hour",
        "No answer came from the future: the clock of the machine is right.",
    )
    return table


def collections_table(suite: str) -> TableChecks:
    """The checks of a source's collections."""
    path = f"{suite}.collections"
    table = TableChecks(suite, path)
    table.has_columns(
        "collection_id resource account_id status started_at ended_at requests retries rows points error recorded_at"
    )
    table.equal(
        "rows_equal_ledger",
        loaded_rows(path),
        f"select coalesce(({ledger_total(suite, 'rows_loaded', 'collections')}), 0)"
        f" + ({_replayed(suite, 'collections')})",
        "Rows of completed loads equal the lines that the ledger of files counts as loaded, and replayed rejects.",
    )
    table.no_rows(
        "status_given",
        "collection_id is null or resource is null"
        " or coalesce(status not in ('running', 'succeeded', 'partial', 'failed'), true)",
        "Every state of a collection names it, its resource and a known status.",
    )
    table.no_rows(
        "reason_given",
        "status in ('partial', 'failed') and coalesce(error, '') = ''",
        "A collection that is partial or failed says why.",
    )
    table.no_rows("times_in_order", "ended_at < started_at", "No collection ends before it starts.", "warning")
    table.no_rows(
        "repeats_within_requests", "retries > requests", "Repeated requests are part of the requests.", "warning"
    )
    collections = (
        f"(select bool_or(status = 'failed') as has_failed, max(started_at) as started_at from {path}"
        " group by collection_id)"
    )
    table.query(
        "failed_share",
        f"select coalesce(count(*) filter (where has_failed) / nullif(count(*), 0), 0) from {collections}"
        f" where started_at > (select max(started_at) - interval 1 day from {path})",
        "Of the collections of the newest day, at most a fifth failed.",
        "warning",
        max_value=0.2,
    )
    return table


def _replayed(dataset: str, resource: str) -> str:
    """Query of the number of rejects that a replay loaded; the ledger counts their lines as rejected."""
    return (
        f"select count(*) from {dataset}.reject_replays p where p.outcome = 'loaded'"
        f" and p._dlt_load_id in ({completed(dataset)})"
        f" and p.reject_id in (select reject_id from {dataset}.rejects where resource = '{resource}')"
    )


def json_object(table: TableChecks, column: str) -> None:
    """`column` is NULL or the text of a JSON object."""
    table.no_rows(
        f"{column}_is_object",
        # Nearly every row opens with the brace: one parse; json_type would be a second.
        f"case when {column} like '{{%' then not json_valid({column})"
        f" when json_valid({column}) then json_type({column}) <> 'OBJECT' else {column} is not null end",
        f"{column} is the text of a JSON object.",
        scope="new",
    )


def json_without_personal_data(table: TableChecks, column: str) -> None:
    """Canaries over a JSON column: a hit means that the door of ingestion has a gap.

    Critical where a property is an address, since that is what ingestion promises; what people write in
    longer texts only warns.
    """
    table.no_rows(
        f"{column}_property_without_ip",
        patterns.property_is_ip(column),
        f"No property in {column} is a clear IP address.",
        scope="new",
    )
    table.no_rows(
        f"{column}_text_without_ip",
        patterns.json_holds_ip(column),
        f"No text in {column} mentions what looks like an IP address.",
        "warning",
        scope="new",
    )
    table.no_rows(
        f"{column}_without_email",
        patterns.holds_email(column),
        f"No text in {column} holds an e-mail address.",
        "warning",
        scope="new",
    )


def ledger_checks(suite: str, resources: tuple[str, ...]) -> list[TableChecks]:
    """The checks of files, rejects and loads of one source."""
    return [_files(suite, resources), _rejects(suite, resources), _loads(suite)]


def _files(suite: str, resources: tuple[str, ...]) -> TableChecks:
    files = TableChecks(suite, f"{suite}.files")
    files.has_columns(
        "file_id resource file root format generation start_offset end_offset size_bytes content_sha256"
        " lines_read rows_loaded rows_rejected rows_blank rows_pending status loaded_at _dlt_load_id"
    )
    files.not_null("file_id")
    files.in_set("resource", resources)
    files.no_rows(
        "lines_conserved",
        "lines_read is distinct from rows_loaded + rows_rejected + rows_blank",
        "Of each file, lines read = loaded + rejected + blank.",
    )
    files.no_rows(
        "counts_not_negative",
        "least(lines_read, rows_loaded, rows_rejected, rows_blank, rows_pending) < 0",
        "No count of lines is negative.",
    )
    files.no_rows(
        "offsets_in_order",
        "start_offset < 0 or end_offset < start_offset",
        "Each piece of a file ends where it starts or later.",
    )
    files.query(
        "loads_completed_share",
        f"select coalesce(count(*) filter (where _dlt_load_id not in ({completed(suite)}))"
        f" / nullif(count(*), 0), 0) from {suite}.files",
        "At most a tenth of the ledger comes from loads that never completed (killed runs).",
        "warning",
        max_value=0.1,
    )
    return files


def _rejects(suite: str, resources: tuple[str, ...]) -> TableChecks:
    rejects = TableChecks(suite, f"{suite}.rejects")
    rejects.has_columns(
        "reject_id source resource file line_number reason_code reason_text raw_text rejected_at file_id _dlt_load_id"
    )
    rejects.equal(
        "rows_equal_ledger",
        loaded_rows(f"{suite}.rejects"),
        ledger_total(suite, "rows_rejected"),
        "Rejects of completed loads equal the lines that the ledger of files counts as rejected.",
    )
    rejects.not_null("reject_id")
    rejects.no_rows(
        "reason_given",
        "reason_code is null or coalesce(reason_text, '') = ''",
        "Every reject names its reason as a code and in words.",
    )
    rejects.in_set("reason_code", REJECT_REASONS, "warning")
    rejects.in_set("resource", resources)
    rejects.no_rows(
        "raw_text_bounded",
        f"octet_length(encode(raw_text)) > {_RAW_TEXT_LIMIT_BYTES}",
        "The kept text of a reject is at most 64 KiB.",
        "warning",
    )
    newest = (
        f"from {suite}.files where _dlt_load_id in (select load_id from {suite}._dlt_loads"
        " where status = 0 order by inserted_at desc, load_id desc limit 1)"
    )
    lines = "sum(lines_read) - sum(rows_blank)"
    rejects.query(
        "share_of_newest_load",
        # One line, such as a file's unfinished last one, is no share.
        f"select coalesce(case when sum(rows_rejected) > 1 then sum(rows_rejected) / ({lines}) end, 0) {newest}",
        "Of the newest load, at most 5 % of the lines were rejected, if it is more than one line.",
        "warning",
        max_value=0.05,
    )
    rejects.query(
        "mass_in_newest_load",
        f"select coalesce(case when {lines} >= {_MASS_LINES} then sum(rows_rejected) / ({lines}) end, 0) {newest}",
        f"Of the newest load, if of {_MASS_LINES} lines or more, at most half was rejected; the next load, also one of"
        " --replay-rejects, is judged anew.",
        max_value=0.5,
    )
    rejects.no_rows(
        "raw_text_without_ip",
        patterns.holds_ip("raw_text"),
        "No clear IP address stands in the kept text of a reject.",
        "warning",
        scope="new",
    )
    return rejects


def _loads(suite: str) -> TableChecks:
    loads = TableChecks(suite, f"{suite}._dlt_loads")
    loads.no_rows(
        "not_in_future",
        "status = 0 and inserted_at > now() + interval 1 hour",
        "No load lies in the future: the clock of the machine is right.",
    )
    loads.query(
        "freshness",
        f"select coalesce(date_diff('hour', max(inserted_at), now()), 0) from {suite}._dlt_loads where status = 0",
        f"The newest load is at most {STALE_AFTER_HOURS} hours old; no load, nothing to judge.",
        "warning",
        max_value=STALE_AFTER_HOURS,
    )
    return loads

"""Whether the figures can be trusted: loads, conservation, rejected rows, checks and runs."""

from __future__ import annotations

from datetime import UTC, datetime

from reports import charts, formats
from reports.components import Chart, Column, Kpi, Page, Section, Table, Tone
from reports.pages.context import Context, chart, table
from reports.spec import LAST, ReportSpec

QUERIES = (
    "quality/freshness",
    "quality/conservation",
    "quality/check_status",
    "quality/checks",
    "quality/rejects",
    "quality/loads",
    "quality/collections",
    "quality/runs",
)
DRAWN_REASONS = 12


def freshness(context: Context, *, is_short: bool = False) -> Table:
    """When each source was last heard of, seen from the time of the report."""
    rows = [
        {
            **row,
            "age_seconds": _age(context, row["loaded_at"]),
            "rows_age_seconds": _age(context, row["rows_loaded_at"]),
        }
        for row in context.rows("quality/freshness")
    ]
    with_rows = (
        Column("rows_loaded_at", "Last with rows", "moment"),
        Column("rows_age_seconds", "Age of rows", "seconds"),
        Column("load_count", "Loads", "integer"),
    )
    return table(
        context,
        "quality/freshness",
        caption="Freshness by source",
        definition="Time from the last finished load, and from the last one that brought rows, to this report.",
        columns=[
            Column("source", "Source"),
            Column("loaded_at", "Last load", "moment"),
            Column("age_seconds", "Age", "seconds"),
            *(() if is_short else with_rows),
            Column("rows_loaded", "Rows loaded", "integer"),
        ],
        rows=rows,
        row_key=["source"],
        empty="Nothing has been loaded yet.",
        wide=not is_short,
    )


def _age(context: Context, moment: object) -> float | None:
    if not isinstance(moment, datetime):
        return None
    utc = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((context.generated_at - utc).total_seconds(), 0.0)


def check_status(context: Context, *, is_wide: bool = False) -> Table:
    """Newest results of all checks, counted by tool."""
    return table(
        context,
        "quality/check_status",
        caption="Checks by tool",
        definition="The newest result of each check. A warning leaves the figures published; a failure stops "
        "publication.",
        columns=[
            Column("tool", "Tool"),
            Column("check_count", "Checks", "integer"),
            Column("passed_count", "Passed", "integer"),
            Column("warned_count", "Warned", "integer"),
            Column("failed_count", "Failed", "integer"),
            Column("checked_at", "Last checked", "moment"),
        ],
        row_key=["tool"],
        empty="No check has run yet.",
        wide=is_wide,
    )


def _total(context: Context, query: str, key: str) -> int:
    return int(sum(row[key] or 0 for row in context.rows(query)))


def headline(context: Context) -> list[Kpi]:
    """Tiles that the overview shows too: checks and rejected rows."""
    kpis: list[Kpi] = []
    loaded_at = context.as_of("quality/conservation")
    if context.rows("quality/check_status"):
        passed, warned, failed = (
            _total(context, "quality/check_status", f"{name}_count") for name in ("passed", "warned", "failed")
        )
        tone: Tone = "bad" if failed else "warn" if warned else "good"
        kpis.append(
            Kpi(
                metric="quality.checks_passed",
                label="Checks passed",
                value=passed,
                kind="integer",
                period="newest result of each",
                as_of=loaded_at,
                definition="Checks whose newest result is a pass. A check that crashed counts as failed.",
                note=f"{warned:,} warned, {failed:,} failed",
                tone=tone,
            )
        )
    if context.rows("quality/conservation"):
        unbalanced = _total(context, "quality/conservation", "unbalanced_load_count")
        open_rejects = _total(context, "quality/rejects", "open_count")
        kpis += [
            Kpi(
                metric="quality.rejects_open",
                label="Rejected rows open",
                value=open_rejects,
                kind="compact",
                period="all loads",
                as_of=loaded_at,
                definition="Rows that could not be read or broke their contract, kept with their reason, and not yet "
                "taken in again.",
                tone="warn" if open_rejects else "good",
                note=f"of {formats.counted(_total(context, 'quality/conservation', 'rows_read'), 'row')} read",
            ),
            Kpi(
                metric="quality.loads_unbalanced",
                label="Loads out of balance",
                value=unbalanced,
                kind="integer",
                period="all loads",
                as_of=loaded_at,
                definition="Loads in which the rows read are not the rows loaded, duplicates, rejected and "
                "blank together. Must be 0.",
                tone="bad" if unbalanced else "good",
                note=f"of {formats.counted(_total(context, 'quality/conservation', 'load_count'), 'load')}",
            ),
        ]
    return kpis


def runs(context: Context) -> Table:
    return table(
        context,
        "quality/runs",
        caption="Last runs",
        definition="Newest first. The run that made this report has not ended yet.",
        columns=[
            Column("started_at", "Started", "moment"),
            Column("ended_at", "Ended", "moment"),
            Column("job", "Job"),
            Column("status", "Status", "status"),
            Column("rows_loaded", "Rows loaded", "integer"),
            Column("rows_rejected", "Rejected", "integer"),
            Column("models_built", "Models", "integer"),
            Column("checks_passed", "Passed", "integer"),
            Column("checks_warned", "Warned", "integer"),
            Column("checks_failed", "Failed", "integer"),
        ],
        row_key=["run_id"],
        empty="No run has been recorded yet.",
    )


def collections(context: Context) -> Table:
    return table(
        context,
        "quality/collections",
        caption="Collections from platforms",
        definition="What is read from the platforms. Healthy: accounts of which the newest attempt succeeded. "
        "Collections and what follows: in the 7 days up to the newest attempt. Points: what requests cost of the "
        "platform's quota.",
        columns=[
            Column("source", "Source"),
            Column("resource", "Resource", "code"),
            Column("account_count", "Accounts", "integer"),
            Column("healthy_account_count", "Healthy", "integer"),
            Column("failing_account_count", "Failing", "integer"),
            Column("last_success_at", "Last success", "moment"),
            Column("week_collection_count", "Collections", "integer"),
            Column("week_request_count", "Requests", "integer"),
            Column("week_retry_count", "Retries", "integer"),
            Column("week_point_count", "Points", "integer"),
            Column("week_row_count", "Rows", "integer"),
            Column("last_problem", "Newest problem"),
        ],
        row_key=["source", "resource"],
        empty="No platform is configured.",
    )


def _rejects(context: Context) -> Chart:
    rows = context.rows("quality/rejects")
    open_rows = [{**row, "label": f"{row['source']}: {row['reason_code']}"} for row in rows if row["open_count"]]
    return chart(
        context,
        "quality/rejects",
        name="quality.rejects",
        title="Rejected rows by reason",
        definition="Rows set aside with their reason; open means not yet taken in again."
        + (
            f" Drawn are the {DRAWN_REASONS} most frequent of {len(open_rows)}; the table has all."
            if len(open_rows) > DRAWN_REASONS
            else ""
        ),
        spec=charts.ranked_bars(
            open_rows[:DRAWN_REASONS],
            label="label",
            value="open_count",
            value_title="Open rows",
            label_title="Source: reason",
        ),
        columns=[
            Column("source", "Source"),
            Column("reason_code", "Reason", "code"),
            Column("open_count", "Open", "integer"),
            Column("reject_count", "All", "integer"),
            Column("file_count", "Files", "integer"),
            Column("last_rejected_at", "Last", "moment"),
            Column("example_text", "Example"),
            Column("example_place", "Where", "code"),
        ],
        row_key=["source", "reason_code"],
        wide=True,
    )


def _checks(context: Context, *, are_standing: bool) -> Table:
    """The checks that did not pass, or all of them folded away."""
    rows = [row for row in context.rows("quality/checks") if not are_standing or row["status"] != "passed"]
    return table(
        context,
        "quality/checks",
        name="quality.checks_standing" if are_standing else "quality.checks",
        caption="Checks that did not pass" if are_standing else "All checks",
        definition="The newest result of each check.",
        columns=[
            Column("status", "Status", "status"),
            Column("severity", "Severity"),
            Column("tool", "Tool"),
            Column("suite", "Suite"),
            Column("check_name", "Check", "code"),
            Column("table_name", "Table", "code"),
            Column("observed", "Observed"),
            Column("expected", "Expected"),
            Column("checked_at", "Checked", "moment"),
        ],
        rows=rows,
        row_key=["tool", "suite", "check_name", "table_name"],
        empty="Every check passed." if are_standing and context.rows("quality/checks") else "No check has run yet.",
        is_folded=not are_standing,
    )


def assemble(context: Context) -> Page:
    columns = [
        Column("rows_read", "Read", "integer"),
        Column("rows_loaded", "Loaded", "integer"),
        Column("rows_duplicate", "Duplicates", "integer"),
        Column("rows_rejected", "Rejected", "integer"),
        Column("rows_blank", "Blank", "integer"),
    ]
    conservation = table(
        context,
        "quality/conservation",
        caption="Conservation by source",
        definition="Every row read is loaded, a duplicate, rejected or blank. Out of balance must be 0.",
        columns=[
            Column("source", "Source"),
            Column("load_count", "Loads", "integer"),
            *columns,
            Column("unbalanced_load_count", "Out of balance", "integer"),
        ],
        row_key=["source"],
        empty="Nothing has been loaded yet.",
    )
    loads = table(
        context,
        "quality/loads",
        caption="Last loads",
        definition="The 25 newest finished loads.",
        columns=[
            Column("loaded_at", "Loaded", "moment"),
            Column("source", "Source"),
            Column("load_id", "Load", "code"),
            Column("files_read", "Files", "integer"),
            *columns,
            Column("is_conserved", "In balance", "flag"),
        ],
        row_key=["load_id"],
        empty="Nothing has been loaded yet.",
    )
    return Page(
        summary="Whether the figures can be trusted: loads, conservation, rejected rows and checks.",
        notices=context.notices(QUERIES),
        sections=[
            Section(
                "status",
                "Status",
                headline(context),
                [freshness(context), check_status(context, is_wide=True)],
            ),
            Section("loads", "Loads and conservation", (), [conservation, loads]),
            Section("collections", "Collections", (), [collections(context)]),
            Section("rejects", "Rejected rows", (), [_rejects(context)]),
            Section(
                "checks", "Checks", (), [_checks(context, are_standing=True), _checks(context, are_standing=False)]
            ),
            Section("runs", "Runs", (), [runs(context)]),
        ],
    )


REPORT = ReportSpec(
    "quality",
    "Data quality",
    QUERIES,
    assemble,
    position=LAST - 1,
)

"""Faults that every collected source shares."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, few, names, one


def collected_cases(suite: str, table: str, *, has_columns: str, also: str = "") -> Iterator[Case]:
    """Faults of a table of items; `has_columns` is a column whose loss only the check of columns sees.

    Args:
        also: checks that a row too many fails with.
    """
    path = f"{suite}.{table}"
    yield Case(suite, f"{table}_columns", f"alter table {path} rename column {has_columns} to other")
    yield Case(suite, f"{table}_rows_equal_ledger", f"insert into {path} select * from {path} limit 1", names(also))
    yield Case(suite, f"{table}_origin_given", one(path, "line_number = 0"))
    yield Case(suite, f"{table}_origin_known", one(path, "file_id = 'unknown'"))
    yield Case(suite, f"{table}_collected_at_in_range", one(path, "collected_at = now()::timestamp + interval 2 hour"))


def collections_cases(suite: str) -> Iterator[Case]:
    """Faults of the states of collections."""
    path = f"{suite}.collections"
    yield Case(suite, "collections_columns", f"alter table {path} rename column points to other")
    yield Case(suite, "collections_rows_equal_ledger", f"insert into {path} select * from {path} limit 1")
    yield Case(suite, "collections_status_given", one(path, "status = 'other'"))
    yield Case(suite, "collections_reason_given", one(path, "status = 'partial', error = ''", "status = 'succeeded'"))
    yield Case(suite, "collections_times_in_order", one(path, "ended_at = started_at - interval 1 second"))
    yield Case(suite, "collections_repeats_within_requests", one(path, "retries = requests + 1"))
    yield Case(
        suite,
        "collections_failed_share",
        few(path, "status = 'failed', error = 'status 503'", 1.0, "status = 'succeeded'"),
    )

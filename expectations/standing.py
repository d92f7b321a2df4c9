"""Which checks stand: they passed, and nothing that they read has changed since.

A check reads its own table and whatever its SQL names. Whoever asks for an audit says in which state each relation of
the database is; a check that reads one of unknown state, or the clock, or the catalogue, never stands.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from expectations.declaration import Check, Standing

# "schema.table" -> anything that changes with its rows; None where that is not known.
States = Mapping[str, str | None]

# Checks that stand are executed once a week all the same.
LOOK_AT_ALL_AFTER = timedelta(days=7)
_NAME = re.compile(r"\b([A-Za-z_]\w*)\.([A-Za-z_]\w*)")
_READS_MORE = re.compile(
    r"\b(now\(|today\(|current_(date|time)|get_current|random\(|uuid\(|duckdb_\w+\(|information_schema|pg_)",
    re.IGNORECASE,
)


def reads(check: Check, states: States) -> str | None:
    """Digest of the states of all that `check` reads; None if it cannot stand."""
    if _READS_MORE.search(check.sql):
        return None
    schemas = {name.partition(".")[0] for name in states}
    named = {f"{schema}.{table}" for schema, table in _NAME.findall(check.sql.replace('"', "")) if schema in schemas}
    found = {}
    for name in {check.table_name, *named}:
        state = states.get(name)
        if state is None:
            return None
        found[name] = state
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()


def stands(check: Check, digest: str | None, before: Standing | None, now: datetime) -> bool:
    """Whether `check`, which reads what `digest` tells, need not be executed."""
    return (
        before is not None
        and digest is not None
        and (before.definition, before.reads) == (check.definition, digest)
        and timedelta(0) <= now - before.whole_at <= LOOK_AT_ALL_AFTER
    )

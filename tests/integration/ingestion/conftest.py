"""Small landing folders, and what a load made of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingestion.engine import connect
from ingestion.pipeline import LoadResult
from ingestion.registry import SOURCES
from ingestion.settings import Settings


def event(number: int, **changes: Any) -> dict[str, Any]:
    """A valid 1.0.0 view."""
    base = {
        "eventId": f"e{number}",
        "eventType": "view",
        "userId": f"u{number % 7}",
        "sessionId": f"s{number % 11}",
        "timestamp": f"2026-03-{1 + number % 28:02d}T10:{number % 60:02d}:00Z",
        "schemaVersion": "1.0.0",
        "platform": "web",
        "userAgent": "Agent/1",
        "ipAddress": f"203.0.113.{number % 200}",
        "data": {"contentType": "post", "contentId": f"p{number % 5}"},
    }
    return {**base, **changes}


def jsonl(events: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in events)


@dataclass
class Warehouse:
    settings: Settings

    @property
    def landing(self) -> Path:
        return self.settings.landing_dir / "social"

    def load(self, source: str = "social") -> LoadResult:
        result = SOURCES[source].run(self.settings)
        self.assert_conserved(source)
        return result

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with connect(self.settings, self.settings.database_path, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def event_ids(self) -> Counter[str]:
        return Counter(row[0] for row in self.query("select event_id from raw_social.events"))

    def reasons(self, source: str = "social") -> Counter[str]:
        return Counter(row[0] for row in self.query(f"select reason_code from raw_{source}.rejects"))

    def assert_conserved(self, source: str = "social") -> None:
        """Lines read = rows loaded + rejected + blank, by the ledger and by the tables themselves."""
        wrong = self.query(
            f"select file from raw_{source}.files where lines_read <> rows_loaded + rows_rejected + rows_blank"
        )
        assert not wrong
        tables = " + ".join(
            f"(select count(*) from raw_{source}.{resource.name})" for resource in SOURCES[source].resources
        )
        assert self.query(
            f"""select sum(rows_loaded) = {tables} - (select count(*) from raw_{source}.reject_replays
                    where outcome = 'loaded'),
                sum(rows_rejected) = (select count(*) from raw_{source}.rejects) from raw_{source}.files"""
        ) in ([(True, True)], [(None, None)])


@pytest.fixture
def warehouse(make_settings: Callable[..., Settings]) -> Warehouse:
    return Warehouse(make_settings())

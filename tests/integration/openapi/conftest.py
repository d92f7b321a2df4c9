"""A mock server that answers from a published description and notes each request that the description rejects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from ingestion.collect.clock import SimulatedClock
from ingestion.engine import connect
from ingestion.pipeline import LoadResult, run_files
from ingestion.registry import SOURCES
from ingestion.settings import Settings
from ingestion.simulator.platforms.server import Reply, Request

from .description import Description

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass
class Mock:
    """Answers each route with its chosen answer for ever, as a static mock does.

    Attributes:
        answers: by route; a route without one gets its first example, else an answer made from the schema.
        prefix: of the paths that clients use, which the description's routes lack.
        violations: what the description says against requests.
    """

    description: Description
    prefix: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    errors: list[Reply] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        if request.path.endswith("/oauth2/token"):
            return Reply(200, {"access_token": "app-token", "expires_in": 5_000_000, "token_type": "bearer"})
        inner = Request(request.method, request.path.removeprefix(self.prefix), request.query, request.headers)
        self.requests.append(inner)
        self.violations += self.description.violations(inner)
        if self.errors:
            return self.errors.pop(0)
        route = self.description.route(inner.path)
        if route is None:
            return Reply(404, {"message": "no such route"})
        if route in self.answers:
            return Reply(200, self.answers[route])
        examples = self.description.examples(route)
        return Reply(200, next(iter(examples.values())) if examples else self.description.generated(route, full=True))

    def asked(self) -> set[str]:
        """Routes that were asked for."""
        return {route for request in self.requests if (route := self.description.route(request.path))}


@dataclass
class Platform:
    """Loads what a client collected, and looks at it."""

    settings: Settings
    clock: SimulatedClock

    def load(self, source: str) -> LoadResult:
        return run_files(self.settings, source, SOURCES[source].resources)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with connect(self.settings, self.settings.database_path, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def rejects(self, source: str) -> list[tuple[Any, ...]]:
        return self.query(f"select resource, reason_text, raw_text from raw_{source}.rejects")


@pytest.fixture
def platform(make_settings: Callable[..., Settings]) -> Platform:
    return Platform(make_settings(), SimulatedClock(NOW))

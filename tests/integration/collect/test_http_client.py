"""The HTTP client that all platforms share: what it repeats, how long it waits, what it never says."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from requests import PreparedRequest

from ingestion.collect.clock import SimulatedClock
from ingestion.collect.http import (
    AuthError,
    HttpClient,
    Limits,
    NotFound,
    PlatformError,
    RateLimited,
    RenewableAuth,
)
from ingestion.simulator.platforms.server import Reply, Request, serve

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUICK = Limits(read_seconds=0.2, answer_seconds=0.4, tries=3, body_bytes=1 << 20)


class Count:
    requests = retries = points = 0

    def count(self, *, requests: int = 0, retries: int = 0, points: int = 0) -> None:
        self.requests += requests
        self.retries += retries
        self.points += points


@contextmanager
def client(answer: Callable[[Request], Reply], **named: Any) -> Iterator[tuple[HttpClient, SimulatedClock, Count]]:
    clock = SimulatedClock(NOW)
    with serve(answer) as root:
        made = HttpClient(f"{root}/api", clock=clock, jitter=random.Random(0), **{"limits": QUICK, **named})
        yield made, clock, Count()
        made.close()


def test_an_answer_is_json_and_its_parameters_arrive() -> None:
    with client(lambda request: Reply(200, {"path": request.path, **request.query})) as (http, _, count):
        answer = http.get("users/1", {"id": ["a", "b"], "first": 2}, cost=count, points=3)
        assert answer.json() == {"path": "/api/users/1", "id": ["a", "b"], "first": ["2"]}
        assert (count.requests, count.retries, count.points) == (1, 0, 3)


@pytest.mark.parametrize(
    ("reply", "kind", "requests", "message"),
    [
        (Reply(401, {}), AuthError, 1, "users: status 401"),
        (Reply(403, {}), AuthError, 1, "users: status 403"),
        (Reply(404, {}), NotFound, 1, "users: status 404"),
        (Reply(400, {"message": "canary"}), PlatformError, 1, "users: status 400"),
        (Reply(302, {}, {"Location": "http://canary.example.com/"}), PlatformError, 1, "users: status 302, which points to another address"),
        (Reply(429, {}), RateLimited, 3, "users: status 429, tried 3 times"),
        (Reply(503, {}), PlatformError, 3, "users: status 503, tried 3 times"),
        (Reply(200, b"<html>canary</html>"), PlatformError, 3, "users: the answer is no JSON, tried 3 times"),
        (Reply(200, b'{"a": NaN}'), PlatformError, 3, "users: the answer is no JSON, tried 3 times"),
        (Reply(200, b"[" * 100_000), PlatformError, 1, "users: the answer is nested too deeply"),
        (Reply(200, "x" * (1 << 20)), PlatformError, 1, "users: the answer is larger than 1 MiB"),
        (Reply(200, {"a": 1}, fault="reset"), PlatformError, 3, "users: no complete answer ("),
        (Reply(200, {"a": 1}, fault="hang"), PlatformError, 3, "users: no answer in time, tried 3 times"),
        (Reply(200, {"a": 1}, fault="drip"), PlatformError, 3, "users: no complete answer ("),
    ],
)  # fmt: skip
def test_a_failure_has_its_class_and_names_no_content(
    reply: Reply, kind: type[PlatformError], requests: int, message: str
) -> None:
    started = time.monotonic()
    with client(lambda request: reply) as (http, _, count), pytest.raises(PlatformError) as raised:
        http.get("users", {"token": "canary"}, cost=count)
    assert type(raised.value) is kind
    assert str(raised.value).startswith(message)
    assert (count.requests, count.retries) == (requests, requests - 1)
    assert time.monotonic() - started < 5


def test_waits_grow_with_jitter_and_are_bounded() -> None:
    waits: list[float] = []
    limits = Limits(tries=9, backoff_seconds=1, wait_seconds=10)
    with client(lambda request: Reply(500, {}), limits=limits) as (http, clock, _):
        plain = clock.sleep
        clock.sleep = lambda seconds: (waits.append(seconds), plain(seconds))[1]  # type: ignore[method-assign]
        with pytest.raises(PlatformError):
            http.get("users")
    longest = [1, 2, 4, 8, 10, 10, 10, 10]
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, longest, strict=True))
    assert len(set(waits)) == len(waits)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("7", 7, 8), ("0.5", 0.5, 1.5), ("Fri, 20 Nov 2026 12:00:30 GMT", 30, 31), ("Fri, 20 Nov 2020 12:00:30 GMT", 0, 1),
     ("soon", 0.5, 1), ("nan", 0.5, 1), ("", 0.5, 1), (f"Fri, 20 Nov 2026 12:00:30 +{10**14}", 0.5, 1)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(text: str, least: float, most: float) -> None:
    replies = iter([Reply(429, {}, {"Retry-After": text}), Reply(200, {})])
    with client(lambda request: next(replies)) as (http, clock, _):
        http.get("users")
        assert least <= clock.monotonic() <= most


@pytest.mark.parametrize("text", ["121", "inf", "Fri, 20 Nov 2999 12:00:30 GMT"])
def test_a_wait_beyond_the_bound_ends_the_request(text: str) -> None:
    with client(lambda request: Reply(503, {}, {"Retry-After": text})) as (http, clock, count):
        with pytest.raises(PlatformError, match="asks to wait"):
            http.get("users", cost=count)
        assert (clock.monotonic(), count.requests) == (0, 1)


class Token(RenewableAuth):
    def __init__(self, *values: str, can_renew: bool = True) -> None:
        super().__init__()
        self.values = list(values)
        self.can_renew = can_renew

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.values[0]}"
        return request

    def renew(self) -> bool:
        if self.can_renew:
            self.values.pop(0)
        return self.can_renew


def _guarded(request: Request) -> Reply:
    return Reply(200 if request.headers["authorization"] == "Bearer canary-good" else 401, {})


def test_credentials_are_renewed_once_for_a_request() -> None:
    with client(_guarded, auth=Token("canary-old", "canary-good")) as (http, clock, count):
        http.get("users", cost=count)
        assert (clock.monotonic(), count.requests, count.retries) == (0, 2, 1)
    for token in (Token("canary-old", "canary-other", "canary-good"), Token("canary-old", can_renew=False)):
        with client(_guarded, auth=token) as (http, _, _), pytest.raises(AuthError):
            http.get("users")


def test_logs_hold_no_credentials_and_errors_no_queries(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(lambda request: Reply(500, {"message": "canary-body"})) as root:
        http = HttpClient(root, clock=SimulatedClock(NOW), auth=Token("canary-token"), limits=QUICK)
        with pytest.raises(PlatformError) as first:
            http.get("users", {"id": "canary-id"})
        with pytest.raises(PlatformError) as second:
            http.post_form(f"{root}/token", {"client_secret": "canary-secret"})
    assert "canary" not in f"{first.value} {second.value}"
    assert not any(secret in caplog.text for secret in ("canary-token", "canary-secret", "canary-body"))


@pytest.mark.parametrize("address", ["file:///etc/hosts", "ftp://example.com", "api.example.com", "http://", ""])
def test_only_web_addresses_are_asked(address: str) -> None:
    with pytest.raises(ValueError, match="http"):
        HttpClient(address, clock=SimulatedClock(NOW))


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with client(lambda request: Reply(200, {"is": "here"})) as (http, _, _):
        assert http.get("users").json() == {"is": "here"}

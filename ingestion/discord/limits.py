"""Discord's rate limits: buckets that routes share, told by headers, and a limit over all routes."""

from __future__ import annotations

import math

from requests import Response

from ingestion.collect.clock import Clock
from ingestion.collect.http import RateLimited

LONGEST_WAIT_SECONDS = 120.0


class BucketPacing:
    """Waits where a route's bucket is empty; `ingestion.collect.http.Pacing`.

    A bucket is known by X-RateLimit-Bucket from its route's first answer on; X-RateLimit-Remaining and -Reset-After
    tell its state. A 429 whose scope is global stops all routes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bucket_of: dict[str, str] = {}
        self._remaining: dict[str, int] = {}
        self._reset_at: dict[str, float] = {}
        self._global_until = 0.0

    def wait(self, route: str, points: int) -> None:
        bucket = self._bucket_of.get(route, route)
        until = self._global_until
        if self._remaining.get(bucket, 1) <= 0:
            until = max(until, self._reset_at.get(bucket, 0.0))
        seconds = until - self._clock.monotonic()
        if seconds > LONGEST_WAIT_SECONDS:
            raise RateLimited(f"{route}: Discord asks to wait {seconds:.0f} s", 429)
        self._clock.sleep(seconds)
        if bucket in self._remaining:
            self._remaining[bucket] -= 1

    def learn(self, route: str, response: Response) -> float | None:
        headers = response.headers
        bucket = self._bucket_of.setdefault(route, headers.get("X-RateLimit-Bucket", route))
        if (named := headers.get("X-RateLimit-Bucket")) is not None:
            bucket = self._bucket_of[route] = named
        now = self._clock.monotonic()
        remaining, reset = (
            _number(headers.get("X-RateLimit-Remaining")),
            _number(headers.get("X-RateLimit-Reset-After")),
        )
        if remaining is not None and reset is not None:
            self._remaining[bucket], self._reset_at[bucket] = int(remaining), now + reset
        if response.status_code != 429:
            return None
        body = _body(response)
        # The body is exact to the millisecond, the header rounds up.
        asked = _number(body.get("retry_after"))
        asked = asked if asked is not None else _number(headers.get("Retry-After"))
        if asked is None:
            return None
        if body.get("global") is True or headers.get("X-RateLimit-Global", "").lower() == "true":
            self._global_until = max(self._global_until, now + asked)
        else:
            self._remaining[bucket], self._reset_at[bucket] = 0, now + asked
        return asked


def _body(response: Response) -> dict[str, object]:
    try:
        found = response.json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> float | None:
    """A finite number that is not negative, else None: a header is text of a stranger."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None

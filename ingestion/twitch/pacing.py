"""Points of Helix: one bucket for all resources of the process."""

from __future__ import annotations

from collections import deque

from requests import Response

from ingestion.collect.clock import Clock

_MINUTE = 60.0
# Beyond a minute's end, since the server may count the moment itself to both.
_MARGIN = 0.01


class PointBucket:
    """At most `points_per_minute` in any 60 seconds, and never more than the platform says is left.

    The headers decide where another process spends from the same bucket. A reset that lies further away than a minute
    is not believed: buckets are filled by the minute.
    """

    def __init__(self, clock: Clock, points_per_minute: int) -> None:
        self._clock = clock
        self._limit = points_per_minute
        self._spent: deque[tuple[float, int]] = deque()
        self._in_window = 0
        self._remaining: int | None = None
        self._reset_at = 0.0

    def wait(self, route: str, points: int) -> None:
        """Sleep until `points` may be spent, and note them as spent."""
        now = self._forget()
        while self._spent and self._in_window + points > self._limit:
            self._clock.sleep(self._spent[0][0] + _MINUTE + _MARGIN - now)
            now = self._forget()
        if self._remaining is not None and self._remaining < points and now < self._reset_at:
            self._clock.sleep(self._reset_at - now)
            self._remaining = None
            now = self._forget()
        self._spent.append((now, points))
        self._in_window += points

    def learn(self, route: str, response: Response) -> float | None:
        """Take in the Ratelimit headers; of a 429 with an empty bucket, the seconds until it is full again."""
        remaining = _whole(response.headers.get("Ratelimit-Remaining"))
        reset = _whole(response.headers.get("Ratelimit-Reset"))
        wait = 0.0
        if reset is not None:
            wait = min(max(reset - self._clock.now().timestamp(), 0.0), _MINUTE)
        if remaining is not None:
            self._remaining = remaining
            self._reset_at = self._clock.monotonic() + wait
        is_empty = reset is not None and not remaining
        if response.status_code == 429 and "Retry-After" not in response.headers and is_empty:
            return max(wait, 1.0)
        # With points left, something else refuses: the client backs off by itself.
        return None

    def _forget(self) -> float:
        now = self._clock.monotonic()
        while self._spent and now - self._spent[0][0] >= _MINUTE:
            self._in_window -= self._spent.popleft()[1]
        return now


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None

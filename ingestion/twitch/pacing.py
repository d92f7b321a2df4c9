"""Points of Helix: one bucket for all resources, and for the processes that follow each other."""

from __future__ import annotations

import json
import math
import os
import uuid
from collections import deque
from pathlib import Path

from requests import Response

from ingestion.collect.clock import Clock
from ingestion.collect.memory import remembered

_MINUTE = 60.0
# Beyond a minute's end, since the server may count the moment itself to both.
_MARGIN = 0.01
_SHARED_BYTES = 160


class PointBucket:
    """At most `points_per_minute` in any 60 seconds, and never more than the platform says is left.

    The headers decide where another process spends from the same bucket. A reset that lies further away than a minute
    is not believed: buckets are filled by the minute. Without a path the bucket is this object's alone.

    A request counts from when its answer came: it may have been long on its way to the server, which counts it then.
    """

    def __init__(self, clock: Clock, points_per_minute: int, path: Path | None = None) -> None:
        self._clock = clock
        self._limit = points_per_minute
        self._shared = _Shared(path) if path else None
        self._spent: deque[tuple[float, int]] = deque()
        self._in_window = 0
        self._is_unanswered = False
        self._remaining: int | None = None
        self._reset_at = 0.0

    def wait(self, route: str, points: int) -> None:
        """Sleep until `points` may be spent, and note them as spent."""
        self._answered()
        if self._shared and (others := self._shared.of_others()):
            age = min(max(self._clock.now().timestamp() - others[0], 0.0), _MINUTE)
            self._spent.appendleft((self._clock.monotonic() - age, others[1]))
            self._spent = deque(sorted(self._spent))
            self._in_window += others[1]
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
        self._is_unanswered = True
        self._tell()

    def learn(self, route: str, response: Response) -> float | None:
        """Take in the Ratelimit headers; of a 429 with an empty bucket, the seconds until it is full again."""
        self._answered()
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

    def _answered(self) -> None:
        """The last request has its answer, or never gets one."""
        if self._is_unanswered:
            self._is_unanswered = False
            self._spent[-1] = (self._clock.monotonic(), self._spent[-1][1])
            self._tell()

    def _tell(self) -> None:
        if self._shared:
            self._shared.tell(self._clock.now().timestamp(), self._in_window)

    def _forget(self) -> float:
        now = self._clock.monotonic()
        while self._spent and now - self._spent[0][0] >= _MINUTE:
            self._in_window -= self._spent.popleft()[1]
        return now


class _Shared:
    """What was spent of late, in a file for whoever collects next. One process collects at a time.

    A process that is killed and started again would have a full bucket in its hands, and the server another one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mine = uuid.uuid4().hex
        self._heard: object = None

    def tell(self, moment: float, points: int) -> None:
        """`points` were spent in the minute before `moment` (seconds since 1970), others' among them."""
        text = json.dumps({"by": self._mine, "at": moment, "points": points})
        # In place and in one piece: a new file for each request would cost more than the request.
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(file, text.ljust(_SHARED_BYTES).encode("ascii"), 0)
        finally:
            os.close(file)

    def of_others(self) -> tuple[float, int] | None:
        """What another process told last, once; None where nobody did."""
        found = remembered(self._path)
        if not found or found == self._heard or found.get("by") == self._mine:
            return None
        self._heard = found
        moment, points = found.get("at"), found.get("points")
        if not isinstance(moment, int | float) or not math.isfinite(moment) or not isinstance(points, int):
            return None
        return moment, max(points, 0)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None

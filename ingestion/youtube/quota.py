"""YouTube's daily quota: units are counted before they are spent, across runs, and never exceed the setting."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from requests import Response

from ingestion.collect.clock import Clock
from ingestion.collect.collection import CollectError
from ingestion.collect.memory import remember, remembered

# Quotas begin anew at midnight Pacific time.
_ZONE = ZoneInfo("America/Los_Angeles")


class QuotaSpentError(CollectError):
    """The day's units are spent, by the setting or by what the platform says."""


class QuotaPacing:
    """Refuses a request that would pass the daily quota; `ingestion.collect.http.Pacing`.

    A request counts when it is sent, whatever comes back. Without a path the count lasts as long as the process.
    """

    def __init__(self, daily_quota: int, clock: Clock, path: Path | None = None) -> None:
        self._quota = daily_quota
        self._clock = clock
        self._path = path
        self._day, self._units = "", 0

    def load(self) -> None:
        """Take in what earlier runs spent; call it when no other run can be under way."""
        found = remembered(self._path)
        day, units = found.get("day"), found.get("units")
        if isinstance(day, str) and isinstance(units, int):
            self._day, self._units = day, max(units, 0)

    def wait(self, route: str, points: int) -> None:
        today = self._today()
        if today != self._day:
            self._day, self._units = today, 0
        if self._units + points > self._quota:
            raise QuotaSpentError(f"{route}: the quota of {self._quota:,} units is spent until midnight Pacific time")
        self._units += points
        self._save()

    def learn(self, route: str, response: Response) -> float | None:
        return None

    def spend_all(self) -> None:
        """Note that the platform counts more than this client does: no more requests today."""
        self._day, self._units = self._today(), max(self._units, self._quota)
        self._save()

    @property
    def units(self) -> int:
        """Units spent on the day of the last request."""
        return self._units

    def _today(self) -> str:
        return self._clock.now().astimezone(_ZONE).date().isoformat()

    def _save(self) -> None:
        remember(self._path, {"day": self._day, "units": self._units})

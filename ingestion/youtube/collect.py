"""The source's turn to ask YouTube."""

from __future__ import annotations

from pathlib import Path

from ingestion.collect.clock import SystemClock
from ingestion.collect.collection import collected_dir
from ingestion.pipeline import Progress
from ingestion.settings import Settings
from ingestion.youtube.chats import Chats
from ingestion.youtube.client import YouTubeClient
from ingestion.youtube.quota import QuotaPacing
from ingestion.youtube.reader import read_streams
from ingestion.youtube.settings import YouTubeSettings


def collect(settings: Settings, progress: Progress) -> list[str]:
    """Read the streams that are configured, or the simulated ones. Returns what is missing.

    Raises:
        CollectorError: nothing could be collected.
    """
    if settings.is_simulated:
        # Only without configuration is the simulator needed.
        from ingestion.youtube.simulated import collect_simulated

        return collect_simulated(settings, progress)
    own: YouTubeSettings = settings.sources["youtube"]
    if own.api_key is None:
        return []
    clock = SystemClock()
    quota = QuotaPacing(own.daily_quota, clock, collected_dir(settings, "youtube") / "quota.json")
    client = YouTubeClient(own, clock, quota)
    try:
        progress(f"youtube: reading chats for {own.follow_minutes:,} minutes")
        return read_streams(settings, own, clock, client, quota, Chats(_path(settings)))
    finally:
        client.close()


def forget(settings: Settings) -> None:
    """Have all chats read from their first page; what was spent of the quota stays spent."""
    _path(settings).unlink(missing_ok=True)


def _path(settings: Settings) -> Path:
    return collected_dir(settings, "youtube") / "chats.json"

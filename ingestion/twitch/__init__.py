"""Twitch: channels, streams, videos and clips from the Helix API, see `resources.py` for what is kept."""

from __future__ import annotations

from collections.abc import Callable

from ingestion.settings import Settings
from ingestion.twitch.resources import RESOURCES

__all__ = ["RESOURCES", "collect", "forget"]


def collect(settings: Settings, progress: Callable[[str], None]) -> list[str]:
    """See `ingestion.twitch.collecting.collect`."""
    # The client's libraries take a while to import, and settings and orchestration need the resources only.
    from ingestion.twitch.collecting import collect as collect_due

    return collect_due(settings, progress)


def forget(settings: Settings) -> None:
    """See `ingestion.twitch.collecting.forget`."""
    from ingestion.twitch.collecting import forget as forget_all

    forget_all(settings)

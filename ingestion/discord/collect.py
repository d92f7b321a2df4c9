"""The source's turn to ask Discord."""

from __future__ import annotations

from pathlib import Path

from ingestion.collect.clock import SystemClock
from ingestion.collect.collection import collected_dir
from ingestion.discord.client import DiscordClient
from ingestion.discord.position import Positions
from ingestion.discord.reader import read_channels
from ingestion.discord.settings import DiscordSettings
from ingestion.pipeline import Progress
from ingestion.settings import Settings


def collect(settings: Settings, progress: Progress) -> list[str]:
    """Read all channels of DISCORD_CHANNELS, or the simulated ones. Returns what is missing, a sentence each.

    Raises:
        CollectorError: nothing could be collected.
    """
    if settings.is_simulated:
        # Only without configuration is the simulator needed.
        from ingestion.discord.simulated import collect_simulated

        return collect_simulated(settings, progress)
    own: DiscordSettings = settings.sources["discord"]
    if own.bot_token is None:
        return []
    clock = SystemClock()
    client = DiscordClient(own, clock)
    try:
        progress(f"discord: reading {len(own.channels):,} channels")
        return read_channels(settings, own, clock, client, Positions(_path(settings)))
    finally:
        client.close()


def forget(settings: Settings) -> None:
    """Have all channels read as if for the first time."""
    _path(settings).unlink(missing_ok=True)


def _path(settings: Settings) -> Path:
    return collected_dir(settings, "discord") / "positions.json"

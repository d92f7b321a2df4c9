"""Twitch: channels, streams, videos and clips from the Helix API, see `resources.py` for what is kept."""

from __future__ import annotations

from ingestion.twitch.resources import RESOURCES

__all__ = ["RESOURCES"]

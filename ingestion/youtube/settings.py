"""Settings of the source `youtube`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ingestion.settings import Secret, SettingsError, Variable, web_root

VARIABLES: tuple[Variable, ...] = (
    Variable(
        "YOUTUBE_API_KEY",
        "",
        "Key of the YouTube Data API; empty: YouTube is not asked, archives in LANDING_DIR/youtube load all the same.",
        configures=True,
    ),
    Variable("YOUTUBE_VIDEOS", "", "Comma-separated ids of live streams whose chat is read."),
    Variable("YOUTUBE_CHANNELS", "", "Comma-separated ids (UC...) of channels whose live streams are found and read."),
    Variable(
        "YOUTUBE_LIVE_CHATS",
        "",
        "Comma-separated ids of live chats (activeLiveChatId) that are read without asking for their videos.",
    ),
    Variable("YOUTUBE_API_URL", "https://youtube.googleapis.com/youtube/v3", "Root of the API, or of a mock server."),
    Variable("YOUTUBE_DAILY_QUOTA", "10000", "Quota units that may be spent a day (Pacific time)."),
    Variable(
        "YOUTUBE_FOLLOW_MINUTES",
        "10",
        "Minutes that a run follows chats that go on; the next run goes on where it stopped.",
    ),
    Variable(
        "YOUTUBE_CHAT_TEXT",
        "drop",
        "keep stores the text of chat messages, drop stores its length only. Holds for what is loaded from then on.",
    ),
)


@dataclass(frozen=True)
class YouTubeSettings:
    """Checked settings; `api_key` None means that the API is not asked."""

    api_key: Secret | None
    videos: tuple[str, ...]
    channels: tuple[str, ...]
    api_url: str
    daily_quota: int
    follow_minutes: int
    keep_text: bool
    live_chats: tuple[str, ...] = ()


def read(values: Mapping[str, str]) -> YouTubeSettings:
    """Check the variables of `VARIABLES`.

    Raises:
        SettingsError: a value cannot be used.
    """
    key = values["YOUTUBE_API_KEY"]
    if re.search(r"[^\x21-\x7e]", key):
        raise SettingsError("YOUTUBE_API_KEY", "***", "a key without blanks and other odd characters")
    videos = _ids("YOUTUBE_VIDEOS", values["YOUTUBE_VIDEOS"], "[A-Za-z0-9_-]{11}", "ids of 11 characters")
    channels = _ids("YOUTUBE_CHANNELS", values["YOUTUBE_CHANNELS"], "UC[A-Za-z0-9_-]{22}", "ids such as UC and 22 more")
    live_chats = _ids("YOUTUBE_LIVE_CHATS", values["YOUTUBE_LIVE_CHATS"], "[A-Za-z0-9_.-]{1,200}", "ids of live chats")
    if key and not videos and not channels and not live_chats:
        expected = "ids of streams here, of channels in YOUTUBE_CHANNELS or of chats in YOUTUBE_LIVE_CHATS"
        raise SettingsError("YOUTUBE_VIDEOS", "", expected)
    text = values["YOUTUBE_CHAT_TEXT"]
    if text not in ("keep", "drop"):
        raise SettingsError("YOUTUBE_CHAT_TEXT", text, "keep or drop")
    return YouTubeSettings(
        api_key=Secret(key) if key else None,
        videos=videos,
        channels=channels,
        api_url=web_root("YOUTUBE_API_URL", values["YOUTUBE_API_URL"]),
        daily_quota=_whole("YOUTUBE_DAILY_QUOTA", values["YOUTUBE_DAILY_QUOTA"]),
        follow_minutes=_whole("YOUTUBE_FOLLOW_MINUTES", values["YOUTUBE_FOLLOW_MINUTES"]),
        keep_text=text == "keep",
        live_chats=live_chats,
    )


def _ids(name: str, value: str, pattern: str, expected: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    if any(not re.fullmatch(pattern, one) for one in ids):
        raise SettingsError(name, value, f"comma-separated {expected}")
    return ids


def _whole(name: str, value: str) -> int:
    if not re.fullmatch(r"\d{1,7}", value):
        raise SettingsError(name, value, "a whole number from 0 to 9999999")
    return int(value)

"""Settings of YouTube: what is refused, and that no message repeats a secret."""

from __future__ import annotations

import pytest

from ingestion.settings import SettingsError
from ingestion.youtube.settings import VARIABLES, read

DEFAULTS = {one.name: one.default for one in VARIABLES}
CHANNEL = "UC" + "x" * 22
SET = {**DEFAULTS, "YOUTUBE_API_KEY": "canary-key", "YOUTUBE_VIDEOS": "dQw4w9WgXcQ"}


def test_values_are_read() -> None:
    own = read({**SET, "YOUTUBE_CHANNELS": f"{CHANNEL}, {CHANNEL}", "YOUTUBE_CHAT_TEXT": "keep"})
    assert (own.videos, own.channels, own.keep_text) == (("dQw4w9WgXcQ",), (CHANNEL,), True)
    assert "canary" not in repr(own)
    chats = read({**SET, "YOUTUBE_VIDEOS": "", "YOUTUBE_LIVE_CHATS": "Cg0KCzEy,Cg0KCzEz"})
    assert chats.live_chats == ("Cg0KCzEy", "Cg0KCzEz")
    assert read(DEFAULTS).api_key is None
    assert read(DEFAULTS).keep_text is False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YOUTUBE_API_KEY", "canary key"),
        ("YOUTUBE_VIDEOS", ""),
        ("YOUTUBE_VIDEOS", "https://youtu.be/dQw4w9WgXcQ"),
        ("YOUTUBE_CHANNELS", "@somebody"),
        ("YOUTUBE_API_URL", "youtube.googleapis.com"),
        ("YOUTUBE_API_URL", "https://user:canary@example.org"),
        ("YOUTUBE_DAILY_QUOTA", "-5"),
        ("YOUTUBE_FOLLOW_MINUTES", "1.5"),
        ("YOUTUBE_CHAT_TEXT", "yes"),
    ],
)
def test_a_wrong_value_is_named_without_secrets(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as error:
        read({**SET, name: value})
    assert "canary" not in str(error.value)

"""Settings of Discord: what is refused, and that no message repeats a secret."""

from __future__ import annotations

import pytest

from ingestion.discord.settings import VARIABLES, read
from ingestion.settings import Settings, SettingsError

DEFAULTS = {one.name: one.default for one in VARIABLES}
SET = {**DEFAULTS, "DISCORD_BOT_TOKEN": "canary-token", "DISCORD_CHANNELS": "1,2"}


def test_values_are_read() -> None:
    own = read({**SET, "DISCORD_CHANNELS": " 2, 1,2,", "DISCORD_CREATORS": "5=7, 6=8"})
    assert own.channels == ("2", "1")
    assert own.creators == {"5": "7", "6": "8"}
    assert "canary" not in repr(own)
    assert read(DEFAULTS).bot_token is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DISCORD_CHANNELS", ""),
        ("DISCORD_CHANNELS", "general"),
        ("DISCORD_BOT_TOKEN", "canary\ntoken"),
        ("DISCORD_API_URL", "ftp://canary@example.org"),
        ("DISCORD_REREAD_DAYS", "0"),
        ("DISCORD_FIRST_DAYS", "-1"),
        ("DISCORD_CREATORS", "canary=1"),
    ],
)
def test_a_wrong_value_is_named_without_secrets(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as error:
        read({**SET, name: value})
    assert "canary" not in str(error.value)


def test_a_token_means_that_real_sources_are_configured(tmp_path: object) -> None:
    env = {"WAREHOUSE_DIR": f"{tmp_path}/w"}
    assert Settings.from_env(env).is_simulated
    settings = Settings.from_env({**env, "DISCORD_BOT_TOKEN": "t", "DISCORD_CHANNELS": "1"})
    assert not settings.is_simulated
    assert settings.sources["discord"].channels == ("1",)

"""Settings of Twitch: what is accepted, and what a wrong value is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.settings import Settings, SettingsError
from ingestion.twitch.settings import TwitchSettings

BOTH = {"TWITCH_CLIENT_ID": "app", "TWITCH_CLIENT_SECRET": "canary-secret"}


def read(tmp_path: Path, **values: str) -> TwitchSettings:
    found: TwitchSettings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / "var"), **values}).sources["twitch"]
    return found


def test_without_settings_nothing_is_configured(tmp_path: Path) -> None:
    twitch = read(tmp_path)
    assert not twitch.is_configured
    assert (twitch.api_url, twitch.points_per_minute) == ("https://api.twitch.tv/helix", 800)


def test_a_client_id_makes_the_warehouse_a_real_one_and_keeps_its_secret(tmp_path: Path) -> None:
    values = {"WAREHOUSE_DIR": str(tmp_path), **BOTH, "TWITCH_CHANNELS": "TwitchDev, 141981764,twitchdev,,"}
    settings = Settings.from_env(values)
    twitch: TwitchSettings = settings.sources["twitch"]
    assert not settings.is_simulated and twitch.is_configured
    assert twitch.channels == ("twitchdev", "141981764")
    assert "canary" not in repr(settings)


def test_channels_may_stand_in_a_file(tmp_path: Path) -> None:
    names = tmp_path / "channels.txt"
    names.write_text("\ufeffone\r\n\n  TWO \n3\n")
    assert read(tmp_path, **BOTH, TWITCH_CHANNELS=f"@{names}").channels == ("one", "two", "3")
    names.write_text("\n".join(f"c{number}" for number in range(10_000)))
    assert len(read(tmp_path, **BOTH, TWITCH_CHANNELS=f"@{names}").channels) == 10_000
    names.write_text("\n".join(f"c{number}" for number in range(10_001)))
    with pytest.raises(SettingsError, match="at most 10,000 channels"):
        read(tmp_path, **BOTH, TWITCH_CHANNELS=f"@{names}")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"TWITCH_CLIENT_ID": "app", "TWITCH_CHANNELS": "a"}, "TWITCH_CLIENT_SECRET"),
        (BOTH, "TWITCH_CHANNELS"),
        (BOTH | {"TWITCH_CHANNELS": "a b"}, "logins of letters"),
        (BOTH | {"TWITCH_CHANNELS": "../etc"}, "logins of letters"),
        (BOTH | {"TWITCH_CHANNELS": "@/nowhere/at/all"}, "a readable text file behind the @"),
        ({"TWITCH_CLIENT_ID": "canary a"}, "TWITCH_CLIENT_ID"),
        (BOTH | {"TWITCH_CLIENT_SECRET": "canary\ta", "TWITCH_CHANNELS": "a"}, "TWITCH_CLIENT_SECRET"),
        ({"TWITCH_API_URL": "file:///etc"}, "TWITCH_API_URL"),
        ({"TWITCH_AUTH_URL": "https://canary:canary@example.com"}, "TWITCH_AUTH_URL"),
        ({"TWITCH_POINTS_PER_MINUTE": "0"}, "a whole number from 1 to 100000"),
        ({"TWITCH_POINTS_PER_MINUTE": "many"}, "a whole number from 1 to 100000"),
        ({"TWITCH_CLIP_DAYS": "-1"}, "a whole number from 1 to 3660"),
        ({"TWITCH_USER_TOKENS_FILE": "/nowhere/at/all"}, "a file that exists"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_expected(tmp_path: Path, values: dict[str, str], expected: str) -> None:
    with pytest.raises(SettingsError, match=expected) as raised:
        read(tmp_path, **values)
    assert "canary" not in str(raised.value)


def test_user_tokens_must_be_readable_by_their_owner_only(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.json"
    tokens.write_text("{}")
    tokens.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        read(tmp_path, TWITCH_USER_TOKENS_FILE=str(tokens))
    tokens.chmod(0o600)
    # Renewed tokens are moved over the file: over a link to it they would leave it as it is.
    (tmp_path / "link").symlink_to(tokens)
    for name in (tokens, tmp_path / "link"):
        assert read(tmp_path, TWITCH_USER_TOKENS_FILE=str(name)).user_tokens_file == tokens.resolve()

"""Settings of the source `twitch`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingestion.settings import Secret, SettingsError, Variable, web_root

MAX_CHANNELS = 10_000
_CHANNEL = re.compile(r"[A-Za-z0-9_]{1,25}")

VARIABLES: tuple[Variable, ...] = (
    Variable("TWITCH_CLIENT_ID", "", "Client id of a Twitch application; empty: nothing is collected.", True),
    Variable("TWITCH_CLIENT_SECRET", "", "Secret of that application."),
    Variable(
        "TWITCH_CHANNELS",
        "",
        "Channels to collect, logins or ids (all digits), comma-separated; or @ and a file with one a line.",
    ),
    Variable(
        "TWITCH_USER_TOKENS_FILE",
        "",
        "JSON file of mode 600 with tokens of broadcasters: {id or login: {access_token, refresh_token, scopes}}.",
    ),
    Variable("TWITCH_API_URL", "https://api.twitch.tv/helix", "Root of the Helix API."),
    Variable("TWITCH_AUTH_URL", "https://id.twitch.tv/oauth2", "Root of the token endpoint."),
    Variable("TWITCH_POINTS_PER_MINUTE", "800", "Rate limit points to spend a minute at most, 1 to 100000."),
    Variable(
        "TWITCH_STREAM_POLL_SECONDS",
        "600",
        "Seconds between two polls of live streams, as they really are: a sample of viewers stands for two at most.",
    ),
    Variable("TWITCH_CLIP_DAYS", "90", "Days back from which clips are fetched when a channel is first collected."),
)


@dataclass(frozen=True)
class TwitchSettings:
    """Checked settings. `channels` holds lower-case logins and ids, each once, in the order given."""

    client_id: str
    client_secret: Secret
    channels: tuple[str, ...]
    user_tokens_file: Path | None
    api_url: str
    auth_url: str
    points_per_minute: int = 800
    clip_days: int = 90
    stream_poll_seconds: int = 600

    @property
    def is_configured(self) -> bool:
        return bool(self.client_id)


def read(values: Mapping[str, str]) -> TwitchSettings:
    """The settings of `values`, by variable.

    Raises:
        SettingsError: a value cannot be used, or one that goes with another is missing.
    """
    client_id, secret = values["TWITCH_CLIENT_ID"], values["TWITCH_CLIENT_SECRET"]
    channels = _channels(values["TWITCH_CHANNELS"])
    for name, value in (("TWITCH_CLIENT_ID", client_id), ("TWITCH_CLIENT_SECRET", secret)):
        if not re.fullmatch(r"[!-~]*", value):
            raise SettingsError(name, "***", "the application's text from dev.twitch.tv, without blanks")
    if client_id and not secret:
        raise SettingsError("TWITCH_CLIENT_SECRET", "", "the secret of the application of TWITCH_CLIENT_ID")
    if client_id and not channels:
        raise SettingsError("TWITCH_CHANNELS", "", f"1 to {MAX_CHANNELS:,} channels beside TWITCH_CLIENT_ID")
    return TwitchSettings(
        client_id=client_id,
        client_secret=Secret(secret),
        channels=channels,
        user_tokens_file=_tokens_file(values["TWITCH_USER_TOKENS_FILE"]),
        api_url=web_root("TWITCH_API_URL", values["TWITCH_API_URL"]),
        auth_url=web_root("TWITCH_AUTH_URL", values["TWITCH_AUTH_URL"]),
        points_per_minute=_whole("TWITCH_POINTS_PER_MINUTE", values["TWITCH_POINTS_PER_MINUTE"], 100_000),
        stream_poll_seconds=_whole("TWITCH_STREAM_POLL_SECONDS", values["TWITCH_STREAM_POLL_SECONDS"], 86_400),
        clip_days=_whole("TWITCH_CLIP_DAYS", values["TWITCH_CLIP_DAYS"], 3_660),
    )


def _channels(value: str) -> tuple[str, ...]:
    if value.startswith("@"):
        path = Path(value[1:]).expanduser()
        try:
            names = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            raise SettingsError("TWITCH_CHANNELS", value, "a readable text file behind the @") from None
    else:
        names = value.split(",")
    found = dict.fromkeys(name.strip().lower() for name in names if name.strip())
    for name in found:
        if not _CHANNEL.fullmatch(name):
            raise SettingsError("TWITCH_CHANNELS", name, "logins of letters, digits and _, or ids of digits")
    if len(found) > MAX_CHANNELS:
        raise SettingsError("TWITCH_CHANNELS", f"{len(found):,} channels", f"at most {MAX_CHANNELS:,} channels")
    return tuple(found)


def _tokens_file(value: str) -> Path | None:
    if not value:
        return None
    path = Path(value).expanduser().absolute()
    if not path.is_file():
        raise SettingsError("TWITCH_USER_TOKENS_FILE", value, "a file that exists")
    if path.stat().st_mode & 0o077:
        raise SettingsError("TWITCH_USER_TOKENS_FILE", value, "a file that only its owner can read (chmod 600)")
    # Renewed tokens take the place of the file itself: of a link it would leave the spent ones behind.
    return path.resolve()


def _whole(name: str, value: str, highest: int) -> int:
    if not re.fullmatch(r"\d{1,6}", value) or not 1 <= int(value) <= highest:
        raise SettingsError(name, value, f"a whole number from 1 to {highest}")
    return int(value)

"""Settings of the source `discord`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ingestion.settings import Secret, SettingsError, Variable, web_root

VARIABLES: tuple[Variable, ...] = (
    Variable(
        "DISCORD_BOT_TOKEN",
        "",
        "Token of a bot that may read the history of DISCORD_CHANNELS; empty: Discord is not read.",
        configures=True,
    ),
    Variable("DISCORD_CHANNELS", "", "Comma-separated ids of the channels in which clips are shared."),
    Variable(
        "DISCORD_CREATORS",
        "",
        "Comma-separated pairs <Discord user id>=<Twitch user id>, so that shares by a clip's own creator are known.",
    ),
    Variable("DISCORD_API_URL", "https://discord.com/api/v10", "Root of Discord's API, or of a mock server."),
    Variable(
        "DISCORD_REREAD_DAYS",
        "7",
        "Days of messages that each run reads again, since reactions change and messages are deleted.",
    ),
    Variable("DISCORD_FIRST_DAYS", "90", "Days of messages that the first run of a channel reads."),
)


@dataclass(frozen=True)
class DiscordSettings:
    """Checked settings; `bot_token` None means that Discord is not read. `creators`: Twitch id by Discord id."""

    bot_token: Secret | None
    channels: tuple[str, ...]
    api_url: str
    reread_days: int
    first_days: int
    creators: Mapping[str, str] = field(default_factory=dict)


def read(values: Mapping[str, str]) -> DiscordSettings:
    """Check the variables of `VARIABLES`.

    Raises:
        SettingsError: a value cannot be used.
    """
    token = values["DISCORD_BOT_TOKEN"].removeprefix("Bot ").strip()
    channels = tuple(dict.fromkeys(part.strip() for part in values["DISCORD_CHANNELS"].split(",") if part.strip()))
    if any(not re.fullmatch(r"\d{1,20}", channel) for channel in channels):
        raise SettingsError("DISCORD_CHANNELS", values["DISCORD_CHANNELS"], "comma-separated ids, digits only")
    if token and not channels:
        raise SettingsError("DISCORD_CHANNELS", "", "ids of channels, since DISCORD_BOT_TOKEN is set")
    if re.search(r"[\s\x00-\x1f\x7f-\uffff]", token):
        raise SettingsError("DISCORD_BOT_TOKEN", "***", "a token without blanks and other odd characters")
    return DiscordSettings(
        bot_token=Secret(token) if token else None,
        channels=channels,
        api_url=web_root("DISCORD_API_URL", values["DISCORD_API_URL"]),
        reread_days=_days("DISCORD_REREAD_DAYS", values["DISCORD_REREAD_DAYS"]),
        first_days=_days("DISCORD_FIRST_DAYS", values["DISCORD_FIRST_DAYS"]),
        creators=_creators(values["DISCORD_CREATORS"]),
    )


def _creators(value: str) -> dict[str, str]:
    pairs = [part.strip().split("=") for part in value.split(",") if part.strip()]
    if any(len(pair) != 2 or not all(re.fullmatch(r"\d{1,20}", one.strip()) for one in pair) for pair in pairs):
        raise SettingsError(
            "DISCORD_CREATORS", "***", "pairs of ids such as 53908099506183680=53834192, comma-separated"
        )
    return {discord.strip(): twitch.strip() for discord, twitch in pairs}


def _days(name: str, value: str) -> int:
    if not re.fullmatch(r"\d{1,4}", value) or int(value) < 1:
        raise SettingsError(name, value, "a whole number of days from 1 to 9999")
    return int(value)

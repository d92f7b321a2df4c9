"""Tokens of Twitch: the application's, kept in memory, and those of broadcasters, kept in their file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from requests import PreparedRequest

from ingestion.collect.collection import CollectorError
from ingestion.collect.http import HttpClient, PlatformError, RenewableAuth
from ingestion.twitch.settings import TwitchSettings

SUBSCRIPTIONS_SCOPE = "channel:read:subscriptions"


class TokenEndpoint:
    """Asks for tokens in the name of the application."""

    def __init__(self, settings: TwitchSettings, http: HttpClient) -> None:
        self.client_id = settings.client_id
        self._settings = settings
        self._http = http

    def ask(self, **form: str) -> dict[str, Any]:
        """The answer, which holds `access_token`.

        Raises:
            PlatformError: the endpoint refused, or did not answer.
        """
        credentials = {"client_id": self.client_id, "client_secret": self._settings.client_secret.value}
        answer = self._http.post_form(f"{self._settings.auth_url}/token", {**credentials, **form}).json()
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise PlatformError("the token endpoint gave no token")
        return answer


class AppToken(RenewableAuth):
    """The application's token, by client credentials; fetched when it is first needed and at a 401."""

    def __init__(self, endpoint: TokenEndpoint) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._token: str | None = None

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self._token is None:
            self.renew()
        return _signed(request, self._endpoint.client_id, self._token)

    def renew(self) -> bool:
        """Raises `CollectorError` where the credentials are refused: nothing can be collected then."""
        try:
            self._token = self._endpoint.ask(grant_type="client_credentials")["access_token"]
        except PlatformError as error:
            if error.status is not None and error.status < 500 and error.status != 429:
                raise CollectorError(
                    f"Twitch refuses the application (status {error.status}). Check TWITCH_CLIENT_ID and "
                    "TWITCH_CLIENT_SECRET at https://dev.twitch.tv/console."
                ) from None
            raise CollectorError(f"Twitch gives no token ({error}). Run again later.") from None
        return True


class UserToken(RenewableAuth):
    """The token of one broadcaster, renewed with its refresh token and written back."""

    def __init__(self, endpoint: TokenEndpoint, tokens: UserTokens, key: str) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._tokens = tokens
        self._key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        return _signed(request, self._endpoint.client_id, self._tokens.entry(self._key).get("access_token"))

    def renew(self) -> bool:
        """Raises `PlatformError` where the broadcaster must allow the application again."""
        entry = self._tokens.entry(self._key)
        if not entry.get("refresh_token"):
            raise PlatformError(
                "the broadcaster's token is refused, and TWITCH_USER_TOKENS_FILE has no refresh_token to renew it "
                "with; ask for the permission again",
                401,
            )
        try:
            answer = self._endpoint.ask(grant_type="refresh_token", refresh_token=str(entry["refresh_token"]))
        except PlatformError as error:
            if error.status in (400, 401, 403):
                raise PlatformError(
                    "the broadcaster's permission is withdrawn; ask for it again and put the new tokens into "
                    "TWITCH_USER_TOKENS_FILE",
                    error.status,
                ) from None
            raise
        self._tokens.replace(self._key, {
            **entry,
            "access_token": answer["access_token"],
            "refresh_token": answer.get("refresh_token") or entry["refresh_token"],
        })  # fmt: skip
        return True


class UserTokens:
    """The tokens file: {broadcaster id or login: {access_token, refresh_token, scopes}}.

    Attributes:
        problem: why renewed tokens could not be written back; None while all is well.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.problem: str | None = None
        self._entries: dict[str, dict[str, Any]] = {}
        if path is not None:
            try:
                self._entries = _entries(path)
            except (OSError, ValueError, TypeError, AttributeError):
                raise CollectorError(
                    "TWITCH_USER_TOKENS_FILE cannot be read: expected a JSON object "
                    "{id or login: {access_token, refresh_token, scopes}}."
                ) from None

    def find(self, names: Iterable[str], scope: str) -> str | None:
        """The key of the entry of a broadcaster who gave `scope`; an entry without scopes is taken at its word.

        Args:
            names: the broadcaster's id and logins.
        """
        for name in names:
            if name in self._entries:
                scopes = self._entries[name].get("scopes")
                if scopes is None or scope in scopes:
                    return name
        return None

    def entry(self, key: str) -> dict[str, Any]:
        return self._entries[key]

    def replace(self, key: str, entry: dict[str, Any]) -> None:
        """Take in renewed tokens and write the file whole, for its owner only."""
        self._entries[key] = entry
        if self._path is None:
            return
        kept = self._entries
        with suppress(OSError, ValueError, TypeError, AttributeError):
            # A run may last for hours: what somebody put into the file meanwhile, or took out of it, stands.
            kept = {**_entries(self._path), key: entry}
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(kept, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            self.problem = (
                f"renewed user tokens could not be written to TWITCH_USER_TOKENS_FILE ({error.strerror}); "
                "make its folder writable, or broadcasters must allow the application again"
            )


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    """Entries by id or login in small letters. Raises where the file is not as it should be."""
    found = json.loads(path.read_text(encoding="utf-8-sig"))
    entries = {str(key).lower(): dict(value) for key, value in found.items()}
    if not all(isinstance(one.get("scopes"), list | str | None) for one in entries.values()):
        raise TypeError("scopes")
    return entries


def _signed(request: PreparedRequest, client_id: str, token: Any) -> PreparedRequest:
    request.headers["Authorization"] = f"Bearer {token}"
    request.headers["Client-Id"] = client_id
    return request

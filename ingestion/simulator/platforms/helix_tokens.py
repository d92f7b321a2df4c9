"""The token endpoint of the simulated Twitch: tokens of the application and of broadcasters, and how long they live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.collect.clock import Clock
from ingestion.simulator.platforms.server import Reply, Request

_SCOPES = ["channel:read:subscriptions"]
_USER_TOKEN_SECONDS = 14_400


class Tokens:
    """Gives tokens that are good for `seconds`, those of broadcasters for four hours.

    Args:
        accounts: rows of channels by id: login second, whether the broadcaster gave a token eighth.

    Attributes:
        given: every token that is not forgotten: whose it is (None: the application's), and until when.
    """

    def __init__(
        self,
        accounts: Mapping[str, tuple[Any, ...]],
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
        seconds: int,
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        self._credentials = (client_id, client_secret)
        self._seconds = seconds
        self._number = 0
        self.given: dict[str, tuple[str | None, float]] = {}

    def file(self) -> dict[str, dict[str, Any]]:
        """A token file's content for the accounts that gave one; the access tokens are expired already."""
        return {
            account_id: {
                "access_token": f"expired-{account_id}",
                "refresh_token": f"refresh-{account_id}",
                "scopes": _SCOPES,
            }
            for account_id, row in self._accounts.items()
            if row[7]
        }

    def expire(self) -> None:
        """From now on every token that was given is refused."""
        self.given.clear()

    def holder(self, request: Request) -> tuple[bool, str | None]:
        """Whether the request's token is good, and whose it is (None: the application's)."""
        account_id, until = self.given.get(request.headers.get("authorization", "").split(" ")[-1], (None, 0.0))
        return self._now() < until, account_id

    def answer(self, request: Request) -> Reply:
        """Answer of /oauth2/token and /oauth2/validate."""
        if request.path == "/oauth2/validate":
            return self._validate(request)
        if request.path != "/oauth2/token" or request.method != "POST":
            return Reply(404, {"status": 404, "message": ""})
        form = request.form()
        if (form.get("client_id"), form.get("client_secret")) != self._credentials:
            return Reply(403, {"status": 403, "message": "invalid client secret"})
        if form.get("grant_type") == "client_credentials":
            token = self._give(None, self._seconds)
            return Reply(200, {"access_token": token, "expires_in": self._seconds, "token_type": "bearer"})
        kind, _, rest = form.get("refresh_token", "").partition("-")
        account_id = rest.partition("-")[0]
        if form.get("grant_type") != "refresh_token" or kind != "refresh" or account_id not in self._accounts:
            return Reply(400, {"status": 400, "message": "Invalid refresh token"})
        token = self._give(account_id, _USER_TOKEN_SECONDS)
        return Reply(200, {
            "access_token": token, "expires_in": _USER_TOKEN_SECONDS, "scope": _SCOPES,
            "refresh_token": f"refresh-{account_id}-{self._number}", "token_type": "bearer",
        })  # fmt: skip

    def _validate(self, request: Request) -> Reply:
        is_good, account_id = self.holder(request)
        if not is_good:
            return Reply(401, {"status": 401, "message": "invalid access token"})
        login = self._accounts[account_id][1] if account_id else ""
        return Reply(200, {
            "client_id": self._credentials[0], "scopes": _SCOPES if account_id else [], "login": login,
            "user_id": account_id or "", "expires_in": 3600,
        })  # fmt: skip

    def _give(self, account_id: str | None, seconds: int) -> str:
        self._number += 1
        token = f"access-token-{self._number}"
        self.given[token] = (account_id, self._now() + seconds)
        return token

    def _now(self) -> float:
        return self._clock.now().timestamp()

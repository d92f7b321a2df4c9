"""Helix, resource by resource: what is asked, how pages follow each other, and when that must end."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from dlt.common.jsonpath import compile_path
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from requests import Response

from ingestion.collect.clock import Clock
from ingestion.collect.http import Cost, HttpClient, Limits, PlatformError
from ingestion.twitch.pacing import PointBucket
from ingestion.twitch.settings import TwitchSettings
from ingestion.twitch.tokens import AppToken, TokenEndpoint, UserToken, UserTokens

Item = dict[str, Any]
PAGE = 100
# Compiled once: that costs more than a request.
_CURSOR_PATH = compile_path("pagination.cursor")
# Filtered lists have empty pages before their end; some platforms give a new cursor for ever.
_EMPTY_PAGES = 10


class _Cursor(JSONResponseCursorPaginator):
    """Follows `pagination.cursor`; ends at a cursor that was there before, or after too many empty pages."""

    def __init__(self) -> None:
        super().__init__(cursor_path=_CURSOR_PATH, cursor_param="after")
        self.problem: str | None = None
        self._seen: set[str] = set()
        self._empty = 0

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        super().update_state(response, data)
        self._empty = 0 if data else self._empty + 1
        cursor = self._next_reference
        if cursor is None:
            return
        if not isinstance(cursor, str | int):
            raise PlatformError("the answer is not as documented: the cursor is no text")
        if cursor in self._seen:
            self.stop("a cursor repeats")
        elif self._empty >= _EMPTY_PAGES:
            self.stop(f"{_EMPTY_PAGES} pages in a row were empty")
        self._seen.add(cursor)

    def stop(self, problem: str) -> None:
        """End here, with something missing perhaps."""
        self.problem = problem
        self._has_next_page = False


class Listing:
    """Items of a paged list, each id once.

    Attributes:
        problem: why the list ended before its end; None when it is whole. Set when iteration is over.
        answer: the first page's answer, with totals.
    """

    def __init__(self, pages: Callable[[_Cursor], Iterator[Any]], key: str) -> None:
        self._pages = pages
        self._key = key
        self.problem: str | None = None
        self.answer: Item = {}

    def __iter__(self) -> Iterator[list[Item]]:
        """New items page by page."""
        cursor = _Cursor()
        known: set[str] = set()
        for page in self._pages(cursor):
            body = page.response.json()
            if not isinstance(body, dict) or not isinstance(body.get("data"), list):
                raise PlatformError("the answer is not as documented: no list 'data'")
            self.answer = self.answer or body
            fresh = []
            for item in page:
                name = text_of(item, self._key)
                if name is None or name not in known:
                    fresh.append(item)
                if name is not None:
                    known.add(name)
            if page and not fresh:
                cursor.stop("pages repeat")
            yield fresh
        self.problem = cursor.problem


class Helix:
    """Twitch's API with the settings' credentials. Methods raise `PlatformError`; ids come in groups of up to 100.

    `points_file` tells what the process before spent, see `PointBucket`.
    """

    def __init__(
        self,
        settings: TwitchSettings,
        clock: Clock,
        *,
        limits: Limits | None = None,
        jitter: random.Random | None = None,
        points_file: Path | None = None,
    ) -> None:
        self._auth_http = HttpClient(settings.auth_url, clock=clock, limits=limits, jitter=jitter)
        self._endpoint = TokenEndpoint(settings, self._auth_http)
        self.tokens = UserTokens(settings.user_tokens_file)
        self._http = HttpClient(
            settings.api_url,
            clock=clock,
            auth=AppToken(self._endpoint),
            pacing=PointBucket(clock, settings.points_per_minute, points_file),
            limits=limits,
            jitter=jitter,
        )

    def close(self) -> None:
        self._http.close()
        self._auth_http.close()

    def users(self, ids: Iterable[str], logins: Iterable[str], cost: Cost) -> list[Item]:
        """Users by id and by login, together up to 100; without what only their own token shows."""
        found = self._data("users", {"id": list(ids), "login": list(logins)}, cost)
        return [
            {name: value for name, value in item.items() if name != "email"} if isinstance(item, dict) else item
            for item in found
        ]

    def channels(self, ids: list[str], cost: Cost) -> list[Item]:
        return self._data("channels", {"broadcaster_id": ids}, cost)

    def games(self, ids: list[str], cost: Cost) -> list[Item]:
        return self._data("games", {"id": ids}, cost)

    def clips_by_id(self, ids: list[str], cost: Cost) -> list[Item]:
        return self._data("clips", {"id": ids}, cost)

    def live_streams(self, ids: list[str], cost: Cost) -> list[Item]:
        """Those of `ids` that are live: one page holds them all; an empty one with a cursor is followed."""
        found: list[Item] = []
        for page in self._list("streams", {"user_id": ids}, cost):
            found += page
            if found:
                break
        return found

    def followers(self, account_id: str, cost: Cost) -> int:
        """How many follow a channel."""
        answer = self._http.get("channels/followers", {"broadcaster_id": account_id, "first": 1}, cost=cost).json()
        total = answer.get("total") if isinstance(answer, dict) else None
        if not isinstance(total, int):
            raise PlatformError("channels/followers: the answer is not as documented: no number 'total'")
        return total

    def videos(self, account_id: str, cost: Cost) -> Listing:
        return self._list("videos", {"user_id": account_id}, cost)

    def clips(self, account_id: str, start: datetime, end: datetime, cost: Cost) -> Listing:
        """Clips created in a window, about the 1,000 most viewed at most."""
        window = {"started_at": _rfc3339(start), "ended_at": _rfc3339(end)}
        return self._list("clips", {"broadcaster_id": account_id, **window}, cost)

    def subscriptions(self, account_id: str, key: str, cost: Cost) -> Listing:
        """Subscribers with the token of `key`; `answer` has total and points."""
        token = UserToken(self._endpoint, self.tokens, key)
        return self._list("subscriptions", {"broadcaster_id": account_id}, cost, auth=token, key="user_id")

    def _data(self, path: str, params: dict[str, Any], cost: Cost) -> list[Item]:
        answer = self._http.get(path, params, cost=cost).json()
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, list):
            raise PlatformError(f"{path}: the answer is not as documented: no list 'data'")
        return data

    def _list(
        self, path: str, params: dict[str, Any], cost: Cost, *, auth: UserToken | None = None, key: str = "id"
    ) -> Listing:
        asked = {**params, "first": PAGE}
        return Listing(lambda cursor: self._http.pages(path, asked, cursor, cost=cost, auth=auth), key)


def text_of(item: Any, name: str) -> str | None:
    """A short text of an item; None where the item is broken or has none."""
    value = item.get(name) if isinstance(item, dict) else None
    return value if isinstance(value, str) and 0 < len(value) <= 200 and value.isascii() else None


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

"""A client for platform APIs on dlt's REST client: paced, patient, bounded, and silent about secrets.

    client = HttpClient("https://api.example.com/v1", clock=clock, auth=auth, pacing=pacing)
    user = client.get("users/1", cost=collection).json()
    for page in client.pages("users", {"first": 100}, paginator, cost=collection):
        collection.add(page)

What may work a moment later is repeated: no connection, a reset, a timeout, 5xx, 429, something that is no JSON.
Waits grow and have jitter; what the platform asks to wait is kept. After a bounded number of tries a `PlatformError`
names the status and the route. Neither errors nor logs hold query strings, headers or bodies. Send keys in headers,
never in the query: libraries below log URLs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from dlt.common.configuration.specs.runtime_configuration import RuntimeConfiguration
from dlt.common.jsonpath import compile_path
from dlt.sources.helpers.rest_client.auth import AuthConfigBase
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request

from ingestion.collect.attempts import (
    Answer,
    AuthError,
    Call,
    Cost,
    Limits,
    NotFound,
    Pacing,
    PatientSession,
    PlatformError,
    RateLimited,
    RenewableAuth,
)
from ingestion.collect.clock import Clock

__all__ = [
    "Answer",
    "AuthError",
    "Cost",
    "HttpClient",
    "Limits",
    "NotFound",
    "Pacing",
    "PlatformError",
    "RateLimited",
    "RenewableAuth",
]
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class HttpClient:
    """Requests to one platform under `base_url` (http or https).

    Args:
        auth: credentials of all requests without their own; `RenewableAuth` is renewed at a 401.
        jitter: randomness of waits; seeded for runs that must repeat exactly.

    All methods raise `PlatformError` or one of its kinds. `cost` gets requests, retries and points.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock,
        auth: AuthConfigBase | None = None,
        pacing: Pacing | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address of a platform begins with http:// or https://")
        self._auth = auth
        self._session = PatientSession(clock, pacing, limits or Limits(), jitter or random.Random())
        # A proxy of the environment would be asked for addresses that only this machine knows.
        self._session.trust_env = parts.hostname not in _LOOPBACK
        self._rest = RESTClient(
            base_url,
            headers={"User-Agent": "audience-warehouse", **(headers or {})},
            session=self._session,
            config=RuntimeConfiguration(),
        )

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        cost: Cost | None = None,
        route: str | None = None,
        points: int = 1,
        auth: AuthConfigBase | None = None,
        is_json: bool = True,
    ) -> Answer:
        """One answer: `.json()`, `.headers`; without `is_json` `.content`."""
        call = Call(route or path, points, cost, auth or self._auth, is_json)
        found: Any = self._rest.get(path, params=dict(params or {}), auth=call.auth, call=call)
        return found  # type: ignore[no-any-return]

    def pages(
        self,
        path: str,
        params: Mapping[str, Any] | None,
        paginator: BasePaginator,
        *,
        data_path: str = "data",
        cost: Cost | None = None,
        route: str | None = None,
        points: int = 1,
        auth: AuthConfigBase | None = None,
    ) -> Iterator[PageData[Any]]:
        """Pages of the list at `data_path`; each is a list with `.response`. The paginator serves this call only."""
        call = Call(route or path, points, cost, auth or self._auth, True)
        return self._rest.paginate(
            path,
            params=dict(params or {}),
            auth=call.auth,
            paginator=paginator,
            data_selector=_compiled(data_path),
            hooks={"response": []},
            call=call,
        )

    def post_form(self, url: str, form: Mapping[str, str], *, cost: Cost | None = None, points: int = 0) -> Answer:
        """A form sent to a whole URL without credentials, as token endpoints take it. Safe to repeat only."""
        # Not through dlt's client, which logs bodies when it is told to debug.
        request = Request("POST", url, data=dict(form), headers={"User-Agent": "audience-warehouse"})
        prepared = self._session.prepare_request(request)
        call = Call(urlsplit(url).path, points, cost, None, True)
        named = self._session.merge_environment_settings(url, {}, None, None, None)
        return self._session.send(prepared, call=call, **named)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()


@cache
def _compiled(path: str) -> Any:
    """Compiled once: that costs more than a request."""
    return compile_path(path)

"""The simulated Twitch: its token endpoint and the Helix routes, with points, expiring tokens and faults.

Answers hold every field of the published description. What goes wrong is decided by the world (withdrawn permissions,
outages) and by a plan of faults, which sees each request with its number.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from ingestion.collect.clock import Clock
from ingestion.simulator.platforms.helix_tokens import Tokens
from ingestion.simulator.platforms.helix_world import HelixWorld, Item
from ingestion.simulator.platforms.server import Reply, Request, serve

# For a request and its number: a fault of the transport, "html", a page that is empty ("empty_page") or whose cursor is
# its own ("repeated_cursor"), a status, or a whole reply. None: nothing goes wrong.
FaultPlan = Callable[[Request, int], str | int | Reply | None]


@dataclass
class LoggedRequest:
    """One request as the server saw it; `at` is the clock's monotonic time in seconds."""

    at: float
    path: str
    status: int
    points: int


@dataclass
class HelixServer:
    """Answers from a world by a clock.

    Attributes:
        page_limit: items on a page at most, whatever is asked for.
        clip_limit: clips that one query gives at most.
        token_seconds: life of an app token; user tokens live four hours.
    """

    world: HelixWorld
    clock: Clock
    client_id: str = "simulated"
    client_secret: str = "simulated-secret"
    points_per_minute: int = 800
    page_limit: int = 100
    clip_limit: int = 1000
    token_seconds: int = 5_000_000
    faults: FaultPlan = lambda request, number: None
    log: list[LoggedRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = Tokens(
            self.world.accounts,
            self.clock,
            client_id=self.client_id,
            client_secret=self.client_secret,
            seconds=self.token_seconds,
        )
        self._spent: deque[float] = deque()
        self._routes: dict[str, Callable[[Request], Reply]] = {
            "/helix/users": self._users,
            "/helix/channels": self._channels,
            "/helix/channels/followers": self._followers,
            "/helix/subscriptions": self._subscriptions,
            "/helix/streams": self._streams,
            "/helix/videos": self._videos,
            "/helix/clips": self._clips,
            "/helix/games": self._games,
        }

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve on loopback; gives the root, below which lie /helix and /oauth2."""
        with serve(self.answer) as root:
            yield root

    def answer(self, request: Request) -> Reply:
        """The answer to one request, noted in the log."""
        is_helix = request.path in self._routes
        reply = self._answer(request, is_helix)
        self.log.append(LoggedRequest(self.clock.monotonic(), request.path, reply.status, int(is_helix)))
        return reply

    def _answer(self, request: Request, is_helix: bool) -> Reply:
        if not is_helix:
            return self._oauth(request)
        if not self._spend():
            return self._limited(_error(429, "Too Many Requests", "Request limit exceeded"))
        fault = self.faults(request, len(self.log))
        reply = self._faulty(request, fault)
        return self._limited(reply)

    def _faulty(self, request: Request, fault: str | int | Reply | None) -> Reply:
        if isinstance(fault, Reply):
            return fault
        if fault == "html":
            return Reply(200, b"<!DOCTYPE html><html><body>Please wait</body></html>")
        if isinstance(fault, int):
            return _error(fault, "Fault", "a planned fault")
        reply = self._checked(request)
        if fault == "hang":
            return replace(reply, fault="hang")
        if fault == "reset":
            return replace(reply, fault="reset")
        if fault == "drip":
            return replace(reply, fault="drip")
        if fault == "empty_page" and reply.status == 200:
            # The same place again, without items.
            place = _place(request) or 0
            pagination = {"cursor": _cursor(place, len(self.log))}
            return replace(reply, body={**reply.body, "data": [], "pagination": pagination})
        if fault == "repeated_cursor" and reply.status == 200:
            return replace(reply, body={**reply.body, "pagination": {"cursor": request.first("after") or _cursor(0)}})
        return reply

    def _checked(self, request: Request) -> Reply:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        resource = request.path.rpartition("/")[2]
        account_id = request.first("broadcaster_id") or None
        if self._outage(resource, account_id) == "error":
            return _error(503, "Service Unavailable", "")
        return self._routes[request.path](request)

    def _outage(self, resource: str, account_id: str | None) -> str | None:
        now = self._now()
        for of, account, kind, start, end in self.world.outages:
            if of == resource and account in (None, account_id) and start <= now < end:
                return kind
        return None

    def _now(self) -> float:
        return self.clock.now().timestamp()

    # Points

    def _spend(self) -> bool:
        now = self.clock.monotonic()
        while self._spent and now - self._spent[0] >= 60:
            self._spent.popleft()
        if len(self._spent) >= self.points_per_minute:
            return False
        self._spent.append(now)
        return True

    def _limited(self, reply: Reply) -> Reply:
        wait = 60 - (self.clock.monotonic() - self._spent[0]) if self._spent else 0
        headers = {
            "Ratelimit-Limit": str(self.points_per_minute),
            "Ratelimit-Remaining": str(self.points_per_minute - len(self._spent)),
            "Ratelimit-Reset": str(int(self._now() + wait) + 1),
        }
        return replace(reply, headers={**headers, **reply.headers})

    def _oauth(self, request: Request) -> Reply:
        fault = self.faults(request, len(self.log))
        if isinstance(fault, Reply):
            return fault
        if isinstance(fault, int):
            return _error(fault, "Fault", "a planned fault")
        return self.tokens.answer(request)

    def _refusal(self, request: Request) -> Reply | None:
        if not self.tokens.holder(request)[0]:
            return _error(401, "Unauthorized", "Invalid OAuth token")
        if request.headers.get("client-id") != self.client_id:
            return _error(401, "Unauthorized", "Client ID and OAuth token do not match")
        return None

    # Routes

    def _users(self, request: Request) -> Reply:
        ids = request.query.get("id", []) + [
            self.world.id_of_login.get(name.lower(), "") for name in request.query.get("login", [])
        ]
        return _listed(ids, self.world.user)

    def _channels(self, request: Request) -> Reply:
        now = self._now()
        return _listed(request.query.get("broadcaster_id", []), lambda one: self.world.channel(one, now))

    def _games(self, request: Request) -> Reply:
        return _listed(request.query.get("id", []), self.world.game)

    def _followers(self, request: Request) -> Reply:
        account_id = request.first("broadcaster_id")
        if account_id not in self.world.accounts:
            return _error(400, "Bad Request", "The broadcaster_id query parameter is not valid.")
        # The list needs a moderator's permission; the total does not.
        return Reply(200, {"total": self.world.followers(account_id, self._now()), "data": [], "pagination": {}})

    def _subscriptions(self, request: Request) -> Reply:
        account_id = request.first("broadcaster_id")
        if self.tokens.holder(request)[1] != account_id:
            return _error(
                401, "Unauthorized", "The user access token must include the channel:read:subscriptions scope"
            )
        counts = self.world.subscribers(account_id, self._now())
        total = sum(counts[:3])
        body = {"total": total, "points": counts[4]}
        if self._outage("subscriptions", account_id) == "withdrawn":
            return Reply(200, {"data": [], "pagination": {}, **body})
        people = [self.world.subscription(account_id, number, counts) for number in range(total)]
        return self._page(request, people, **body)

    def _streams(self, request: Request) -> Reply:
        ids = request.query.get("user_id", []) + [
            self.world.id_of_login.get(name.lower(), "") for name in request.query.get("user_login", [])
        ]
        if len(ids) > 200 or not ids:
            return _error(400, "Bad Request", "user_id or user_login: 1 to 100 each")
        now = self._now()
        live = [found for one in ids if (found := self.world.stream(one, now)) is not None]
        return self._page(request, sorted(live, key=lambda item: (-item["viewer_count"], item["id"])))

    def _videos(self, request: Request) -> Reply:
        if not request.first("user_id"):
            return _error(400, "Bad Request", "The request must specify either the id or user_id or game_id parameter")
        return self._page(request, self.world.videos(request.first("user_id"), self._now()))

    def _clips(self, request: Request) -> Reply:
        now = self._now()
        ids = request.query.get("id", [])
        account_id = request.first("broadcaster_id")
        if bool(ids) == bool(account_id) or len(ids) > 100:
            return _error(400, "Bad Request", "Either broadcaster_id or 1 to 100 ids")
        if ids:
            # As in the published example: no pagination.
            return Reply(200, {"data": [found for one in ids if (found := self.world.clip(one, now)) is not None]})
        start = _seconds(request.first("started_at"), 0.0)
        end = _seconds(request.first("ended_at"), start + 7 * 86_400 if start else now)
        return self._page(request, self.world.clips(account_id, start, end, now)[: self.clip_limit])

    def _page(self, request: Request, items: list[Item], **beside: int) -> Reply:
        place = _place(request)
        first = request.first("first", "20")
        if place is None or not first.isdigit() or not 1 <= int(first) <= 100:
            return _error(400, "Bad Request", "The value of after or first is not valid.")
        end = place + min(int(first), self.page_limit)
        pagination = {"cursor": _cursor(end)} if end < len(items) else {}
        return Reply(200, {"data": items[place:end], "pagination": pagination, **beside})


def _listed(ids: list[str], find: Callable[[str], Item | None]) -> Reply:
    if not 1 <= len(ids) <= 100:
        return _error(400, "Bad Request", "1 to 100 ids")
    return Reply(200, {"data": [found for one in dict.fromkeys(ids) if (found := find(one)) is not None]})


def _error(status: int, error: str, message: str) -> Reply:
    return Reply(status, {"error": error, "status": status, "message": message})


def _cursor(place: int, salt: int = 0) -> str:
    return base64.urlsafe_b64encode(json.dumps({"place": place, "salt": salt}).encode()).decode()


def _place(request: Request) -> int | None:
    """Where the page begins; None for a cursor that is none."""
    after = request.first("after")
    if not after:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(after))["place"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None


def _seconds(text: str, default: float) -> float:
    try:
        return datetime.fromisoformat(text).timestamp() if text else default
    except ValueError:
        return default

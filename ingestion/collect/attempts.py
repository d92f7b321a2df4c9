"""What happens to a single request of a platform's client: pacing, tries, waits, bounds and errors; see `http.py`."""

from __future__ import annotations

import email.utils
import json
import random
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Protocol

from dlt.sources.helpers.rest_client.auth import AuthConfigBase
from requests import PreparedRequest, Response, Session
from requests.exceptions import RequestException, Timeout
from urllib3.exceptions import HTTPError, TimeoutError

from ingestion.collect.clock import Clock
from ingestion.collect.collection import CollectError
from ingestion.collect.transport import TimedAdapter


class PlatformError(CollectError):
    """A platform did not give what was asked for.

    `status` is the last answer's, None when there was none; `answer` its JSON, in which some platforms give a reason.
    The message holds nothing of it.
    """

    def __init__(self, message: str, status: int | None = None, answer: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.answer = answer


class AuthError(PlatformError):
    """401 or 403 also after the credentials were renewed."""


class RateLimited(PlatformError):
    """429 to the last try, or with a wait asked for that is longer than `Limits.wait_seconds`."""


class NotFound(PlatformError):
    """404 or 410."""


class Cost(Protocol):
    """What counts requests; `ingestion.collect.collection.Collection` does."""

    def count(self, *, requests: int = 0, retries: int = 0, points: int = 0) -> None: ...


class Pacing(Protocol):
    """When a request may be sent. `route` names the platform's bucket, as the client's caller gave it."""

    def wait(self, route: str, points: int) -> None:
        """Sleep until the platform allows `points` more; called before every try."""

    def learn(self, route: str, response: Response) -> float | None:
        """Take in an answer's headers; of a 429, return the seconds to wait, None: the client decides."""


class RenewableAuth(AuthConfigBase):
    """Credentials that can be renewed when the platform answers 401."""

    def renew(self) -> bool:
        """Get new credentials; False when that is not possible."""
        return False


@dataclass(frozen=True)
class Limits:
    """Bounds of one request. Seconds of silence while connecting and reading, of the whole answer, of a single wait."""

    connect_seconds: float = 10
    read_seconds: float = 30
    answer_seconds: float = 120
    body_bytes: int = 64 << 20
    tries: int = 6
    backoff_seconds: float = 1
    wait_seconds: float = 120


class Answer(Response):
    """A complete answer with status below 300; its JSON is parsed once."""

    parsed: Any = None

    def json(self, **named: Any) -> Any:
        return self.parsed


@dataclass(frozen=True)
class Call:
    """What a request is for: its bucket and points, who counts it, and how to read the answer."""

    route: str
    points: int
    cost: Cost | None
    auth: AuthConfigBase | None
    is_json: bool


@dataclass
class _Failure:
    reason: str
    status: int | None = None
    wait_seconds: float | None = None
    answer: Any = None


class PatientSession(Session):
    """Sends each request, with `call`, until its answer is complete and good, or the tries are used up."""

    def __init__(self, clock: Clock, pacing: Pacing | None, limits: Limits, jitter: random.Random) -> None:
        super().__init__()
        self._clock = clock
        self._pacing = pacing
        self._limits = limits
        self._jitter = jitter
        for scheme in ("http://", "https://"):
            self.mount(scheme, TimedAdapter(limits.answer_seconds))

    def send(self, request: PreparedRequest, **named: Any) -> Answer:
        call: Call = named.pop("call")
        named |= {"stream": True, "allow_redirects": False}
        named["timeout"] = (self._limits.connect_seconds, self._limits.read_seconds)
        is_renewed = False
        failure = _Failure("")
        for number in range(self._limits.tries):
            if number:
                self._clock.sleep(self._wait(number, failure))
            if self._pacing:
                self._pacing.wait(call.route, call.points)
            if call.cost:
                call.cost.count(requests=1, retries=min(number, 1), points=call.points)
            result = self._try(request, call, named)
            if isinstance(result, Answer):
                return result
            failure = result
            if failure.status == 401 and not is_renewed and isinstance(call.auth, RenewableAuth):
                is_renewed = True
                if call.auth.renew():
                    call.auth(request)
                    continue
            if not _may_pass(failure):
                break
            if failure.wait_seconds is not None and failure.wait_seconds > self._limits.wait_seconds:
                failure.reason += f", and the platform asks to wait {failure.wait_seconds:.0f} s"
                break
        raise _error(call.route, failure, number + 1)

    def _wait(self, number: int, failure: _Failure) -> float:
        if failure.status == 401:
            return 0.0
        if failure.wait_seconds is not None:
            return failure.wait_seconds + self._limits.backoff_seconds * self._jitter.uniform(0, 0.5)
        longest: float = min(self._limits.backoff_seconds * 2 ** (number - 1), self._limits.wait_seconds)
        return longest * self._jitter.uniform(0.5, 1)

    def _try(self, request: PreparedRequest, call: Call, named: dict[str, Any]) -> Answer | _Failure:
        try:
            response = super().send(request, **named)
            try:
                body = self._body(response)
            finally:
                response.close()
        except (Timeout, TimeoutError):
            return _Failure("no answer in time")
        except (RequestException, HTTPError, OSError) as error:
            return _Failure(f"no complete answer ({type(error).__name__})")
        # Whoever learns from an answer may look into it.
        response._content = body or b""
        asked = self._pacing.learn(call.route, response) if self._pacing else None
        if response.status_code >= 300:
            wait = asked if asked is not None else self._retry_after(response)
            reason = f"status {response.status_code}"
            if response.is_redirect:
                reason += ", which points to another address; set that one"
            return _Failure(reason, response.status_code, wait, _parsed(body))
        if body is None:
            return _Failure(f"the answer is larger than {self._limits.body_bytes >> 20} MiB", 413)
        answer = Answer()
        answer.__dict__.update(response.__dict__)
        answer._content = body
        if call.is_json:
            try:
                answer.parsed = json.loads(body, parse_constant=_refuse)
            except ValueError:
                return _Failure("the answer is no JSON")
            except RecursionError:
                return _Failure("the answer is nested too deeply", 413)
        return answer

    def _body(self, response: Response) -> bytes | None:
        pieces, size = [], 0
        for piece in response.iter_content(1 << 16):
            size += len(piece)
            if size > self._limits.body_bytes:
                return None
            pieces.append(piece)
        return b"".join(pieces)

    def _retry_after(self, response: Response) -> float | None:
        """Seconds of a Retry-After header, which is a number or a date; None without a usable one."""
        text = response.headers.get("Retry-After", "").strip()
        try:
            seconds = float(text)
        except ValueError:
            try:
                moment = email.utils.parsedate_to_datetime(text)
            except (ValueError, OverflowError):
                return None
            seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - self._clock.now()).total_seconds()
        return max(seconds, 0.0) if seconds == seconds else None


def _parsed(body: bytes | None) -> Any:
    """JSON of an answer that reports an error, None where it is none."""
    try:
        return json.loads(body or b"")
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _may_pass(failure: _Failure) -> bool:
    return failure.status is None or failure.status in (408, 429) or 500 <= failure.status <= 599


def _error(route: str, failure: _Failure, tries: int) -> PlatformError:
    status = failure.status
    text = f"{route}: {failure.reason}" + (f", tried {tries} times" if tries > 1 else "")
    if status in (401, 403):
        return AuthError(text, status, failure.answer)
    if status in (404, 410):
        return NotFound(text, status, failure.answer)
    return (RateLimited if status == 429 else PlatformError)(text, status, failure.answer)

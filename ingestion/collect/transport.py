"""A transport for requests whose answers must be complete within a time, however slowly they drip.

A read timeout bounds the silence between two bytes only: a server that sends one byte a second holds a client for
ever. Here the whole answer, headers included, has a deadline by the machine's own time, since a socket does not
follow a simulated clock.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager


class _TimedReader(io.RawIOBase):
    """Reads a socket's file up to a deadline. `TimeoutError` after it."""

    def __init__(self, raw: Any, connected: socket.socket, seconds: float) -> None:
        self._raw = raw
        self._socket = connected
        self._silence = connected.gettimeout()
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._socket.settimeout(left if self._silence is None else min(left, self._silence))
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, seconds: float, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        plain: Any = self.fp  # a BufferedReader over the socket's file
        self.fp = io.BufferedReader(_TimedReader(plain.detach(), sock, seconds), 1 << 16)


class TimedAdapter(HTTPAdapter):
    """Sends without repeating; an answer takes at most `seconds` from its first byte on."""

    def __init__(self, seconds: float) -> None:
        response_class = partial(_TimedResponse, seconds)
        plain = type("TimedConnection", (HTTPConnection,), {"response_class": response_class})
        secure = type("TimedSecureConnection", (HTTPSConnection,), {"response_class": response_class})
        self._pools = {
            "http": type("TimedPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("TimedSecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self._time(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **named)
        self._time(manager)
        return manager

    def _time(self, manager: PoolManager) -> None:
        manager.pool_classes_by_scheme = self._pools

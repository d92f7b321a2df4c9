"""A small HTTP server for simulated platforms: loopback only, connections kept alive, faults on demand.

The standard library's handler parses headers with a mail parser, which costs more than all the rest of an answer.
"""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

# hang: no answer; reset: the connection breaks in the middle of the body; drip: the body comes byte by byte.
Fault = Literal["hang", "reset", "drip"]
_REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
            429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What a client sent. Header names are in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = b""

    def first(self, name: str, default: str = "") -> str:
        """The first value of a parameter of the query."""
        return self.query.get(name, [default])[0]

    def form(self) -> dict[str, str]:
        """The fields of a form in the body."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    """What the server answers: `body` is sent as JSON, bytes as they are."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None


@contextmanager
def serve(answer: Callable[[Request], Reply]) -> Iterator[str]:
    """Serve on a free port of the loopback while the context is open; gives the root of all addresses."""
    server = _Server(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.answer = answer
        self.guard = threading.Lock()  # answers come one after the other: what they depend on needs no locks
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        while (request := self._read()) is not None:
            with server.guard:
                reply = server.answer(request)
            if not self._send(reply):
                return

    def _read(self) -> Request | None:
        line = self.rfile.readline(65_536).decode("latin-1").split()
        if len(line) != 3:
            return None
        headers = {}
        while (text := self.rfile.readline(65_536)) not in (b"\r\n", b"\n", b""):
            name, _, value = text.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", 0)))
        parts = urlsplit(line[1])
        return Request(line[0], parts.path, parse_qs(parts.query, keep_blank_values=True), headers, body)

    def _send(self, reply: Reply) -> bool:
        """Whether the connection stays."""
        is_bytes = isinstance(reply.body, bytes)
        body = reply.body if is_bytes else json.dumps(reply.body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        headers = {
            "Content-Type": "text/html" if is_bytes else "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            **reply.headers,
        }
        head = f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Other')}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        start = head.encode("latin-1")
        try:
            match reply.fault:
                case None:
                    self.connection.sendall(start + body)
                    return True
                case "hang":
                    self._linger(600)
                case "reset":
                    self.connection.sendall(start + body[: len(body) // 2])
                    # Closing with a lingering time of nothing sends a reset.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                case "drip":
                    self.connection.sendall(start)
                    for number in range(len(body)):
                        self.connection.sendall(body[number : number + 1])
                        time.sleep(0.2)
        except OSError:
            pass
        return False

    def _linger(self, seconds: float) -> None:
        """Wait until the client gives up."""
        self.connection.settimeout(seconds)
        self.connection.recv(1)

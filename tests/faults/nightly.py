"""A whole nightly run on hostile input with secrets in it, without a network: made once for the tests around it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingestion.settings import Settings
from tests.faults.support import ROOT, Faulty, line

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><svg/onload=alert(1)>",
    "'; drop table social.fct_events; --",
    'a"b;c',
    "../../etc/passwd",
    "=HYPERLINK(1)",
    "@SUM(1)",
    "{{ 7 * 7 }}{% include 'x' %}",
    "javascript:alert(1)",
    "nul\0byte",
)
# Each stands for something that must not be found in any file below the warehouse.
CANARIES = {
    "key": "canary-key-of-the-hash",
    "email": "canary.person@mail.example",
    "password": "canary-pass-word",
    "token": "canary-tok-en",
    "address": "198.51.100.77",
    "agent": "CanaryBrowser/7",
    "prompt": "canary prompt about a private matter",
    "answer": "canary answer with private advice",
    "path": "canary-folder-of-a-person",
    "tool": "canary-argument-of-a-tool",
}

# Refuses, and notes, every connection of a Python process that leaves the machine.
SITECUSTOMIZE = """
import os, socket

def _check(address):
    host = address[0] if isinstance(address, tuple) else ""
    if isinstance(address, tuple) and host not in ("127.0.0.1", "::1", "localhost", "0.0.0.0", ""):
        with open(os.environ["CONNECTIONS"], "a") as log:
            log.write(f"{host}\\n")
        raise OSError(101, "the network is blocked")

class Blocked(socket.socket):
    def connect(self, address):
        _check(address)
        return super().connect(address)
    def connect_ex(self, address):
        _check(address)
        return super().connect_ex(address)
    def sendto(self, data, *rest):
        _check(rest[-1])
        return super().sendto(data, *rest)

_getaddrinfo = socket.getaddrinfo
def getaddrinfo(host, *rest, **named):
    _check((host.decode() if isinstance(host, bytes) else host or "",))
    return _getaddrinfo(host, *rest, **named)

socket.socket = Blocked
socket.getaddrinfo = getaddrinfo
"""


@dataclass(frozen=True)
class Nightly:
    """A warehouse that `python -m orchestration.run` works on."""

    folder: Path
    settings: Settings

    @property
    def faulty(self) -> Faulty:
        return Faulty(self.settings)

    @property
    def connections(self) -> str:
        """Hosts that a process tried to reach."""
        log = self.folder / "connections"
        return log.read_text() if log.exists() else ""

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "WAREHOUSE_DIR": str(self.settings.warehouse_dir),
            "LANDING_DIR": str(self.settings.landing_dir),
            "CLAUDE_CONFIG_DIR": str(self.folder / "claude"),
            "PII_HASH_KEY": CANARIES["key"],
            "PYTHONPATH": f"{self.folder / 'python'}{os.pathsep}{ROOT}",
            "CONNECTIONS": str(self.folder / "connections"),
        }

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "orchestration.run"]

    def outputs(self) -> dict[str, bytes]:
        """Every byte that readers get, by file: publication, reports, exports."""
        warehouse = self.settings.warehouse_dir
        places = [warehouse / "published", warehouse / "reports", warehouse / "exports"]
        files = [path for place in places for path in place.rglob("*") if path.is_file()]
        return {str(path.relative_to(warehouse)): path.read_bytes() for path in files}


def make(folder: Path) -> Nightly:
    """Input and blocked network in `folder`; nothing is loaded yet."""
    for name in ("landing/social", "landing/conversations", "claude/projects", "python"):
        (folder / name).mkdir(parents=True)
    (folder / "python" / "sitecustomize.py").write_text(SITECUSTOMIZE)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    _write_social(folder / "landing" / "social", today)
    _write_tracked(folder / "landing" / "conversations", today)
    _write_transcript(folder / "claude" / "projects", today)
    variables = {
        "WAREHOUSE_DIR": str(folder / "warehouse"),
        "LANDING_DIR": str(folder / "landing"),
        "CLAUDE_CONFIG_DIR": str(folder / "claude"),
        "PII_HASH_KEY": CANARIES["key"],
    }
    return Nightly(folder, Settings.from_env(variables))


def _write_social(folder: Path, today: datetime) -> None:
    secrets = {
        "email": CANARIES["email"],
        "nested": [{"password": CANARIES["password"], "deeper": {"token": CANARIES["token"]}}],
    }
    text = ""
    for number in range(120):
        name = HOSTILE[number % len(HOSTILE)]
        text += line(
            number,
            eventId=f"{name}{number}",
            userId=name,
            sessionId=f"{name}-session",
            timestamp=(today - timedelta(days=1 + number % 9, minutes=number)).isoformat(),
            userAgent=CANARIES["agent"],
            ipAddress=CANARIES["address"],
            platform=name,
            data={"contentType": "post", "contentId": name, "viewDuration": 5, "scrollDepth": 0.5, **secrets},
        )
    bad = json.loads(
        line(1, timestamp="never", data=secrets, ipAddress=CANARIES["address"], userAgent=CANARIES["agent"])
    )
    text += json.dumps(bad) + "\n"
    text += json.dumps({**bad, "eventId": "cut"})[:-2] + "\n"
    (folder / 'it\'s; a "name".jsonl').write_text(text)


def _write_tracked(folder: Path, today: datetime) -> None:
    events = []
    for number in range(20):
        at = (today - timedelta(days=1, minutes=10 * number)).isoformat()
        name = HOSTILE[number % len(HOSTILE)]
        common = {"timestamp": at, "conversationId": f"{name}-{number}", "userId": name}
        events.append(
            {"eventId": f"c{number}", "type": "conversation_created", **common, "data": {"email": CANARIES["email"]}}
        )
        events.append(
            {
                "eventId": f"m{number}",
                "type": "message_sent",
                **common,
                "data": {"messageId": f"m{number}", "role": "user", "tokenCount": 5, "messageLength": 20},
            }
        )
    (folder / "tracked.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))


def _write_transcript(folder: Path, today: datetime) -> None:
    place = folder / "-home-somebody-work"
    place.mkdir()
    at = today - timedelta(days=1)
    prompt = {
        "type": "user", "uuid": "u1", "parentUuid": None, "sessionId": HOSTILE[0], "isSidechain": False, "version": "2.0.0",
        "cwd": f"/home/{CANARIES['path']}", "gitBranch": CANARIES["path"], "timestamp": at.isoformat(),
        "message": {"role": "user", "content": CANARIES["prompt"]},
    }  # fmt: skip
    answer = {
        "type": "assistant", "uuid": "u2", "parentUuid": "u1", "sessionId": HOSTILE[0], "isSidechain": False, "version": "2.0.0",
        "cwd": f"/home/{CANARIES['path']}", "timestamp": (at + timedelta(seconds=9)).isoformat(), "requestId": "r1",
        "message": {
            "id": "msg1", "role": "assistant", "model": "claude-sonnet-4-20250514", "usage": {"input_tokens": 7, "output_tokens": 9},
            "content": [
                {"type": "text", "text": CANARIES["answer"]},
                {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": CANARIES["tool"]}},
            ],
        },
    }  # fmt: skip
    summary = {"type": "summary", "summary": CANARIES["prompt"], "leafUuid": "u2"}
    cut = json.dumps(prompt)[:-3]
    text = "".join(json.dumps(entry) + "\n" for entry in (prompt, answer, summary)) + cut + "\n"
    (place / "11111111-2222-4333-8444-555555555555.jsonl").write_text(text)

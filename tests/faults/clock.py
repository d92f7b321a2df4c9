"""Simulated time that processes share, and a command that runs a source by it.

python -m tests.faults.clock SOURCE CLOCK START      like python -m ingestion.SOURCE, by the clock in the file CLOCK
"""

from __future__ import annotations

import importlib
import mmap
import struct
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingestion.cli import main


class SharedClock:
    """Simulated time in a file of eight bytes, the same for all processes that give the same start."""

    def __init__(self, path: Path, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        if not path.exists():
            path.write_bytes(struct.pack("d", 0.0))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        passed: float = struct.unpack("d", self._memory[:8])[0]
        return passed

    def sleep(self, seconds: float) -> None:
        self._memory[:8] = struct.pack("d", self.monotonic() + max(seconds, 0.0))


if __name__ == "__main__":
    source, path, start = sys.argv[1:]
    collecting = importlib.import_module(f"ingestion.{source}.{'collecting' if source == 'twitch' else 'collect'}")
    clock = SharedClock(Path(path), datetime.fromisoformat(start))
    collecting.SystemClock = lambda: clock
    raise SystemExit(main(source, []))

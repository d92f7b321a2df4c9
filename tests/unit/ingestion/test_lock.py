"""The lock's message names who holds it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from ingestion.lock import LockTimeoutError, writer_lock
from ingestion.settings import Settings


def test_who_held_the_lock_before_is_not_named(tmp_path: Path) -> None:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})
    with writer_lock(settings):
        assert settings.lock_path.read_text().split() == [str(os.getpid())]
    with settings.lock_path.open("a") as backup:
        fcntl.flock(backup, fcntl.LOCK_EX)
        with pytest.raises(LockTimeoutError) as caught, writer_lock(settings, timeout_seconds=0):
            pass
    assert "by a program that notes no number" in str(caught.value)
    assert str(os.getpid()) not in str(caught.value).replace(str(tmp_path), "")

"""The lock's message names who holds it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from ingestion import lock
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


def test_a_lock_that_could_not_be_noted_is_free_while_the_error_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})

    def refuse() -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lock.os, "getpid", refuse)
    with pytest.raises(OSError, match="No space") as caught, writer_lock(settings):
        pass
    with settings.lock_path.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert caught.value.errno == 28

"""What all tests share: no telemetry, no deadline on a busy machine, settings below a temporary folder."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from ingestion.settings import Settings

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

# A shell starts what it runs in the background with SIGINT ignored, and the processes that the tests interrupt
# would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis_settings.register_profile("project", deadline=None, derandomize=True, max_examples=60)
hypothesis_settings.load_profile("project")


# What was imported stays: looking through it again and again is a twentieth of the tests' time.
gc.set_threshold(100_000, 50, 50)


def pytest_collection_finish() -> None:
    gc.freeze()


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a warehouse below tmp_path with an existing landing folder; keyword arguments add variables."""

    def make(**variables: str) -> Settings:
        for source in ("social", "conversations"):
            (tmp_path / "landing" / source).mkdir(parents=True, exist_ok=True)
        return Settings.from_env(
            {"WAREHOUSE_DIR": str(tmp_path / "warehouse"), "LANDING_DIR": str(tmp_path / "landing"), **variables}
        )

    return make

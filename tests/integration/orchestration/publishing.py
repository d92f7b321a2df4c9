"""Publishes, and kills its own process when it comes to the step that its argument names."""

from __future__ import annotations

import os
import signal
import sys

from ingestion.settings import Settings
from orchestration.publication import publish


def main() -> None:
    def on_step(step: str) -> None:
        if step == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGKILL)

    publish(Settings.from_env(os.environ), on_step=on_step)


if __name__ == "__main__":
    main()

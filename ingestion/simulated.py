"""Input for a warehouse that nothing is configured for: made once, then read like any other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from ingestion.lock import writer_lock
from ingestion.settings import Settings


def ensure_simulated_input(settings: Settings, progress: Callable[[str], None] = lambda text: None) -> bool:
    """Generate the simulated sources where the settings ask for them and they are missing.

    Returns whether anything was generated. A generation that was killed leaves nothing behind that counts:
    the folder gets its name when it is complete.
    """
    if not settings.is_simulated or settings.landing_dir.is_dir():
        return False
    with writer_lock(settings):
        if settings.landing_dir.is_dir():
            return False
        # Only without configuration is the simulator needed; its import is not free.
        from ingestion.simulator import generate

        target = settings.landing_dir.parent
        for left_over in target.parent.glob(f".{target.name}-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        temporary = target.parent / f".{target.name}-{os.getpid()}"
        progress(f"making simulated sources in {target}")
        generate(temporary, reporting_timezone=settings.reporting_timezone)
        os.replace(temporary, target)
    return True

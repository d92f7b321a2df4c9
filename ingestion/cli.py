"""`python -m ingestion.<source>`: runs one source alone."""

from __future__ import annotations

import argparse
import os
import sys

from ingestion.lock import LockTimeoutError
from ingestion.output import lasting_output, open_closed_streams
from ingestion.pipeline import IngestError
from ingestion.registry import SOURCES
from ingestion.settings import Settings, SettingsError


def main(source: str, arguments: list[str] | None = None) -> int:
    """Load a source, print what was done, return the exit code."""
    parser = argparse.ArgumentParser(
        prog=f"python -m ingestion.{source}", description=f"Load what is new for {source} into the warehouse."
    )
    parser.add_argument(
        "--replay-rejects", action="store_true", help="take rejected lines in again, after a fix of the rules"
    )
    open_closed_streams()
    options = parser.parse_args(arguments)
    spec = SOURCES[source]
    try:
        settings = Settings.from_env(os.environ)
        settings.check_writable()
        result = (spec.replay if options.replay_rejects else spec.run)(settings, _show)
    except (SettingsError, LockTimeoutError, IngestError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. Earlier loads stand, and the next run finishes this one.", file=sys.stderr)
        return 130
    out = lasting_output(os.dup(1))
    print(
        f"{source}: {result.status}; files {result.files_read:,}, lines {result.rows_read:,}, "
        f"loaded {result.rows_loaded:,}, rejected {result.rows_rejected:,}, blank {result.rows_blank:,}",
        file=out,
    )
    for problem in result.problems:
        print(problem, file=out)
    for folder in result.set_aside:
        print(
            f"An unfinished load could not be finished and was set aside at {folder}; its files were read again.",
            file=out,
        )
    return 0


def _show(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

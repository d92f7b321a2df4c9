"""`python -m ingestion.twitch`; with --poll-streams, only asks who is live, at a cadence of its own."""

from __future__ import annotations

import argparse
import os
import sys

from ingestion.cli import main
from ingestion.collect.clock import SystemClock
from ingestion.collect.collection import CollectorError
from ingestion.lock import LockTimeoutError
from ingestion.origin import keep_apart
from ingestion.pipeline import IngestError, explained
from ingestion.settings import Settings, SettingsError

_LONGEST_SECONDS = 86_400


def poll(arguments: list[str]) -> int:
    """Poll until interrupted, or --count times; the next load takes in what came."""
    parser = argparse.ArgumentParser(prog="python -m ingestion.twitch", description="Ask who is live, and how watched.")
    parser.add_argument("--poll-streams", type=float, metavar="SECONDS", required=True, help="distance of the polls")
    parser.add_argument("--count", type=int, metavar="N", help="stop after so many polls")
    options = parser.parse_args(arguments)
    # Not the other way round: nothing is less than what is no number.
    if not 1 <= options.poll_streams <= _LONGEST_SECONDS or (options.count is not None and options.count < 1):
        parser.error(f"the distance is 1 to {_LONGEST_SECONDS:,} seconds, the count 1 or more")
    from ingestion.twitch.collecting import poll_streams

    try:
        settings = Settings.from_env(os.environ)
        settings.check_writable()
        with explained("twitch"):
            if settings.sources["twitch"].is_configured:
                keep_apart(settings, _show)
            poll_streams(settings, options.poll_streams, options.count, _show, SystemClock())
    except (SettingsError, CollectorError, IngestError, LockTimeoutError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _show(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    is_polling = any(argument.startswith("--poll-streams") for argument in sys.argv[1:])
    raise SystemExit(poll(sys.argv[1:]) if is_polling else main("twitch"))

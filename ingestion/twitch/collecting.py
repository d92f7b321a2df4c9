"""Entry points of collecting: a run, and polls of live streams at a cadence of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from ingestion.collect.clock import Clock, SystemClock
from ingestion.collect.collection import Collector, CollectorError, collected_dir
from ingestion.settings import Settings
from ingestion.twitch.client import Helix
from ingestion.twitch.run import Run
from ingestion.twitch.settings import TwitchSettings
from ingestion.twitch.state import State

Progress = Callable[[str], None]


def collect(settings: Settings, progress: Progress) -> list[str]:
    """Ask Twitch for what is due and leave it in files; a sentence for each collection that failed or is partial.

    Raises:
        CollectorError: nothing can be collected.
    """
    if settings.is_simulated:
        from ingestion.twitch.simulated import collect_simulated

        return collect_simulated(settings, progress)
    twitch: TwitchSettings = settings.sources["twitch"]
    if not twitch.is_configured:
        return []
    helix = Helix(twitch, clock := SystemClock(), points_file=_points(settings))
    try:
        with Collector(settings, "twitch", clock) as collector, open_state(settings) as state:
            Run(twitch, collector, helix, state, progress=progress).everything()
            return collector.problems
    finally:
        helix.close()


def poll_streams(settings: Settings, seconds: float, count: int | None, progress: Progress, clock: Clock) -> None:
    """Ask who is live every `seconds`, `count` times (None: until interrupted); the next load takes it in.

    A poll that fails is noted in its collection; one that falls into another process's collection is left out, as that
    polls itself.

    Raises:
        CollectorError: the source is not configured, or Twitch refuses the application.
    """
    twitch: TwitchSettings = settings.sources["twitch"]
    if not twitch.is_configured:
        raise CollectorError("There is nothing to poll: set TWITCH_CLIENT_ID, TWITCH_CLIENT_SECRET, TWITCH_CHANNELS.")
    helix = Helix(twitch, clock, points_file=_points(settings))
    begun = clock.monotonic()
    done = 0
    try:
        while count is None or done < count:
            if done:
                clock.sleep(begun + done * seconds - clock.monotonic())
            done += 1
            with ExitStack() as stack:
                try:
                    collector = stack.enter_context(Collector(settings, "twitch", clock))
                except CollectorError as error:
                    progress(str(error))
                    continue
                run = Run(twitch, collector, helix, stack.enter_context(open_state(settings)))
                run.poll(run.accounts())
            for problem in collector.problems:
                progress(problem)
    finally:
        helix.close()


def forget(settings: Settings) -> None:
    """Have everything asked for again, clips that are known by their id among it."""
    with open_state(settings) as state:
        state.forget()
        state.commit()


def open_state(settings: Settings) -> State:
    """What the collector remembers; nothing where the file is damaged, so that everything is asked for again."""
    path = collected_dir(settings, "twitch") / "state.sqlite"
    try:
        return State(path)
    except sqlite3.OperationalError:
        # Locked, or no space: that says nothing about the file.
        raise
    except sqlite3.DatabaseError:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return State(path)


def _points(settings: Settings) -> Path:
    return collected_dir(settings, "twitch") / "points.json"

"""The one list of sources. A new source is its folder and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingestion import conversations, discord, fx, livestream, social, twitch, youtube
from ingestion.collect.load import collect_and_load
from ingestion.origin import keep_apart
from ingestion.pipeline import LoadResult, Progress, explained, run_files
from ingestion.replay import replay_rejects
from ingestion.schema import ResourceSpec
from ingestion.settings import Settings
from ingestion.simulated import ensure_simulated_input


@dataclass(frozen=True)
class SourceSpec:
    """A source: its raw tables are raw_<name>.<resource>.

    Attributes:
        collect: asks the platform and leaves files for `resources`; returns a sentence for each collection that
            failed or is partial. None for a source that only reads files.
        forget: has `collect` ask for everything again, where the warehouse lacks what it remembers.
        cron: when its own ingestion job runs beside the nightly and hourly ones (UTC), where the source is configured.
        freshness_hours: age of its newest load from which it counts as stale.
    """

    name: str
    resources: list[ResourceSpec]
    collect: Callable[[Settings, Progress], list[str]] | None = None
    forget: Callable[[Settings], None] = lambda settings: None
    cron: str | None = None
    freshness_hours: int = 36

    def run(self, settings: Settings, progress: Progress = lambda text: None) -> LoadResult:
        """Collect where the source is a platform, then load what is new; see `ingestion.pipeline.run_files`.

        Raises:
            IngestError: nothing could be simulated or collected, or what is there could not be loaded.
            LockTimeoutError: another process writes the warehouse.
        """
        # Before anything is made or collected: what a platform gave stays in the state folder for the next load.
        with explained(self.name):
            keep_apart(settings, progress)
            ensure_simulated_input(settings, progress)
        if self.collect is None:
            return run_files(settings, self.name, self.resources, progress)
        return collect_and_load(settings, self.name, self.resources, self.collect, self.forget, progress)

    def replay(self, settings: Settings, progress: Progress = lambda text: None) -> LoadResult:
        """Take open rejects in again; see `ingestion.replay.replay_rejects`."""
        return replay_rejects(settings, self.name, self.resources, progress)


SOURCES: dict[str, SourceSpec] = {
    spec.name: spec
    for spec in (
        SourceSpec("social", social.RESOURCES),
        SourceSpec("conversations", conversations.RESOURCES),
        # Viewers are known only where somebody looks.
        SourceSpec("twitch", twitch.RESOURCES, twitch.collect, twitch.forget, cron="*/10 * * * *"),
        SourceSpec("livestream", livestream.RESOURCES),
        SourceSpec("fx", fx.RESOURCES, fx.collect, fx.forget),
        SourceSpec("discord", discord.RESOURCES, discord.collect, discord.forget),
        SourceSpec("youtube", youtube.RESOURCES, youtube.collect, youtube.forget),
    )
}

"""The one list of sources. A new source is its folder and one line here."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion import conversations, social
from ingestion.pipeline import LoadResult, Progress, run_files
from ingestion.replay import replay_rejects
from ingestion.schema import ResourceSpec
from ingestion.settings import Settings


@dataclass(frozen=True)
class SourceSpec:
    """A source: its raw tables are raw_<name>.<resource>.

    Attributes:
        cron: when its own ingestion job runs (UTC).
        freshness_hours: age of its newest load from which it counts as stale.
    """

    name: str
    resources: list[ResourceSpec]
    cron: str = "0 * * * *"
    freshness_hours: int = 36

    def run(self, settings: Settings, progress: Progress = lambda text: None) -> LoadResult:
        """Load what is new; see `ingestion.pipeline.run_files`."""
        return run_files(settings, self.name, self.resources, progress)

    def replay(self, settings: Settings, progress: Progress = lambda text: None) -> LoadResult:
        """Take open rejects in again; see `ingestion.replay.replay_rejects`."""
        return replay_rejects(settings, self.name, self.resources, progress)


SOURCES: dict[str, SourceSpec] = {
    spec.name: spec
    for spec in (
        SourceSpec("social", social.RESOURCES),
        SourceSpec("conversations", conversations.RESOURCES),
    )
}

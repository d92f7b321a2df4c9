"""Starts the ingestion of a source when its landing folders change; closes runs that were killed."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from ingestion.registry import SOURCES, SourceSpec
from orchestration.instance import end_dead_runs
from orchestration.jobs import INGEST_JOBS
from orchestration.keys import TAG_PREFIX
from orchestration.run_log import runs_in_progress
from orchestration.settings import Settings, SettingsError


def fingerprint(roots: Iterable[Path]) -> tuple[str, int]:
    """Digest of the names, sizes and times of all files below `roots`, and their number.

    A cheap hint only: what is new is decided by the ingestion, by content. Symbolic links are not followed.

    Raises:
        OSError: a folder cannot be listed.
    """
    digest, count = hashlib.sha256(), 0
    for root in roots:
        if not root.is_dir():
            continue
        for path, size, modified in sorted(_files(root)):
            digest.update(f"{path}|{size}|{modified}\n".encode(errors="surrogateescape"))
            count += 1
    return digest.hexdigest(), count


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            # One that goes while the folder is read is no file any more.
            with suppress(FileNotFoundError):
                if entry.is_dir(follow_symlinks=False):
                    yield from _files(Path(entry.path))
                # With a dot before its name it is still on its way, and the ingestion leaves it alone.
                elif entry.is_file(follow_symlinks=False) and not entry.name.startswith("."):
                    stat = entry.stat(follow_symlinks=False)
                    yield entry.path, stat.st_size, stat.st_mtime_ns


def build_landing_sensor(spec: SourceSpec) -> SensorDefinition:
    """The sensor of one source: a run for each state of its folders, never two at once."""
    job = INGEST_JOBS[spec.name]

    @sensor(
        name=f"landing_files_to_ingest_{spec.name}",
        job=job,
        minimum_interval_seconds=60,
        # The hourly schedule takes new files in anyway; turn it on where minutes matter.
        default_status=DefaultSensorStatus.STOPPED,
        description=f"Starts {job.name} when files appear or change in the folders of {spec.name}.",
    )
    def landing(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        try:
            settings = Settings.from_env(os.environ)
            roots = sorted({root.path for resource in spec.resources for root in resource.roots(settings)})
            found, count = fingerprint(roots)
        except SettingsError as error:
            return SkipReason(f"{error} Correct the variable and restart Dagster.")
        except OSError as error:
            return SkipReason(
                f"{error.filename} cannot be listed ({error.strerror}): give the user that runs Dagster the "
                "right to read it. The files in the other folders wait until then."
            )
        listed = ", ".join(map(str, roots)) or "no folder"
        if not count:
            return SkipReason(f"No files in {listed}: put files there, or set LANDING_DIR or CLAUDE_CONFIG_DIR.")
        if found == context.cursor:
            return SkipReason(f"Nothing changed in {listed} ({count} files).")
        if runs_in_progress(context.instance, job.name):
            return SkipReason(f"{job.name} is under way; the change is looked at again after it.")
        context.update_cursor(found)
        return RunRequest(run_key=found, tags={f"{TAG_PREFIX}/files": str(count)})

    return landing


@sensor(
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Marks runs as failed whose process was killed, so that nothing waits for them. Starts none.",
)
def killed_runs(context: SensorEvaluationContext) -> SkipReason:
    """Close killed runs: the next one takes up their work."""
    try:
        ended = end_dead_runs(context.instance, Settings.from_env(os.environ))
    except SettingsError as error:
        return SkipReason(f"{error} Correct the variable and restart Dagster.")
    return SkipReason(f"Closed {', '.join(ended)}." if ended else "No run was killed.")


SENSORS = [*(build_landing_sensor(spec) for spec in SOURCES.values()), killed_runs]

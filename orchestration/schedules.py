"""When jobs start by themselves, in UTC. After missed nights one run takes in all that is pending."""

from __future__ import annotations

import os

from dagster import DefaultScheduleStatus, ScheduleDefinition, ScheduleEvaluationContext

from ingestion.registry import SOURCES, SourceSpec
from orchestration.jobs import FULL_REFRESH, HOURLY, INGEST_JOBS, NIGHTLY
from orchestration.run_log import runs_in_progress
from orchestration.settings import Settings, SettingsError


def build_source_schedule(spec: SourceSpec, cron: str) -> ScheduleDefinition:
    """The cadence of one source: nothing where it is not configured, or while its last run goes on."""
    job = INGEST_JOBS[spec.name]

    def is_due(context: ScheduleEvaluationContext) -> bool:
        try:
            settings = Settings.from_env(os.environ)
        except SettingsError:
            return False  # the nightly run names the variable
        is_configured = not settings.is_simulated and settings.sources[spec.name].is_configured
        return is_configured and not runs_in_progress(context.instance, job.name)

    return ScheduleDefinition(
        name=f"ingest_{spec.name}",
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
        should_execute=is_due,
        description=f"{spec.name} alone, where it is configured.",
    )


def _is_free(context: ScheduleEvaluationContext) -> bool:
    """Whether no run goes on that takes everything in: what came since then waits for the next hour.

    Else each hour of a long run would add one that waits beside it, with a process and its memory.
    """
    return not any(runs_in_progress(context.instance, job.name) for job in (NIGHTLY, HOURLY, FULL_REFRESH))


# They run as soon as the daemon does (`dagster dev` included); the web interface turns them off.
SCHEDULES = [
    ScheduleDefinition(
        name="nightly",
        job=NIGHTLY,
        cron_schedule="0 2 * * *",
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
        description="Everything, exports included, at 02:00 UTC.",
    ),
    ScheduleDefinition(
        name="hourly",
        job=HOURLY,
        # Not at 02:00, which is the nightly run's.
        cron_schedule="0 0,1,3-23 * * *",
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
        should_execute=_is_free,
        description="Small batches through the day, unless a run of everything goes on.",
    ),
    *(build_source_schedule(spec, spec.cron) for spec in SOURCES.values() if spec.cron),
]

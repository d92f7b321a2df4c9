"""When jobs start by themselves, in UTC. After missed nights one run takes in all that is pending."""

from __future__ import annotations

from dagster import DefaultScheduleStatus, ScheduleDefinition

from orchestration.jobs import HOURLY, NIGHTLY

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
        description="Small batches through the day.",
    ),
]

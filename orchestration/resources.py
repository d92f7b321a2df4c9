"""Resources: the warehouse's settings, read when a step starts and not when definitions load."""

import os

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field

from orchestration.event_log import keep_connections
from orchestration.instance import process_tag
from orchestration.settings import Settings, publish_accounts, publish_keep


class WarehouseResource(ConfigurableResource):  # type: ignore[type-arg]
    """Settings of the warehouse, from the environment of the process that runs the step."""

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Note on the run which process executes it, so that a killed one is known (see `end_dead_runs`)."""
        # All jobs run in one process (jobs.py), whoever starts them.
        if context.instance is not None and context.dagster_run is not None:
            # Until the process ends, if it is not `make run`'s.
            keep_connections(context.instance)
            run_id = context.dagster_run.run_id
            context.instance.add_run_tags(run_id, process_tag(run_id))

    def settings(self) -> Settings:
        """Checked settings.

        Raises:
            SettingsError: a variable holds a value that cannot be used.
        """
        return Settings.from_env(os.environ)

    def publish_keep(self) -> int:
        """Earlier publications to keep."""
        return publish_keep(os.environ)

    def publish_accounts(self) -> tuple[str, ...]:
        """Accounts that get files of their own."""
        return publish_accounts(os.environ)


class TransformOptions(ConfigurableResource):  # type: ignore[type-arg]
    """What a run of the models does beyond taking in new rows; set it in the launchpad or by a job."""

    full_refresh: bool = Field(
        default=False, description="Build every model again from the raw tables, in place of new rows only."
    )
    start_date: str | None = Field(
        default=None,
        description="First date (YYYY-MM-DD, reporting time zone) to compute again; needs end_date.",
    )
    end_date: str | None = Field(
        default=None,
        description="Last date (YYYY-MM-DD, reporting time zone) to compute again; needs start_date.",
    )

"""Resources: the warehouse's settings, read when a step starts and not when definitions load."""

import os

from dagster import ConfigurableResource
from pydantic import Field

from orchestration.settings import Settings, publish_accounts, publish_keep


class WarehouseResource(ConfigurableResource):  # type: ignore[type-arg]
    """Settings of the warehouse, from the environment of the process that runs the step."""

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

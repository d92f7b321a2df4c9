"""What is read of runs from Dagster's event log."""

from __future__ import annotations

from dagster import DagsterInstance, job

from orchestration.run_log import RunSummary, summarize


@job
def anything() -> None:
    """A run needs a job."""


def test_a_run_that_another_one_closed_has_a_summary() -> None:
    with DagsterInstance.ephemeral() as instance:
        killed = instance.create_run_for_job(anything)
        instance.report_run_failed(killed, "The process of this run was killed.")
        # Its last event has no data: nobody caught an error.
        assert summarize(instance, killed.run_id) == RunSummary()

"""The suites fit the tables that ingestion and dbt really make, also where there is no input."""

from __future__ import annotations

from collections.abc import Callable

import expectations
from ingestion.settings import Settings
from tests.pipeline import Pipeline


def test_every_check_passes_on_no_input(make_settings: Callable[..., Settings]) -> None:
    """The full ones are those of tests/integration/pipeline/test_truth.py."""
    pipeline = Pipeline(make_settings())
    pipeline.ingest()
    pipeline.build_models()
    for stage in expectations.STAGES:
        results = expectations.run_suites(pipeline.settings.database_path, stage=stage)
        assert [result for result in results if result.status != "passed"] == []

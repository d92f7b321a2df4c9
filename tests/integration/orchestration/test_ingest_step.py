"""What a source that fails does to a run: retries, the other domain, the outcome, the records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest
from dagster import (
    AssetKey,
    AssetsDefinition,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    RetryPolicy,
    asset,
    define_asset_job,
)
from dagster._core.storage.tags import PARENT_RUN_ID_TAG

from ingestion.pipeline import IngestError, LoadResult
from ingestion.registry import SourceSpec
from ingestion.settings import Settings, SettingsError
from orchestration.assets.ingest import build_ingest_assets
from orchestration.assets.publish import build_run_outcome
from orchestration.keys import CONTINUE_TAG, LOAD_CHECK, OUTCOME_KEY, raw_key
from orchestration.resources import WarehouseResource
from orchestration.run_log import save_runs, summarize

NO_PAUSE = RetryPolicy(max_retries=2, delay=0)


@dataclass
class Table:
    name: str


@dataclass
class Source:
    """A source with scripted answers: one an attempt, the last one for ever."""

    name: str
    answers: list[BaseException | LoadResult]
    resources: list[Table] = field(default_factory=lambda: [Table("events")])
    attempts: int = 0

    def run(self, settings: Settings, progress: Callable[[str], None]) -> LoadResult:
        answer = self.answers[min(self.attempts, len(self.answers) - 1)]
        self.attempts += 1
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    (tmp_path / "landing").mkdir()
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "wh"))
    monkeypatch.setenv("LANDING_DIR", str(tmp_path / "landing"))
    with DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as found:
        yield found


def run(
    instance: DagsterInstance, *sources: Source, tags: dict[str, str], only: Sequence[AssetKey] | None = None
) -> ExecuteInProcessResult:
    models: list[AssetsDefinition] = []
    for source in sources:

        @asset(key=["marts", source.name, "fct_events"], deps=[raw_key(source.name, "events")])
        def model() -> None: ...

        models.append(model)
    definitions = Definitions(
        assets=[
            *(build_ingest_assets(cast(SourceSpec, source), NO_PAUSE) for source in sources),
            *models,
            build_run_outcome([model.key for model in models]),
        ],
        jobs=[define_asset_job("nightly", tags=tags)],
        resources={"warehouse": WarehouseResource()},
    )
    job = definitions.resolve_job_def("nightly")
    return job.execute_in_process(instance=instance, raise_on_error=False, asset_selection=only)


def good(name: str) -> LoadResult:
    return LoadResult(name, ["1.5"], files_read=2, rows_read=12, rows_loaded=10, rows_rejected=2, status="loaded")


def materialized(result: ExecuteInProcessResult) -> set[str]:
    return {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}


def test_a_failing_source_does_not_stop_the_other_domain(instance: DagsterInstance) -> None:
    social = Source("social", [IngestError("social: the load step failed.")])
    chats = Source("chats", [good("chats")])
    result = run(instance, social, chats, tags={CONTINUE_TAG: "true"})
    assert not result.success
    assert {"raw/social/events", "raw/chats/events", "marts/social/fct_events", "marts/chats/fct_events"} <= (
        materialized(result)
    )
    assert social.attempts == 3
    failed = [event for event in result.all_events if event.is_step_failure]
    assert [event.step_key for event in failed] == ["publish__run_outcome"]
    summary = summarize(instance, result.run_id)
    assert summary.failed_sources == {"social": "social: the load step failed."}
    assert summary.failed_checks == [f"raw/social/events: {LOAD_CHECK}"]
    assert "social: social: the load step failed." in summary.failed_steps["publish__run_outcome"]
    assert summary.sources["chats"].rows_loaded == 10


def test_a_run_that_is_executed_again_from_its_failure_does_not_say_that_all_was_loaded(
    instance: DagsterInstance,
) -> None:
    social = Source("social", [IngestError("the load step failed.")])
    first = run(instance, social, tags={CONTINUE_TAG: "true"})
    # Of the first run only this step failed, so it alone is executed again.
    left = {CONTINUE_TAG: "true", PARENT_RUN_ID_TAG: first.run_id}
    second = run(instance, social, tags=left, only=[OUTCOME_KEY])
    assert "social: the load step failed." in summarize(instance, second.run_id).failed_steps["publish__run_outcome"]

    left[PARENT_RUN_ID_TAG] = second.run_id
    assert run(instance, Source("social", [good("social")]), tags=left).success


def test_in_a_run_for_one_source_the_failure_is_the_step_s(instance: DagsterInstance) -> None:
    result = run(instance, Source("social", [IngestError("the disk is full.")]), tags={})
    assert not result.success
    assert materialized(result) == set()
    assert "the disk is full." in summarize(instance, result.run_id).failed_steps["load_social"]


def test_a_load_that_works_the_second_time_is_a_success(instance: DagsterInstance) -> None:
    source = Source("social", [IngestError("busy"), good("social")])
    result = run(instance, source, tags={CONTINUE_TAG: "true"})
    assert result.success and source.attempts == 2
    assert summarize(instance, result.run_id).checks_passed == 1


def test_a_wrong_setting_is_not_tried_again(instance: DagsterInstance) -> None:
    source = Source("social", [SettingsError("PII_HASH_KEY", "***", "a key")])
    assert not run(instance, source, tags={}).success
    assert source.attempts == 1


def test_an_interrupted_load_ends_the_run(instance: DagsterInstance) -> None:
    source = Source("social", [KeyboardInterrupt(), good("social")])
    result = run(instance, source, tags={CONTINUE_TAG: "true"})
    assert not result.success and materialized(result) == set()
    assert source.attempts == 1


def test_packages_set_aside_are_a_warning(instance: DagsterInstance) -> None:
    result = run(instance, Source("social", [LoadResult("social", set_aside=["folder"])]), tags={CONTINUE_TAG: "true"})
    assert result.success
    assert summarize(instance, result.run_id).warned_checks == [f"raw/social/events: {LOAD_CHECK}"]


def test_runs_are_recorded_with_their_final_status(instance: DagsterInstance) -> None:
    failed = run(instance, Source("social", [IngestError("no")]), tags={CONTINUE_TAG: "true"})
    succeeded = run(instance, Source("social", [good("social")]), tags={CONTINUE_TAG: "true"})
    with duckdb.connect() as connection:
        assert save_runs(connection, instance) == 2
        rows: dict[str, Any] = {
            row[0]: row[1:]
            for row in connection.execute(
                "select run_id, job, status, rows_loaded, rows_rejected, models_built, checks_failed, sources_loaded "
                "from raw_ops.runs where ended_at >= started_at"
            ).fetchall()
        }
        assert rows[failed.run_id][:6] == ("nightly", "failed", 0, 0, 1, 1)
        assert rows[succeeded.run_id][:6] == ("nightly", "succeeded", 10, 2, 1, 0)
        assert json.loads(rows[succeeded.run_id][6])["social"]["rows_loaded"] == 10
        assert save_runs(connection, instance) == 0


def test_the_raw_assets_of_a_source_have_one_key_a_table() -> None:
    built = build_ingest_assets(cast(SourceSpec, Source("social", [])))
    assert AssetKey(["raw", "social", "loads"]) in built.keys and AssetKey(["raw", "social", "events"]) in built.keys

"""The site and the exports, made from the published file only."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    asset,
    multi_asset,
)

from ingestion.origin import holds_simulated
from orchestration.dbt import minimum_people
from orchestration.keys import EXPORTS_KEY, PUBLICATION_KEY, report_key
from orchestration.resources import WarehouseResource
from reports import build_site, export_marts
from reports.registry import REPORTS

_PAGES = [
    AssetSpec(
        report_key(spec.slug),
        deps=[PUBLICATION_KEY],
        group_name="reports",
        kinds={"html"},
        description=f"The page {spec.title} ({spec.file_name}).",
    )
    for spec in REPORTS
]


@contextmanager
def _said_of(what: str) -> Iterator[None]:
    """Have a file that cannot be written say that the earlier ones stay, and what to do."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        hint = " Free space, then run the job publish. See docs/runbook.md, 'Disk full'." if _is_full(error) else ""
        message = f"The {what} were not written, the earlier ones stay: {str(error).rstrip('.')}.{hint}"
        raise Failure(message, allow_retries=False) from error


def _is_full(error: Exception) -> bool:
    return "No space left" in str(error) or "Disk quota" in str(error)


@multi_asset(name="reports", specs=_PAGES)
def site(context: AssetExecutionContext, warehouse: WarehouseResource) -> Iterator[MaterializeResult[None]]:
    """All pages; they are swapped in together."""
    settings = warehouse.settings()
    with _said_of("reports"):
        built = build_site(
            settings.published_path,
            settings.reports_dir,
            generated_at=datetime.now(UTC),
            is_simulated=holds_simulated(settings),
            reporting_timezone=settings.reporting_timezone,
            minimum_people=minimum_people(),
            memory_limit=settings.duckdb_memory_limit,
            threads=settings.duckdb_threads,
        )
    context.log.info(f"{len(built.pages)} pages with {built.chart_count} charts")
    for page, spec in zip(_PAGES, REPORTS, strict=True):
        yield MaterializeResult(page.key, metadata={"path": MetadataValue.path(settings.reports_dir / spec.file_name)})


@asset(
    key=EXPORTS_KEY,
    deps=[PUBLICATION_KEY],
    group_name="reports",
    kinds={"csv", "json", "parquet"},
    description="Every mart as CSV, JSON and Parquet, with a manifest of rows and SHA-256.",
)
def exports(warehouse: WarehouseResource) -> MaterializeResult[None]:
    """All marts in three formats, swapped in together."""
    settings = warehouse.settings()
    with _said_of("exports"):
        export_marts(
            settings.published_path,
            settings.exports_dir,
            memory_limit=settings.duckdb_memory_limit,
            threads=settings.duckdb_threads,
        )
    return MaterializeResult(metadata={"path": MetadataValue.path(Path(settings.exports_dir))})


REPORT_ASSETS: list[AssetsDefinition] = [site, exports]

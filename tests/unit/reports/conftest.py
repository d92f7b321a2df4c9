"""One sample database and one site for all tests here: both are read, never changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports import build_site, render
from tests.unit.reports.page_reader import PageReader, read_page
from tests.unit.reports.published_sample import LAST_DAY, create_published

GENERATED_AT = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 3, 15, tzinfo=UTC) + timedelta(days=1)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_published(tmp_path_factory.mktemp("published") / "analytics.duckdb")


@pytest.fixture(scope="session")
def empty_published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_published(tmp_path_factory.mktemp("published") / "empty.duckdb", fill=False)


@pytest.fixture(scope="session")
def site(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "reports"
    build_site(published, folder, generated_at=GENERATED_AT, is_simulated=True)
    return folder


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the static pictures: most of a build's time, and of no interest to a test of figures."""
    monkeypatch.setattr(render, "_write_pictures", lambda folder, chart: None)


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, PageReader]:
    return {path.stem: read_page(path) for path in site.glob("*.html")}

"""One sample database and one site for all tests here and in the browser: both are read, never changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports import build_site, render
from reports.registry import REPORTS
from tests.shared import made_once
from tests.unit.reports.page_reader import PageReader, read_page
from tests.unit.reports.published_sample import LAST_DAY, create_published

GENERATED_AT = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 3, 15, tzinfo=UTC) + timedelta(days=1)


def published_once(factory: pytest.TempPathFactory, name: str, *, fill: bool) -> Path:
    def make(folder: Path) -> None:
        create_published(folder / f"{name}.duckdb", fill=fill)

    return made_once(factory, f"published-{name}", make) / f"{name}.duckdb"


def site_once(factory: pytest.TempPathFactory, published: Path, *, is_simulated: bool) -> Path:
    def make(folder: Path) -> None:
        build_site(published, folder / "reports", generated_at=GENERATED_AT, is_simulated=is_simulated)

    return made_once(factory, f"site-{published.stem}", make) / "reports"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_once(tmp_path_factory, "analytics", fill=True)


@pytest.fixture(scope="session")
def empty_published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_once(tmp_path_factory, "empty", fill=False)


@pytest.fixture(scope="session")
def site(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_once(tmp_path_factory, published, is_simulated=True)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`only("social")` leaves the other pages out of a build: seconds of it, and of no interest to a test of that page."""

    def leave(*slugs: str) -> None:
        assert {spec.slug for spec in REPORTS} > set(slugs)
        monkeypatch.setattr(render, "REPORTS", tuple(spec for spec in REPORTS if spec.slug in slugs))

    return leave


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the static pictures: most of a build's time, and of no interest to a test of figures."""
    monkeypatch.setattr(render, "_write_pictures", lambda folder, chart: None)


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, PageReader]:
    return {path.stem: read_page(path) for path in site.glob("*.html")}

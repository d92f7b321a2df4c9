"""The site as a reader opens it: from disk, on a desk and a phone, light and dark, with and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from reports.registry import REPORTS
from tests.unit.reports.published_sample import MARKUP_USER

pytestmark = pytest.mark.browser
PAGES = [spec.file_name for spec in REPORTS]
PHONE = {"width": 390, "height": 844}
CUT_LEGENDS = """() => [...document.querySelectorAll(".live svg")].flatMap(chart =>
    [...chart.querySelectorAll(".role-legend-label text")]
        .filter(text => text.getBoundingClientRect().right > chart.getBoundingClientRect().right + 1)
        .map(text => text.textContent))"""


CUT_LABELS = """() => [...document.querySelectorAll(".live svg")].flatMap(chart =>
    [...chart.querySelectorAll(".role-axis-label text, .role-axis-title text")]
        .filter(text => getComputedStyle(text).opacity !== "0")
        .filter(text => text.getBoundingClientRect().right > chart.getBoundingClientRect().right + 1)
        .map(text => text.textContent))"""
CUT_TEXTS = """() => [...document.querySelectorAll("text")]
    .filter(text => text.getBoundingClientRect().left < 0 || text.getBoundingClientRect().right > innerWidth)
    .map(text => text.textContent)"""
REPEATED_IDS = """() => [...document.querySelectorAll("[id]")].map(one => one.id)
    .filter((id, place, all) => all.indexOf(id) !== place && !/^(clip|gradient)/.test(id))"""

WIDE_LABELS = """() => [...document.querySelectorAll(".live svg")].flatMap(chart =>
    [...chart.querySelectorAll(".role-axis-label text")]
        .filter(text => text.getBoundingClientRect().width > 0.55 * chart.getBoundingClientRect().width)
        .map(text => text.textContent))"""


@dataclass
class Visit:
    """A page with what happened on it that a reader would not see."""

    page: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@contextmanager
def _visit(browser: Browser, path: Path, **options: Any) -> Iterator[Visit]:
    context = browser.new_context(**options)
    try:
        visit = Visit(context.new_page())
        visit.page.on("console", lambda message: visit.messages.append(message.text))
        visit.page.on("pageerror", lambda error: visit.messages.append(str(error)))
        visit.page.on("request", lambda request: visit.requests.append(request.url))
        visit.page.on("dialog", lambda dialog: (visit.dialogs.append(dialog.message), dialog.dismiss()))
        visit.page.goto(path.as_uri())
        if options.get("java_script_enabled", True) and visit.page.locator("[data-chart]").count():
            visit.page.wait_for_selector("html[data-charts]", timeout=20_000)
        yield visit
    finally:
        context.close()


def _overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_its_charts_without_network_errors_or_dialogs(browser: Browser, site: Path, name: str) -> None:
    with _visit(browser, site / name) as visit:
        plots = visit.page.locator("[data-chart]")
        drawn = visit.page.locator("[data-chart].drawn .live svg .mark-group, [data-chart].drawn .live svg g")
        assert visit.page.locator("[data-chart].drawn").count() == plots.count()
        assert plots.count() == 0 or drawn.count() > plots.count()
        assert visit.page.locator("h1").count() == 1
        assert visit.messages == []
        assert visit.dialogs == []
        assert [url for url in visit.requests if not url.startswith("file:")] == []
        assert _overflow(visit.page) <= 0


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(browser: Browser, site: Path, name: str) -> None:
    with _visit(browser, site / name, viewport=PHONE) as visit:
        assert _overflow(visit.page) <= 0
        for summary in visit.page.locator("details.data > summary").all()[:2]:
            summary.click()
        assert _overflow(visit.page) <= 0
        assert visit.page.evaluate(CUT_LEGENDS) == []
        assert visit.page.evaluate(CUT_LABELS) == []
        assert visit.page.evaluate(REPEATED_IDS) == []
        assert visit.page.evaluate(WIDE_LABELS) == []
        for table in visit.page.locator("main article .scroll").all():
            table.evaluate("table => table.scrollLeft = 1000")
            for head in table.locator("tbody th").all()[:1]:
                assert head.evaluate("head => head.getBoundingClientRect().left") >= 0
        toggle = visit.page.locator("#theme-toggle").bounding_box()
        assert toggle is not None and toggle["x"] + toggle["width"] <= PHONE["width"]


def test_a_markup_user_is_text(browser: Browser, site: Path) -> None:
    with _visit(browser, site / "conversations.html") as visit:
        cell = visit.page.get_by_role("cell", name=MARKUP_USER, exact=True).first
        assert cell.inner_text() == MARKUP_USER
        assert visit.page.locator("script:not([src]):not([type='application/json'])").count() == 0
        assert visit.dialogs == []


def test_hostile_chart_labels_and_tooltips_run_nothing(browser: Browser, site: Path) -> None:
    with _visit(browser, site / "livestream.html") as visit:
        chart = visit.page.locator("#livestream\\.hours_by_character")
        assert MARKUP_USER in chart.locator(".role-legend-label text").all_text_contents()
        chart.locator(".mark-rect path[aria-label*='<script>']").first.hover()
        tooltip = visit.page.locator("#vg-tooltip-element.visible")
        tooltip.wait_for(timeout=5_000)
        assert MARKUP_USER in tooltip.inner_text()
        assert (visit.dialogs, visit.messages) == ([], [])


def test_the_policy_stops_an_injected_script(browser: Browser, site: Path) -> None:
    with _visit(browser, site / "index.html") as visit:
        visit.page.evaluate(
            """() => {
                const script = document.createElement('script');
                script.textContent = "document.title = 'taken'";
                document.body.append(script);
                const picture = document.createElement('div');
                picture.innerHTML = '<img src=x onerror="document.title = 1">';
                document.body.append(picture);
            }"""
        )
        visit.page.wait_for_timeout(200)
        assert visit.page.title().startswith("Overview")
        assert any("Content Security Policy" in message for message in visit.messages)


def test_the_toggle_changes_colours_and_charts_and_is_remembered(browser: Browser, site: Path) -> None:
    with _visit(browser, site / "index.html", color_scheme="light") as visit:
        page = visit.page

        def background() -> str:
            return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

        light = background()
        assert page.get_attribute("html", "data-charts") == "light"
        page.click("#theme-toggle")
        page.wait_for_selector("html[data-charts=dark]")
        assert background() != light
        page.click("nav a[href='social.html']")
        page.wait_for_selector("html[data-charts=dark]")
        page.click("#theme-toggle")
        page.wait_for_selector("html[data-charts=light]")
        assert background() == light
        assert visit.messages == []


def test_the_system_decides_between_light_and_dark(browser: Browser, site: Path) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        with _visit(browser, site / "index.html", color_scheme=scheme) as visit:
            assert visit.page.get_attribute("html", "data-charts") == scheme
            colours.add(visit.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_without_scripts_each_chart_is_a_picture(browser: Browser, site: Path) -> None:
    with _visit(browser, site / "social.html", java_script_enabled=False) as visit:
        pictures = visit.page.locator(".plot .still img")
        assert pictures.count() == visit.page.locator("[data-chart]").count() > 0
        for picture in pictures.all():
            assert picture.is_visible()
    for name in ("behavior.retention.weekly", "channels.games"):
        with _visit(browser, site / "charts" / f"{name}.light.svg") as visit:
            assert visit.page.evaluate(CUT_TEXTS) == []


def test_paper_gets_pictures_on_white_whatever_the_screen_shows(browser: Browser, site: Path) -> None:
    with _visit(browser, site / "social.html", color_scheme="dark") as visit:
        visit.page.emulate_media(media="print", color_scheme="light")
        assert visit.page.locator(".plot .still img").first.is_visible()
        assert not visit.page.locator(".plot .live").first.is_visible()
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_paper(browser: Browser, site: Path, name: str) -> None:
    """A sheet of A4 with the margins of a browser."""
    with _visit(browser, site / name, viewport={"width": 718, "height": 1000}) as visit:
        visit.page.emulate_media(media="print", color_scheme="light")
        assert _overflow(visit.page) <= 0


def test_a_definition_opens_and_closes_with_the_keyboard(browser: Browser, site: Path) -> None:
    with _visit(browser, site / "index.html") as visit:
        page = visit.page
        page.locator("details.info summary").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("details.info[open] .info-text").first.is_visible()
        page.keyboard.press("Escape")
        assert page.locator("details.info[open]").count() == 0


def test_every_link_of_every_page_resolves(browser: Browser, site: Path) -> None:
    for name in PAGES:
        with _visit(browser, site / name, java_script_enabled=False) as visit:
            links = visit.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
            for target in {link for link in links if link.startswith("file:")}:
                address, _, fragment = target.partition("#")
                path = site / address.rsplit("/", 1)[-1]
                assert path.is_file(), target
                assert not fragment or f'id="{fragment}"' in path.read_text(encoding="utf-8"), target


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_data_is_quiet(browser: Browser, empty_site: Path, name: str) -> None:
    with _visit(browser, empty_site / name, viewport=PHONE) as visit:
        assert visit.messages == []
        assert _overflow(visit.page) <= 0


def test_the_figures_that_the_browser_shows_are_those_of_the_page(browser: Browser, site: Path) -> None:
    """No script changes one on its way."""
    shown = []
    for is_run in (True, False):
        with _visit(browser, site / "index.html", java_script_enabled=is_run) as visit:
            figures = "all => all.map(one => [one.dataset.metric, one.dataset.value, one.innerText.trim()])"
            shown.append(visit.page.eval_on_selector_all(".figure[data-metric]", figures))
    assert shown[0] == shown[1] and len(shown[0]) >= 10
    assert [metric for metric, _, text in shown[0] if not text] == []

"""What users typed reaches the pages as text: no markup, no template, no link of another kind, no script."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import pytest
import vl_convert

from reports import build_site, charts, markup
from reports.database import open_published, quoted
from reports.render import VEGA_LITE
from tests.unit.reports.conftest import GENERATED_AT
from tests.unit.reports.page_reader import PageReader, read_page
from tests.unit.reports.published_sample import HOSTILE_IDS, MARKUP_USER


def test_pages_hold_only_their_own_scripts_and_no_handlers(pages: dict[str, PageReader]) -> None:
    for page in pages.values():
        for tag, attributes in page.elements:
            assert not [name for name in attributes if name.startswith("on") or name == "style"]
            assert tag not in {"iframe", "object", "embed", "form", "base", "style"}
            if tag == "script":
                own = (attributes.get("src") or "").startswith("assets/")
                assert own or attributes.get("type") == "application/json"
            if tag == "img":
                assert (attributes["src"] or "").startswith(("assets/", "charts/"))


def test_links_lead_to_pages_of_the_site_or_the_web(pages: dict[str, PageReader], site: Path) -> None:
    fragments = {
        f"{name}.html": {values["id"] for _, values in page.elements if "id" in values} for name, page in pages.items()
    }
    for name, page in pages.items():
        for href in page.attributes("a", "href"):
            address = urlsplit(href)
            if address.scheme:
                assert address.scheme in {"http", "https"}
                continue
            target = unquote(address.path) or f"{name}.html"
            assert (site / target).is_file()
            assert not address.fragment or address.fragment in fragments[target]


def test_every_page_carries_the_policy_without_inline_scripts_or_eval(pages: dict[str, PageReader]) -> None:
    for page in pages.values():
        (policy,) = [
            values["content"] or ""
            for tag, values in page.elements
            if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy"
        ]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy.replace("http-equiv", "")


def test_hostile_names_are_shown_as_they_were_typed(pages: dict[str, PageReader]) -> None:
    texts = set(pages["social"].texts)
    for name in HOSTILE_IDS:
        assert name.replace("\u202e", "�") in texts
    assert MARKUP_USER in set(pages["conversations"].texts)


def test_scripts_in_pictures_stay_text(site: Path) -> None:
    texts: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag != "script"

        def handle_data(self, data: str) -> None:
            texts.append(data)

    for picture in (site / "charts").glob("*.svg"):
        Tags().feed(picture.read_text(encoding="utf-8"))
    # Some pictures do hold names that would be scripts.
    assert any("<script>" in text for text in texts)


def test_texts_that_no_picture_can_hold_are_drawn_as_others() -> None:
    odd = ["nul\0", "escape\x1b", "none\uffff", "k" * 100_000]
    rows = [{"name": text, "count": 1} for text in odd]
    spec = charts.ranked_bars(rows, label="name", value="count", value_title="n", label_title="name")
    assert spec is not None
    labels = ["nul�", "escape�", "none�", "k" * charts.LONGEST_TEXT + "…"]
    # Others end the process, or keep it busy for hours.
    (values,) = spec["datasets"].values()
    assert [row["name"] for row in values] == spec["encoding"]["y"]["scale"]["domain"] == labels
    assert "nul" in vl_convert.vegalite_to_svg({**spec, "width": 400}, vl_version=VEGA_LITE)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//example.org/x",
        "https:///x",
        "https://[x",
        "http://exa mple.org",
        "java\nscript:alert(1)",
        "vbscript:x",
        "file:///etc/passwd",
        "\x01https://example.org",
    ],
)
def test_other_than_web_addresses_are_no_links(text: str) -> None:
    assert "<a" not in markup.link(text)
    assert "<a" not in markup.link("a title", text)


def test_a_text_leads_to_its_address_and_both_are_escaped() -> None:
    assert markup.link('<b>"clip"', 'https://example.org/?a="&b') == (
        '<a href="https://example.org/?a=&#34;&amp;b" rel="noopener noreferrer nofollow">&lt;b&gt;&#34;clip&#34;</a>'
    )


def test_a_cell_shows_the_beginning_of_a_very_long_text_and_the_link_stays_whole() -> None:
    """A value of 30,000 characters made a page fifty screens long."""
    assert markup.link("x" * 500) == "x" * 500
    assert markup.link("x" * 30_000) == "x" * 499 + "…"
    address = "https://example.org/" + "x" * 600
    assert f'href="{address}"' in markup.link(address)
    assert f">{address[:499]}…</a>" in markup.link(address)


def test_a_web_address_is_an_escaped_link() -> None:
    assert markup.link('https://example.org/?a=1&b="><script>') == (
        '<a href="https://example.org/?a=1&amp;b=&#34;&gt;&lt;script&gt;" rel="noopener noreferrer nofollow">'
        "https://example.org/?a=1&amp;b=&#34;&gt;&lt;script&gt;</a>"
    )


def test_json_cannot_end_its_script_element() -> None:
    text = markup.script_json({"a": "</script><!--<script>&\u2028"})
    assert not set("<>&\u2028") & set(text)


def test_a_template_stops_at_an_unknown_name() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        markup.environment().from_string("{{ missing }}").render()


def test_values_are_escaped_whatever_the_template_is_called() -> None:
    assert markup.environment().from_string("{{ value }}").render(value="<b>") == "&lt;b&gt;"


def test_the_published_file_is_opened_for_reading_only(published: Path, tmp_path: Path) -> None:
    with open_published(published) as connection:
        for statement in (
            "insert into core.dim_hours default values",
            f"copy core.dim_hours to '{tmp_path / 'x.csv'}'",
            "select * from read_text('/etc/passwd')",
            "set enable_external_access = true",
            # What the engine would allow a running process.
            "set threads = 1",
            "install httpfs",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)


@pytest.mark.parametrize("name", ["", 'a"b', "a;b", "a.b", "../a", "a b", "1a", "ä", "a\0"])
def test_other_identifiers_than_plain_ones_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not an identifier"):
        quoted(name)


@pytest.mark.usefixtures("without_pictures")
def test_simulated_data_is_said_on_every_page_and_real_data_on_none(
    published: Path, pages: dict[str, PageReader], tmp_path: Path
) -> None:
    assert all("Simulated data." in page.texts for page in pages.values())
    build_site(published, tmp_path / "r", generated_at=GENERATED_AT, is_simulated=False)
    assert not any("imulated data." in path.read_text() for path in (tmp_path / "r").glob("*.html"))


def test_currencies_name_no_files(published: Path, tmp_path: Path, only: Callable[..., None]) -> None:
    """Apps write what they like: a path, or `usd` beside `USD`."""
    only("overview", "social")
    odd = tmp_path / "odd.duckdb"
    odd.write_bytes(published.read_bytes())
    with duckdb.connect(str(odd)) as connection:
        first, second, *_ = (
            row[0]
            for row in connection.execute(
                "select currency from social.fct_events where currency is not null group by 1 order by count(*) desc, 1"
            ).fetchall()
        )
        for table in ("fct_events", "agg_revenue_daily"):
            connection.execute(f"update social.{table} set currency = '../x/y' where currency = ?", [first])
            connection.execute(f"update social.{table} set currency = 'usd' where currency = ?", [second])
            connection.execute(
                f"insert into social.{table} select * replace ('USD' as currency) from social.{table}"
                " where currency = 'usd'"
            )
    build_site(odd, tmp_path / "reports", generated_at=GENERATED_AT, is_simulated=False)
    page = read_page(tmp_path / "reports" / "social.html")
    shown = {text for text in page.texts if text.startswith("Revenue in") and text.endswith("by day")}
    assert shown >= {f"Revenue in {currency} by day" for currency in ("USD", "usd", "../x/y")}
    pictures = {source for source in page.attributes("img", "src") if "revenue_daily" in source}
    assert len(pictures) >= len(shown)
    assert all((tmp_path / "reports" / source).is_file() for source in pictures)

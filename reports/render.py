"""Build the static site from the published file. No network, no clock: everything is an argument."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import vl_convert
from jinja2 import Environment

from reports import charts, theme
from reports.catalog import read_catalog
from reports.components import Chart
from reports.database import QueryResult, open_published, published_tables, run_query
from reports.markup import CONTENT_SECURITY_POLICY, environment
from reports.pages.context import Context
from reports.registry import REPORTS
from reports.scope import Scope
from reports.swap import below, replaced_folder

STATIC = Path(__file__).parent / "static"
VEGA_LITE = "6.4"  # the one that Altair 6 writes
STATIC_WIDTH = 720
_LOCAL_ID = re.compile(r'\bid="((?:gradient|clip)_?\d+)"')
_LICENSE = (
    "/*! Vega, Vega-Lite, Vega-Embed: copyright University of Washington Interactive Data Lab, BSD-3-Clause. */\n"
)


@dataclass(frozen=True)
class SiteResult:
    """What was built: page files below the output folder, and how many charts they hold."""

    pages: tuple[Path, ...]
    chart_count: int


def build_site(
    published: Path,
    out_dir: Path,
    *,
    generated_at: datetime,
    is_simulated: bool,
    reporting_timezone: str = "UTC",
    minimum_people: int = 5,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> SiteResult:
    """Write the site to `out_dir`, replacing the old one in one step; an error leaves the old one.

    Args:
        published: the published DuckDB file, opened read-only.
        out_dir: folder of the site; its parent is created.
        generated_at: time of the report with its time zone.
        is_simulated: whether the figures come from the simulator; each page then says so.
        reporting_timezone: IANA name of the zone that dates and hours of the marts are in.
        minimum_people: figures of content with fewer viewers are withheld.
        memory_limit: DuckDB's memory limit, for example "1GB".
        threads: DuckDB's threads.

    Raises:
        FileNotFoundError: there is no published file.
        ValueError: `generated_at` has no time zone.
    """
    if generated_at.tzinfo is None:
        raise ValueError("generated_at needs a time zone")
    with replaced_folder(out_dir) as folder:
        spill = folder / ".spill"
        with open_published(published, memory_limit=memory_limit, threads=threads, spill_dir=spill) as connection:
            context = _read(connection, generated_at, reporting_timezone, minimum_people)
        pages = {spec: spec.assemble(context) for spec in REPORTS}
        frame = {
            "policy": CONTENT_SECURITY_POLICY,
            "reports": REPORTS,
            "generated_at": generated_at.astimezone(UTC),
            "is_simulated": is_simulated,
            "reporting_timezone": reporting_timezone,
            "loaded_at": max((s.loaded_at for s in context.scopes.values() if s.loaded_at), default=None),
            "chart_themes": {mode: theme.vega_config(mode) for mode in theme.MODES},
            "tables": frozenset(table.full_name for table in context.catalog),
        }
        jinja = environment()
        for spec, page in pages.items():
            _write_page(folder, jinja, spec.template, spec.file_name, {**frame, "spec": spec, "page": page})
            for chart in page.charts:
                _write_pictures(folder, chart)
        _write_assets(folder)
    return SiteResult(
        pages=tuple(out_dir / spec.file_name for spec in REPORTS),
        chart_count=sum(chart.spec is not None for page in pages.values() for chart in page.charts),
    )


def _read(
    connection: duckdb.DuckDBPyConnection,
    generated_at: datetime,
    reporting_timezone: str,
    minimum_people: int,
) -> Context:
    """Run each query once, however many pages show it."""
    today = generated_at.astimezone(ZoneInfo(reporting_timezone)).date()
    available = published_tables(connection)
    scopes: dict[str, Scope] = {}
    results: dict[str, QueryResult] = {}
    for name in dict.fromkeys(query for spec in REPORTS for query in spec.queries):
        folder = name.split("/")[0]
        if folder not in scopes:
            found = run_query(connection, f"{folder}/scope", {"today": today}, available).first
            scopes[folder] = (
                Scope(today, found["first_date"], found["through_date"], found["loaded_at"])
                if found
                else Scope(today, None, None, None)
            )
        parameters: Mapping[str, Any] = {
            **scopes[folder].parameters(),
            "minimum_people": minimum_people,
            "reporting_timezone": reporting_timezone,
        }
        results[name] = run_query(connection, name, parameters, available)
    return Context(results, scopes, read_catalog(connection), generated_at, reporting_timezone, minimum_people, REPORTS)


def _write_page(folder: Path, jinja: Environment, template: str, name: str, values: Mapping[str, Any]) -> None:
    text = jinja.get_template(template).render(values)
    below(folder, name).write_text(text, encoding="utf-8", errors="replace")


def _write_pictures(folder: Path, chart: Chart) -> None:
    """The chart as SVG in both modes: for readers without scripts, and for paper."""
    if chart.spec is None:
        return
    pictures = folder / "charts"
    pictures.mkdir(exist_ok=True)
    spec = {**chart.spec, "width": STATIC_WIDTH}
    for mode in theme.MODES:
        config = theme.vega_config(mode)
        config |= {"font": theme.PICTURE_FONT, "padding": theme.PICTURE_PADDING}
        config["legend"] |= {
            "columns": charts.legend_columns(spec, STATIC_WIDTH),
            "columnPadding": theme.PICTURE_LEGEND_GAP,
        }
        svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, config=config)
        path = below(pictures, f"{chart.name}.{mode}.svg")
        path.write_text(_numbered_from_zero(svg), encoding="utf-8", errors="replace")


def _numbered_from_zero(svg: str) -> str:
    """Vega counts its gradients over the whole process; a picture should not depend on those before it."""
    for number, name in enumerate(dict.fromkeys(_LOCAL_ID.findall(svg))):
        svg = re.sub(rf"\b{name}\b", f"local-{number}", svg)
    return svg


def _write_assets(folder: Path) -> None:
    assets = folder / "assets"
    assets.mkdir()
    for source in sorted(STATIC.iterdir()):
        (assets / source.name).write_bytes(source.read_bytes())
    (assets / "colors.css").write_text(theme.css_variables(), encoding="utf-8")
    (assets / "vega.js").write_text(_vega_script(), encoding="utf-8")


@cache
def _vega_script() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script; making it takes a second, so once a process."""
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    return _LICENSE + bundle

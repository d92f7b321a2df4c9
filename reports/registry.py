"""The pages of the site: the only list. A new domain adds queries, a page module and one entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.components import Page
from reports.pages import conversations, dictionary, overview, quality, social
from reports.pages.context import Context


@dataclass(frozen=True)
class ReportSpec:
    """A page: `queries` name files below queries/, `assemble` turns their rows into components.

    The folder of a query names its scope (queries/<folder>/scope.sql), whose dates its parameters come from.
    """

    slug: str
    title: str
    queries: tuple[str, ...]
    assemble: Callable[[Context], Page]
    template: str = "page.html.j2"

    @property
    def file_name(self) -> str:
        return "index.html" if self.slug == "overview" else f"{self.slug}.html"


REPORTS: tuple[ReportSpec, ...] = (
    ReportSpec("overview", "Overview", overview.QUERIES, overview.assemble),
    ReportSpec("social", "Social", social.QUERIES, social.assemble),
    ReportSpec("conversations", "Conversations", conversations.QUERIES, conversations.assemble),
    ReportSpec("quality", "Data quality", quality.QUERIES, quality.assemble),
    ReportSpec("dictionary", "Data dictionary", (), dictionary.assemble, "dictionary.html.j2"),
)

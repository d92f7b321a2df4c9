"""What a page of the site declares about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.components import Kpi, Page
from reports.pages.context import Context

FIRST, DOMAIN, LAST = 0, 50, 90


@dataclass(frozen=True)
class ReportSpec:
    """A page: `queries` name files below queries/, `assemble` turns their rows into components.

    The folder of a query names its scope (queries/<folder>/scope.sql), whose dates its parameters come from.

    Attributes:
        slug: name of the page's file; of a domain's page, the schema of its marts.
        position: pages stand by position, then by title: `FIRST`, `DOMAIN` or `LAST`, or between them.
        description: of a domain's page, what its schema holds (for the data dictionary).
        headline: of a domain's page, the tiles that the overview shows too.
    """

    slug: str
    title: str
    queries: tuple[str, ...]
    assemble: Callable[[Context], Page]
    template: str = "page.html.j2"
    position: int = DOMAIN
    description: str = ""
    headline: Callable[[Context], list[Kpi]] | None = None

    @property
    def file_name(self) -> str:
        return "index.html" if self.slug == "overview" else f"{self.slug}.html"

"""Static site and exports, read from the published DuckDB file only."""

from reports.exports import export_marts
from reports.render import SiteResult, build_site

__all__ = ["SiteResult", "build_site", "export_marts"]

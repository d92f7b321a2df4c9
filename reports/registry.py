"""The pages of the site: every module of pages/ with a `REPORT`. A new domain adds queries and a page module."""

from __future__ import annotations

import importlib
import pkgutil

from reports import pages
from reports.spec import ReportSpec


def _discover() -> tuple[ReportSpec, ...]:
    modules = (
        importlib.import_module(f"{pages.__name__}.{found.name}") for found in pkgutil.iter_modules(pages.__path__)
    )
    found = [module.REPORT for module in modules if hasattr(module, "REPORT")]
    return tuple(sorted(found, key=lambda spec: (spec.position, spec.title)))


REPORTS: tuple[ReportSpec, ...] = _discover()

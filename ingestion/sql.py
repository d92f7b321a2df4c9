"""The .sql files that lie beside the code which runs them."""

from __future__ import annotations

from importlib import resources


def sql_of(package: str, *names: str) -> str:
    """The text of files of a package, one after the other. In UTF-8 whatever the locale says: amounts.sql has signs."""
    folder = resources.files(package)
    return "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)

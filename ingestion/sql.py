"""SQL as text: the .sql files that lie beside the code which runs them, and values that stand in a statement."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def sql_of(package: str, *names: str) -> str:
    """The text of files of a package, one after the other. In UTF-8 whatever the locale says: amounts.sql has signs."""
    folder = resources.files(package)
    return "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def literal(value: str | Path) -> str:
    """A text or path as an SQL literal, where a statement takes no parameter (COPY, ATTACH)."""
    return "'" + str(value).replace("'", "''") + "'"

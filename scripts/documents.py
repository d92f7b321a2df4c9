"""Writes what repeats the code: docs/data-dictionary.md, .env.example, the README's tables. See `make docs`."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
# `python scripts/documents.py` looks for imports beside itself only.
sys.path.insert(0, str(ROOT))

from ingestion.settings import all_variables  # noqa: E402
from orchestration.publication_tables import BATCH  # noqa: E402
from orchestration.settings import ORCHESTRATION_VARIABLES  # noqa: E402

DOMAINS = ("social", "conversations", "livestream", "channels", "clips", "behavior", "core", "ops")
_WIDTH = 110
_TABLES_START, _TABLES_END = "<!-- tables: written by make docs -->", "<!-- end of tables -->"
_ALIAS = re.compile(r"""\bconfig\([^)]*\balias\s*=\s*["'](\w+)["']""")


def documents() -> dict[Path, str]:
    """Path below the repository -> text that it must have."""
    return {
        Path("docs/data-dictionary.md"): data_dictionary(),
        Path(".env.example"): env_example(),
        Path("README.md"): readme(),
    }


def readme() -> str:
    """The README with its list of published tables as the models are now."""
    before, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition(_TABLES_START)
    _, _, after = rest.partition(_TABLES_END)
    lines = ["", "| schema | tables |", "|---|---|"]
    for domain in _domains():
        names = (model["name"] for model in _models(domain))
        lines.append(f"| {domain} | " + ", ".join(f"[{n}](docs/data-dictionary.md#{domain}{n})" for n in names) + " |")
    return f"{before}{_TABLES_START}{chr(10).join(lines)}\n{_TABLES_END}{after}"


def env_example() -> str:
    """One commented line a variable with its default, under its meaning."""
    lines = textwrap.wrap(
        "All settings, with their defaults. None is needed. To change some, copy this file to .env and take the # "
        "away: `make` and `dagster dev` read .env, and what it sets wins over the environment.",
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
    )
    for variable in (*all_variables(), *ORCHESTRATION_VARIABLES):
        text = variable.meaning + (" After a change the next run builds all models anew." if variable.shapes else "")
        meaning = textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")
        lines += ["", *meaning, f"#{variable.name}={variable.default}"]
    return "\n".join(lines) + "\n"


def data_dictionary() -> str:
    """Markdown: every published table with its grain, key and columns, by domain in the order of the models' files."""
    models = {domain: list(_models(domain)) for domain in _domains()}
    lines = [
        "# Data dictionary",
        "",
        "Written by `make docs` from the models' descriptions. These tables are what is published for analysts. "
        "Times (`_at`) are in UTC; dates and hours of the day are in the reporting time zone. NULL is not 0. "
        "Counts of different people or things, shares and percentiles hold for their row alone: added up over rows, "
        "one person counts several times. Where a table has rows of several timeframes, periods or kinds, choose one.",
        "",
    ]
    for domain, found in models.items():
        lines.append(f"- {domain}: " + ", ".join(f"[{name}](#{domain}{name})" for name in (m["name"] for m in found)))
    for domain, found in models.items():
        lines += ["", f"## {domain}"]
        for model in found:
            lines += ["", f"### {domain}.{model['name']}", "", _cell(model.get("description", "")), ""]
            key = _key(model)
            if key:
                lines += [f"Key: {', '.join(key)}", ""]
            lines += ["| column | type | meaning |", "|---|---|---|"]
            lines += [
                f"| {column['name']} | {column.get('data_type', '')} | {_cell(column.get('description', ''))} |"
                for column in model.get("columns", ())
                if column["name"] != BATCH
            ]
    return "\n".join(lines) + "\n"


def _domains() -> list[str]:
    found = {path.name for path in (ROOT / "dbt_project/models/marts").iterdir() if path.is_dir()}
    return [name for name in DOMAINS if name in found] + sorted(found - set(DOMAINS))


def _models(domain: str) -> Iterator[Mapping[str, Any]]:
    """Models of the domain as its YAML files describe them, named as analysts see them."""
    folder = ROOT / "dbt_project/models/marts" / domain
    for path in sorted(folder.glob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ()):
            alias = _ALIAS.search((folder / f"{model['name']}.sql").read_text(encoding="utf-8"))
            configured = model.get("config", {}).get("alias", model["name"])
            yield model | {"name": alias[1] if alias else configured}


def _key(model: Mapping[str, Any]) -> list[str]:
    """Columns of the model's `key` test."""
    for test in model.get("data_tests", ()):
        if isinstance(test, dict) and "key" in test:
            return list(test["key"]["arguments"]["columns"])
    return []


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    for path, text in documents().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()

"""The documents say what the code does."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ingestion.registry import SOURCES
from ingestion.settings import Settings, SettingsError, all_variables
from orchestration.jobs import JOBS
from orchestration.settings import ORCHESTRATION_VARIABLES, publish_accounts, publish_keep
from scripts.documents import ROOT, documents

README = (ROOT / "README.md").read_text()
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
MARKDOWN = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def _code(text: str) -> list[str]:
    """Code blocks and inline code of a Markdown text."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.S)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))


@pytest.mark.parametrize("path", documents())
def test_a_written_document_is_what_the_code_says(path: Path) -> None:
    assert (ROOT / path).read_text() == documents()[path], "run `make docs`"


def test_the_example_lists_every_setting_with_its_default() -> None:
    listed = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M))
    assert listed == {variable.name: variable.default for variable in (*all_variables(), *ORCHESTRATION_VARIABLES)}


def test_every_setting_is_read_and_its_default_is_what_unset_means(tmp_path: Path) -> None:
    defaults = {variable.name: variable.default for variable in all_variables()} | {"WAREHOUSE_DIR": str(tmp_path)}
    assert Settings.from_env(defaults) == Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})
    own = {variable.name: variable.default for variable in ORCHESTRATION_VARIABLES}
    for read in (publish_keep, publish_accounts):
        assert read(own) == read({})


# Credentials are what the platform says they are: their shape is checked beside the others of their source.
_CREDENTIALS = {"TWITCH_CLIENT_ID", "TWITCH_CLIENT_SECRET", "DISCORD_BOT_TOKEN", "YOUTUBE_API_KEY"}


@pytest.mark.parametrize(
    "name",
    [
        v.name
        for v in (*all_variables(), *ORCHESTRATION_VARIABLES)
        if v.name not in {"CLAUDE_CONFIG_DIR"} | _CREDENTIALS
    ],
)
def test_a_value_that_cannot_be_used_names_its_variable(name: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    wrong = str(file) if name.endswith("_DIR") else "no\tsuch"
    with pytest.raises(SettingsError, match=f"^{name}=.* cannot be used: expected "):
        publish_keep({name: wrong})
        publish_accounts({name: wrong})
        Settings.from_env({"WAREHOUSE_DIR": str(tmp_path), name: wrong})


def test_make_targets_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.M))
    for path in MARKDOWN:
        named = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(_code(path.read_text()))))
        assert named <= targets, path.name
    readme = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(_code(README))))
    assert readme >= {"run", "test", "dev", "sql", "bench", "lint", "docs"}


def test_modules_and_jobs_in_documents_exist() -> None:
    jobs = {job.name for job in JOBS}
    for path in MARKDOWN:
        text = "\n".join(_code(path.read_text()))
        for module in set(re.findall(r"python -m ([\w.]+)(?![\w.<])", text)) - {"ingestion.ratings", "venv"}:
            base = ROOT / module.replace(".", "/")
            assert base.with_suffix(".py").exists() or (base / "__main__.py").exists(), f"{path.name}: {module}"
        assert set(re.findall(r"python -m orchestration\.run ([a-z_]+)", text)) <= jobs, path.name


def test_the_headings_that_messages_name_are_in_the_runbook() -> None:
    headings = set(re.findall(r"^## (.+)$", RUNBOOK, re.M))
    named = set()
    for folder in ("ingestion", "orchestration", "expectations", "reports", "scripts"):
        for path in (ROOT / folder).rglob("*.py"):
            # A message may be broken over two string literals.
            text = re.sub(r'"\s*\n\s*f?"', "", path.read_text())
            named |= set(re.findall(r"docs/runbook\.md, '([^']+)'", text))
            assert text.count("docs/runbook.md") == len(re.findall(r"docs/runbook\.md, '", text)), path
    assert named and named <= headings


def test_links_between_documents_lead_somewhere() -> None:
    for path in MARKDOWN:
        text = path.read_text()
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]+)?\)", text):
            linked = (path.parent / target) if target else path
            assert linked.exists(), f"{path.name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.M)
                anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
                assert anchor[1:] in anchors, f"{path.name}: {target}{anchor}"


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        reached.add(path)
        targets = re.findall(r"\]\((?!https?:)([^)#\s]+\.md)\b", path.read_text())
        waiting += [linked for target in targets if (linked := (path.parent / target).resolve()) not in reached]
    assert reached == set(MARKDOWN)


def test_every_property_that_is_read_of_an_event_is_described() -> None:
    sections = (ROOT / "docs/event-files.md").read_text().split("\n## ")[1:]
    for source, section in zip(("social", "conversations"), sections, strict=True):
        described = set(re.findall(r"`(\w+)`", section))
        model = (ROOT / f"dbt_project/models/staging/{source}/stg_{source}__events.sql").read_text()
        read = re.findall(r'^    "(\w+)": "', model, re.M)
        assert read and set(read) <= described, source
        judged = "".join(path.read_text() for path in (ROOT / "ingestion" / source).glob("*.sql"))
        assert set(re.findall(r"'data\.(\w+)' *$", judged, re.M)) <= set(re.findall(r"\*`(\w+)`\*", section)), source


def test_the_readme_names_every_setting() -> None:
    assert [v.name for v in (*all_variables(), *ORCHESTRATION_VARIABLES) if v.name not in README] == []


def test_pictures_stay_small() -> None:
    tracked = subprocess.run(["git", "ls-files", "*.png"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in tracked.stdout.split() if (ROOT / name).stat().st_size > 400_000] == []


def test_every_source_has_its_name_in_every_layer() -> None:
    from expectations.suites import STAGES

    project = ROOT / "dbt_project"
    for name in SOURCES:
        assert (ROOT / "ingestion" / name / "__main__.py").exists()
        assert f"name: raw_{name}\n" in (project / f"models/staging/{name}/_{name}__sources.yml").read_text()
        staging = [path.name for path in (project / "models/staging" / name).glob("*.sql")]
        assert staging and all(file.startswith(f"stg_{name}__") for file in staging)
        assert f"raw_{name}" in STAGES["raw"]
        contributions = (project / f"macros/{name}/contributions.sql").read_text()
        assert f"macro loaded_source__{name}()" in contributions
    # And nothing stands for a source that is none.
    assert {path.name for path in (project / "models/staging").iterdir() if path.is_dir()} - {"ops"} == set(SOURCES)
    assert {suite.removeprefix("raw_") for suite in STAGES["raw"]} == set(SOURCES)
    packages = {path.parent.name for path in (ROOT / "ingestion").glob("*/__main__.py")} - {"simulator"}
    assert packages == set(SOURCES)


def test_every_domain_of_marts_has_a_suite_and_a_page() -> None:
    from expectations.suites import STAGES
    from reports.registry import REPORTS

    domains = {path.name for path in (ROOT / "dbt_project/models/marts").iterdir() if path.is_dir()}
    assert domains - {"ops"} == set(STAGES["marts"])
    assert domains - {"core", "ops"} <= {report.slug for report in REPORTS}

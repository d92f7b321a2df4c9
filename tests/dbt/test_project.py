"""Rules that every model keeps, read from the parsed project."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, NoReturn

import jinja2
import pytest
import yaml

from orchestration.dbt import PROJECT_DIR

TABLE_SIZES = "macro.audience_warehouse.table_sizes"


def variables() -> dict[str, Any]:
    declared: dict[str, Any] = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())["vars"]
    return declared


def models(manifest: dict[str, Any], folder: str) -> list[dict[str, Any]]:
    found = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["path"].startswith(folder)
    ]
    assert found
    return found


def test_every_mart_says_what_a_row_is_and_defines_every_column(manifest: dict[str, Any]) -> None:
    vague = [
        f"{mart['name']}.{name}"
        for mart in models(manifest, "marts/")
        for name, column in mart["columns"].items()
        if not column["description"].strip().endswith(".")
    ]
    assert vague == []
    for mart in models(manifest, "marts/"):
        assert mart["description"].startswith("One row per "), mart["name"]
        assert mart["config"]["contract"]["enforced"], mart["name"]


@pytest.mark.parametrize("layer", ["intermediate/", "marts/"])
def test_only_staging_reads_sources(manifest: dict[str, Any], layer: str) -> None:
    readers = [
        model["name"]
        for model in models(manifest, layer)
        if any(parent.startswith("source.") for parent in model["depends_on"]["nodes"])
    ]
    assert readers == []


def test_every_mart_has_its_key_tested(manifest: dict[str, Any]) -> None:
    keyed = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node.get("test_metadata", {}).get("name") in ("key", "unique")
    }
    # The keys of its rows are those of the facts that it is a view of: each is tested there.
    without = {"fct_activity"}
    unkeyed = [mart["name"] for mart in models(manifest, "marts/") if mart["unique_id"] not in keyed]
    assert set(unkeyed) == without


def test_rows_are_tested_whole_where_a_build_gives_old_batches_to_new_ones(manifest: dict[str, Any]) -> None:
    # A model that is built whole and hands on its inputs' batches may double a row of any batch, or leave it alone.
    nodes = manifest["nodes"]
    partly = {
        (node["test_metadata"]["name"], nodes[node["attached_node"]]["name"])
        for node in nodes.values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") in ("key", "refers_to")
        and node["test_metadata"]["kwargs"].get("has_batches", True)
        and nodes[node["attached_node"]]["config"]["materialized"] != "incremental"
        and "newest_batch_id(" not in nodes[node["attached_node"]]["raw_code"]
    }
    # A copy of events, whose keys are tested where they come from.
    assert partly == {("key", "int_behavior__changed_events")}


def test_the_dictionary_calls_every_mart_as_analysts_do(manifest: dict[str, Any]) -> None:
    dictionary = (PROJECT_DIR.parent / "docs" / "data-dictionary.md").read_text()
    tables = {f"{mart['schema']}.{mart['alias']}" for mart in models(manifest, "marts/")}
    assert set(re.findall(r"^### (\S+\.\S+)$", dictionary, re.M)) == tables


def test_layers_live_in_their_schemas(manifest: dict[str, Any]) -> None:
    for mart in models(manifest, "marts/"):
        assert mart["schema"] == mart["path"].split("/")[1], mart["name"]
    assert {model["schema"] for model in models(manifest, "staging/")} == {"staging"}
    assert {model["schema"] for model in models(manifest, "intermediate/")} == {"intermediate"}


def test_singular_tests_open_with_the_fault_they_guard_against(manifest: dict[str, Any]) -> None:
    singular = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and not node.get("test_metadata") and node["path"].endswith(".sql")
    ]
    assert len(singular) == len(list((PROJECT_DIR / "tests").glob("*/assert_*.sql"))) > 5
    assert [node["name"] for node in singular if not node["raw_code"].lstrip().startswith("-- Guards against")] == []


def test_every_variable_is_declared_with_its_meaning() -> None:
    # A build is made anew after a change of those in dbt_project.yml; of no other would anybody know.
    read = {
        name
        for folder in ("models", "macros", "tests")
        for path in (PROJECT_DIR / folder).rglob("*.*")
        for name in re.findall(r"""\bvar\(\s*["'](\w+)""", path.read_text())
    }
    assert read == set(variables()) - {"rules_version"}


def test_the_view_curve_must_have_the_ages_that_marts_need() -> None:
    # Marts have columns named after them, or compare with one, which would be empty: no setting may take it away.
    def stop(message: str) -> NoReturn:
        raise ValueError(message)

    clips = jinja2.Environment(loader=jinja2.FileSystemLoader(PROJECT_DIR / "macros" / "clips"))
    settings = {"clips_ages_hours": [*variables()["clips_ages_hours"]], "clips_curve_full_age_hours": 336}
    clips.globals |= {"var": settings.get, "return": str, "exceptions": SimpleNamespace(raise_compiler_error=stop)}
    ages = clips.get_template("ages.sql").module
    assert ages.viral_ages_hours().strip() == "[24, 72, 168]"  # type: ignore[attr-defined]
    settings["clips_ages_hours"].remove(72)
    with pytest.raises(ValueError, match="clips_ages_hours: 72 is missing; viral clips need 24, 72, 168"):
        ages.viral_ages_hours()  # type: ignore[attr-defined]
    assert ages.full_age_hours().strip() == "336"  # type: ignore[attr-defined]
    settings["clips_ages_hours"].remove(336)
    with pytest.raises(ValueError, match="clips_curve_full_age_hours: 336 is none of clips_ages_hours: 1, 6, 12, 24, "):
        ages.full_age_hours()  # type: ignore[attr-defined]


def test_no_invariant_writes_out_what_a_variable_says(manifest: dict[str, Any]) -> None:
    # Under another value of the variable it would fail, and stop what is downstream, though all is well.
    values = {str(value) for value in variables().values() if isinstance(value, int) and value > 100}
    written = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "holds"
        if values & set(re.findall(r"\b\d+\b", node["test_metadata"]["kwargs"]["expression"]))
    }
    assert written == set()


def test_a_day_lasts_as_long_in_every_invariant(manifest: dict[str, Any]) -> None:
    # Of two bounds one is wrong in some zone, where all is well.
    written = {
        node["name"]: bounds
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "holds"
        if (
            bounds := re.findall(
                r"\bhours_\w+ between [\d.]+ and [\d.]+", node["test_metadata"]["kwargs"]["expression"]
            )
        )
    }
    assert written == {}


def test_what_models_read_beside_what_dbt_knows_of_is_built_each_time(manifest: dict[str, Any]) -> None:
    # orchestration/dbt_inputs.py leaves out what has parents that did not change: none of it may read the clock (a date
    # that is written out is none), the catalogue, a file or chance.
    others = re.compile(
        r"\b(now\(|today\(|current_(date|time|timestamp)|get_current|random\(|uuid\(|duckdb_[a-z]\w*\(|information_schema"
        r"|pg_catalog|run_started_at|invocation_id|modules\.datetime(?!\.datetime\()|read_(csv|json|parquet|text|blob)\w*\(|glob\()",
        re.IGNORECASE,
    )
    readers = {
        str(path.relative_to(PROJECT_DIR))
        for folder in ("models", "macros", "tests")
        for path in (PROJECT_DIR / folder).rglob("*.sql")
        if others.search(re.sub(r"(?s)\{#.*?#\}|--[^\n]*", "", path.read_text()))
    }
    assert readers == {"macros/engine/catalog.sql", "macros/incremental/remember_rebuild.sql"}
    users = [node for node in manifest["nodes"].values() if TABLE_SIZES in node.get("depends_on", {}).get("macros", ())]
    assert [node["name"] for node in users] == ["fct_table_sizes"]
    assert not any(node["depends_on"]["nodes"] for node in users)

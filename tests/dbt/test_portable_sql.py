"""What keeps the models fit for Spark as well, checked without one: docs/spark.md says what was run on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest

from orchestration.dbt import PROJECT_DIR

ENGINE = PROJECT_DIR / "macros" / "engine"
# Each was tried on Spark 4.3, which refuses it or gives another result.
DUCKDB_ONLY = {
    "a text type without a length is `string`": r"\bas\s+varchar\b|(?-i:\"varchar\")",
    "an operator or a keyword of its own": r"::|->>?|:=|\basof\b|\bpositional\b|\bselect\s+\*\s+(exclude|replace)\b",
    "a function of its own": r"\b(list|list_\w+|unnest|arg_max|arg_min|quantile_cont|struct_pack|struct_extract|epoch_\w+"
    r"|to_(micro|milli)?seconds|to_(minutes|hours|days|weeks|months)|make_timestamp\w*|generate_series|json_\w*transform\w*"
    r"|json_extract\w*|json_group_\w+|md5_number\w*|isodow|timezone|strftime|strptime|date_diff|datediff|duckdb_\w+|hash"
    r"|list_value|array_to_string|string_split\w*|regexp_matches|regexp_full_match|printf|bit_count)\s*\(",
    "an order within an aggregate": r"\b(array_agg|string_agg|list|first|last)\s*\([^()]*\border\s+by\b",
    "regular expressions: escapes, classes and the number of replacements differ": r"\bregexp_\w+\s*\(",
    "a row as the one column of a subquery": r"\bin\s*\(\s*select\s+\((?!\s*select)",
    "a row generator inside of an expression": r"\bcast\s*\(\s*\{\{\s*(explode_\w+|words_of)\b",
    "a target of Spark's has no database": r"\btarget\.database\b",
    "a NULL among the texts of concat": r"\bconcat_ws\s*\(",
}


def without_comments(path: Path) -> str:
    return re.sub(r"(?s)\{#.*?#\}|--[^\n]*", "", path.read_text())


def sql_files() -> list[Path]:
    found = [
        path
        for folder in ("models", "macros", "tests")
        for path in sorted((PROJECT_DIR / folder).rglob("*.sql"))
        if ENGINE not in path.parents
    ]
    assert len(found) > 200
    return found


@pytest.mark.parametrize("what", DUCKDB_ONLY)
def test_only_the_engine_macros_hold_what_spark_does_not_take(what: str) -> None:
    pattern = re.compile(DUCKDB_ONLY[what], re.IGNORECASE)
    found = {
        str(path.relative_to(PROJECT_DIR)): match[0]
        for path in sql_files()
        if (match := pattern.search(without_comments(path)))
    }
    assert found == {}


def test_a_recursion_unites_all_rows() -> None:
    # Spark has no UNION of distinct rows in a recursion.
    recursive = [path for path in sql_files() if re.search(r"\bwith\s+recursive\b", path.read_text())]
    assert len(recursive) == 2
    assert [path.name for path in recursive if re.search(r"\bunion\b(?!\s+all)", without_comments(path))] == []


def test_each_macro_of_an_engine_has_its_pair_and_stands_in_the_engine_folder(manifest: dict[str, Any]) -> None:
    own = [macro for macro in manifest["macros"].values() if macro["package_name"] == "audience_warehouse"]
    forms = {
        engine: {macro["name"].split("__", 1)[1] for macro in own if macro["name"].startswith(engine + "__")}
        for engine in ("duckdb", "spark")
    }
    assert len(forms["duckdb"]) > 25
    # What stands in for a macro of dbt's own: the other engine's adapter has its form.
    of_dbt = {macro["name"] for macro in manifest["macros"].values() if macro["package_name"] != "audience_warehouse"}
    assert forms["duckdb"] - of_dbt == forms["spark"]
    elsewhere = [
        macro["name"]
        for macro in own
        if "dispatch(" in macro["macro_sql"] and not macro["path"].startswith("macros/engine/")
    ]
    assert elsewhere == []


def engine_macros(name: str) -> Any:
    """The macros of one file of macros/engine, as a module whose functions give SQL."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], loader=jinja2.FileSystemLoader(ENGINE))
    environment.globals |= {"return": lambda value: value}
    return environment.get_template(name).module


def test_both_engines_count_the_same_keys() -> None:
    values = engine_macros("values.sql")
    texts = ["", "a", "ann", "Zürich", "session-7", *map(str, range(2000))]
    with duckdb.connect() as connection:
        # The one function of Spark's expression that DuckDB lacks: digits of one base in another.
        connection.execute("create macro conv(digits, base, other) as cast(cast('0x' || digits as ubigint) as varchar)")
        ours, theirs = values.duckdb__counting_key("text"), values.spark__counting_key("text")
        rows = connection.execute(f"select {ours}, {theirs} from (select unnest(?) as text)", [texts]).fetchall()
    assert len({ours for ours, _ in rows}) == len(texts)
    assert [row for row in rows if row[0] != row[1]] == []


def test_a_null_has_the_same_mark_in_keys_of_both_engines() -> None:
    key = engine_macros("values.sql").surrogate_key(["given", "missing"])
    with duckdb.connect() as connection:
        # Spark's concat is NULL where one of its texts is.
        connection.execute("create macro spark_concat(a, b, c) as a || b || c")
        inner = re.compile(r"coalesce\(\s*concat\(")
        assert len(inner.findall(key)) == 2
        ours, theirs = key, inner.sub("coalesce(spark_concat(", key)
        row = connection.execute(f"select {ours}, {theirs} from (select 'ann' as given, null as missing)").fetchone()
    assert row is not None
    assert row[0] == row[1]


@pytest.mark.parametrize("name", [path.name for path in sorted(ENGINE.glob("*.sql"))])
def test_an_engine_file_says_what_its_macros_give(name: str) -> None:
    assert (ENGINE / name).read_text().startswith("{#")

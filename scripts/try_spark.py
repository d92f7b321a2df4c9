"""Runs every model on Spark from the raw rows of a built warehouse and compares each table with DuckDB's.

docs/spark.md says how to install what it needs and what it gave. The warehouse must hold what a full refresh makes of
its raw rows, and the environment the settings that it was built with. Nothing is written to the warehouse.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from pyspark.sql import SparkSession

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
PROFILE = """
audience_warehouse:
  target: spark
  outputs:
    spark: {type: spark, method: session, host: NA, schema: main}
"""
# Batches are numbered in the order in which models are built.
OF_ARRIVAL = {"batch_id", "displaced_batch_id", "event_batch_id"}
# Engines hash rows differently: see row_hash in macros/engine/behavior.sql.
OWN_TO_AN_ENGINE = {("intermediate", "int_behavior__people"): {"fingerprint"}}
# A row number is an integer on Spark and a bigint on DuckDB.
SAME_TYPE = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMP", "INTEGER": "BIGINT"}
SPARK = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.driver.memory": "4g",
    "spark.sql.session.timeZone": "UTC",
    # Raw times are TIMESTAMP in UTC; as TIMESTAMP_NTZ they would miss Spark's time functions.
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # A walk over usage blocks has as many levels as blocks without a silence between them.
    "spark.sql.cteRecursionLevelLimit": "-1",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
}


def compile_models(*options: str) -> dict[str, Any]:
    """dbt's manifest with the models compiled for Spark, in the current folder, where their tables are known."""
    Path("profiles.yml").write_text(PROFILE)
    dbt = [str(Path(sys.executable).with_name("dbt")), "--quiet", "compile", "--no-partial-parse", *options]
    models = ["--select", "resource_type:model", "--indirect-selection", "empty"]
    folders = {
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": ".",
        "DBT_TARGET_PATH": str(Path("target").resolve()),
    }
    done = subprocess.run(
        [*dbt, *models],
        env={**os.environ, **folders, "DBT_LOG_PATH": str(Path("logs").resolve()), "DO_NOT_TRACK": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"dbt compile failed:\n{done.stdout}")
    manifest: dict[str, Any] = json.loads(Path("target/manifest.json").read_text())
    return manifest


def in_order(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The models, each after those that it reads."""
    waiting = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    ordered = []
    while waiting:
        ready = [name for name, node in waiting.items() if not waiting.keys() & set(node["depends_on"]["nodes"])]
        ordered += [waiting.pop(name) for name in sorted(ready)]
    return ordered


def open_spark() -> SparkSession:
    """A session that keeps its tables in the current folder, as that of dbt-spark does."""
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in SPARK.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


class Trial:
    """A Spark session beside the warehouse that it is compared with."""

    def __init__(self, database: Path) -> None:
        self.spark = open_spark()
        self.duckdb = duckdb.connect(config={"threads": 2})
        self.duckdb.execute(f"set timezone = 'UTC'; attach '{database}' as warehouse (read_only); use warehouse.main")

    def give(self, schema: str, table: str) -> None:
        """Let Spark have a table as DuckDB holds it."""
        # Spark takes a file whose name starts with an underscore for no data.
        path = Path("given", schema, f"of_{table}.parquet").resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.duckdb.execute(f"copy (from {schema}.{table}) to '{path}' (format parquet)")
        self._register(schema, table, path)

    def run(self, schema: str, table: str, sql: str) -> None:
        """Make a table of a model's rows."""
        path = Path("made", schema, table).resolve()
        self.spark.sql(sql).write.parquet(str(path), mode="overwrite")
        self._register(schema, table, path)

    def _register(self, schema: str, table: str, path: Path) -> None:
        self.spark.sql(f"create database if not exists {schema}")
        self.spark.sql(f"drop table if exists {schema}.{table}")
        self.spark.sql(f"create table {schema}.{table} using parquet location '{path}'")

    def compare(self, schema: str, table: str) -> tuple[bool, str]:
        """Whether both engines hold the same rows, and what to say of it."""
        ours = self._columns(f"{schema}.{table}")
        made = f"read_parquet('made/{schema}/{table}/*.parquet')"
        theirs = self._columns(made)
        if list(ours) != list(theirs):
            return False, f"other columns: {sorted(set(ours) ^ set(theirs)) or 'in another order'}"
        types = [
            f"{name} is {kind} on DuckDB and {theirs[name]} on Spark"
            for name, kind in ours.items()
            if SAME_TYPE.get(kind, kind) != SAME_TYPE.get(theirs[name], theirs[name])
        ]
        if types:
            return False, "; ".join(types)
        left_out = OF_ARRIVAL | OWN_TO_AN_ENGINE.get((schema, table), set())
        values = {name: rounded(name, kind) for name, kind in ours.items() if name not in left_out}
        one = f"select {', '.join(values.values())} from {schema}.{table}"
        two = f"select {', '.join(values.values())} from {made}"
        only_ours, only_theirs = self._count(f"{one} except all {two}"), self._count(f"{two} except all {one}")
        if not only_ours and not only_theirs:
            return True, f"{self._count(one):,} rows equal"
        columns = ", ".join(self._differing(values, f"{schema}.{table}", made))
        return False, f"{only_ours} rows on DuckDB alone, {only_theirs} on Spark alone; other values in {columns}"

    def _columns(self, relation: str) -> dict[str, str]:
        return {name: kind for name, kind, *_ in self.duckdb.execute(f"describe from {relation}").fetchall()}

    def _count(self, query: str) -> int:
        row = self.duckdb.execute(f"select count(*) from ({query})").fetchone()
        assert row is not None
        return int(row[0])

    def _differing(self, values: dict[str, str], ours: str, theirs: str) -> Iterator[str]:
        for name, value in values.items():
            if self._count(f"select {value} from {ours} except all select {value} from {theirs}"):
                yield name


def rounded(name: str, kind: str) -> str:
    """The value of a column in DuckDB's type, without the last digits of a DOUBLE."""
    value = f'cast("{name}" as {kind})'
    return f"round({value}, 6)" if kind == "DOUBLE" else value


def rebuild(database: Path, chosen: re.Pattern[str]) -> bool:
    """Make each model's table as a full refresh does and compare it; whether all are equal."""
    for left in ("given", "made", "metastore_db", "spark-warehouse"):
        shutil.rmtree(left, ignore_errors=True)
    manifest = compile_models("--full-refresh")
    trial = Trial(database)
    for node in [*manifest["sources"].values(), *manifest["nodes"].values()]:
        if node["resource_type"] in ("source", "seed"):
            trial.give(node["schema"], node.get("identifier") or node["alias"])
    equal, total = 0, 0
    for model in in_order(manifest):
        schema, table = model["schema"], model["alias"]
        if not chosen.fullmatch(model["name"]):
            trial.give(schema, table)
            continue
        started = time.monotonic()
        try:
            trial.run(schema, table, model["compiled_code"])
            is_equal, said = trial.compare(schema, table)
        except Exception as error:  # Whatever Spark says: the models behind it go on with DuckDB's rows.
            is_equal, said = False, f"failed: {' '.join(str(error).split())[:600]}"
            trial.give(schema, table)
        equal, total = equal + is_equal, total + 1
        print(f"{time.monotonic() - started:5.1f} s  {schema}.{table}: {said}", flush=True)
    print(f"{equal} of {total} models have equal rows on Spark {trial.spark.version}")
    return equal == total


def analyse_incremental() -> bool:
    """Let Spark analyse the incremental form of each model on the tables that `rebuild` left; whether it takes all."""
    manifest = compile_models()
    spark = open_spark()
    taken, total = 0, 0
    for model in in_order(manifest):
        if model["config"]["materialized"] == "incremental":
            total += 1
            try:
                spark.sql(model["compiled_code"])
                taken += 1
            except Exception as error:  # All that Spark refuses is to be seen at once.
                print(f"{model['schema']}.{model['alias']}: {' '.join(str(error).split())[:600]}", flush=True)
    print(f"{taken} of {total} incremental models pass Spark {spark.version}'s analyser")
    return taken == total


def main() -> int:
    """Exit code: 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", type=Path, help="build file of a warehouse")
    parser.add_argument("--work", type=Path, required=True, help="folder for what this makes")
    parser.add_argument("--models", type=re.compile, default=".*", help="regular expression of names; others are given")
    parser.add_argument("--incremental", action="store_true", help="analyse the incremental forms, after a whole run")
    options = parser.parse_args()
    database = options.database.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    # Spark and dbt-spark keep their catalogue in the current folder.
    os.chdir(options.work)
    is_well = analyse_incremental() if options.incremental else rebuild(database, options.models)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())

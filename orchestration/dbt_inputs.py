"""What a build of the models may leave out: what would compute nothing new and pass the same tests again.

A model depends on the project, on what its environment says, and on the raw tables above it. Where the record of the
last build that succeeded says that none of these changed, the model and its tests stand as they are. The record lies
in the warehouse, and dbt itself takes it back before it begins (macros/incremental/forget_build.sql): a build that
fails, is killed, builds a part or is started by hand leaves none, and then everything is built. Nothing here imports
Dagster.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb

from orchestration import dbt, dbt_results, records
from orchestration.publication_tables import quote
from orchestration.records import CheckRow
from orchestration.settings import Settings

RECORD = "built"
# Everything is built once a week all the same.
_BUILD_ALL_AFTER = timedelta(days=7)
_LOADS = "_dlt_loads"


@dataclass(frozen=True)
class Inputs:
    """What a build depends on.

    `project`: changes with the project, its environment and the versions. `sources`: by name, what tells whether raw
    tables changed; those without are taken for changed. `rebuilds`: how often models were built anew.
    """

    project: str
    sources: dict[str, str]
    rebuilds: int


@dataclass(frozen=True)
class Plan:
    """What a build leaves out, by unique id, and why.

    `results`: of the tests that it leaves out. `whole_at`: when everything was last built, None if this build does.
    `taken_up`: "schema.name" of what was built before -> the build that last took it up.
    """

    inputs: Inputs
    reason: str
    left_out: frozenset[str] = frozenset()
    results: tuple[CheckRow, ...] = ()
    whole_at: datetime | None = None
    taken_up: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Record:
    """What the last build left: `relations` with their rows (None: a view), and `taken_up` as in Plan."""

    inputs: Inputs
    relations: dict[str, int | None]
    taken_up: dict[str, str]
    whole_at: datetime


def plan(connection: duckdb.DuckDBPyConnection, settings: Settings, manifest: Mapping[str, Any]) -> Plan:
    """What the next build has to do, from the record of the last one; in doubt, everything."""
    inputs = measure(connection, settings, manifest)
    found = _recall(connection, settings)
    if found is None:
        return Plan(inputs, "there is no record of a complete build of this database")
    if not timedelta(0) <= records.utc_now() - found.whole_at <= _BUILD_ALL_AFTER:
        return Plan(inputs, "everything is built once a week")
    if found.inputs.project != inputs.project:
        return Plan(inputs, "the project, its environment or a version changed")
    if found.inputs.rebuilds != inputs.rebuilds:
        return Plan(inputs, "a model was built anew")
    if not records.has_passed(connection, "dbt", dbt.STEP):
        return Plan(inputs, "not every test has passed")
    if found.relations != _relations(connection, manifest):
        return Plan(inputs, "a model does not hold what the last build left")
    unchanged = {name for name, state in inputs.sources.items() if found.inputs.sources.get(name) == state}
    left_out = standing(manifest, unchanged)
    tests = {dbt_results.identity(manifest["nodes"][name], manifest) for name in left_out if name.startswith("test.")}
    results = tuple(row for row in records.latest_rows(connection, "dbt", dbt.STEP) if row.identity in tests)
    if len(results) != len(tests):
        return Plan(inputs, "a test has no result")
    reason = f"nothing new in {', '.join(sorted(unchanged)) or 'the seeds'}"
    return Plan(inputs, reason, left_out, results, found.whole_at, found.taken_up)


def measure(connection: duckdb.DuckDBPyConnection, settings: Settings, manifest: Mapping[str, Any]) -> Inputs:
    """What a build that starts now depends on."""
    return Inputs(dbt.fingerprint(settings), _sources(connection, manifest), _rebuilds(connection))


def standing(manifest: Mapping[str, Any], unchanged: Collection[str]) -> frozenset[str]:
    """Seeds, models and tests of which everything that they depend on is in seeds or in the sources `unchanged`.

    A node without any is none of them: it reads something that dbt does not know of.
    """
    nodes = manifest["nodes"]
    known: dict[str, bool] = {name: source["source_name"] in unchanged for name, source in manifest["sources"].items()}

    def stands(name: str) -> bool:
        if name not in known:
            node = nodes.get(name, {})
            parents = node.get("depends_on", {}).get("nodes", ())
            known[name] = node.get("resource_type") == "seed" or (bool(parents) and all(map(stands, parents)))
        return known[name]

    kinds = ("seed", "model", "test")
    return frozenset(name for name, node in nodes.items() if node["resource_type"] in kinds and stands(name))


def states(
    connection: duckdb.DuckDBPyConnection, settings: Settings, manifest: Mapping[str, Any]
) -> dict[str, str | None]:
    """ "schema.name" of every relation -> what changes when its rows may have; None where that is not known.

    Of a model it is the build that last took it up, of a raw table what tells whether its source changed.
    """
    names = connection.execute(
        """
        select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database()
        union all
        select schema_name || '.' || view_name from duckdb_views() where database_name = current_database()
        """
    ).fetchall()
    found: dict[str, str | None] = {name: None for (name,) in names}
    record = _recall(connection, settings)
    if record is None or record.relations != _relations(connection, manifest):
        return found
    sources = _sources(connection, manifest)
    for source in manifest["sources"].values():
        found[f"{source['schema']}.{dbt.relation_name(source)}"] = sources.get(source["source_name"])
    return found | record.taken_up


def built_with(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The project (`Inputs.project`) that the models were built with; None where the last build was not complete."""
    try:
        return str(json.loads(records.read_build_setting(connection, dbt.STEP, RECORD) or "")["project"])
    except (duckdb.CatalogException, ValueError, KeyError, TypeError):
        return None


def remember(
    connection: duckdb.DuckDBPyConnection, settings: Settings, manifest: Mapping[str, Any], plan: Plan
) -> None:
    """Record a complete build according to `plan` that succeeded."""
    _remember_loads(connection, manifest)
    build = uuid.uuid4().hex
    relations = _relations(connection, manifest)
    standing = {_name(manifest["nodes"][name]) for name in plan.left_out}
    text = json.dumps(
        {
            **asdict(plan.inputs),
            # What dbt noted while it worked is part of this build.
            "rebuilds": _rebuilds(connection),
            "build": build,
            "whole_at": (plan.whole_at or records.utc_now()).isoformat(),
            "relations": relations,
            "taken_up": {name: plan.taken_up[name] if name in standing else build for name in relations},
        }
    )
    records.write_build_setting(connection, dbt.STEP, RECORD, text)
    path = settings.state_dir / "dbt" / "built.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps({"build": build, "file": _identity(settings)}))
    os.replace(temporary, path)


def _remember_loads(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> None:
    """Which loads the models hold. What is loaded before they are audited is not theirs: see expectations/runner.py."""
    ledgers = {source["schema"] for source in manifest["sources"].values() if dbt.relation_name(source) == _LOADS}
    present = connection.execute("select schema_name from duckdb_tables() where table_name = ?", [_LOADS]).fetchall()
    connection.execute("begin")
    connection.execute("delete from raw_ops.built_loads")
    for schema in sorted(ledgers & {schema for (schema,) in present}):
        held = f"select ?, load_id from {quote(schema)}.{_LOADS} where status = 0"
        connection.execute(f"insert into raw_ops.built_loads {held}", [schema])
    connection.execute("commit")


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Have the next build do everything, unless this one is recorded."""
    records.write_build_setting(connection, dbt.STEP, RECORD, "")


def _recall(connection: duckdb.DuckDBPyConnection, settings: Settings) -> _Record | None:
    """The record of the last build, if it was made in this very file and by this warehouse.

    A database that was restored or exchanged brings a record of its own, which says true things about it; but whoever
    exchanged it may have changed more.
    """
    text = records.read_build_setting(connection, dbt.STEP, RECORD)
    try:
        found = json.loads(text or "")
        beside = json.loads((settings.state_dir / "dbt" / "built.json").read_text())
        if beside != {"build": found["build"], "file": _identity(settings)}:
            return None
        inputs = Inputs(found["project"], found["sources"], found["rebuilds"])
        return _Record(inputs, found["relations"], found["taken_up"], datetime.fromisoformat(found["whole_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _identity(settings: Settings) -> list[int]:
    status = settings.database_path.stat()
    return [status.st_dev, status.st_ino]


def _rebuilds(connection: duckdb.DuckDBPyConnection) -> int:
    return sum(records.rebuilds_by_table(connection).values())


def _sources(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> dict[str, str]:
    """By source: its loads, and the rows of each of its tables. Raw tables only grow, and each load is written down.

    Left out are sources without that ledger: nothing tells what is new in them.
    """
    tables: dict[str, dict[str, str]] = {}
    for source in manifest["sources"].values():
        name = f"{quote(source['schema'])}.{quote(dbt.relation_name(source))}"
        tables.setdefault(source["source_name"], {})[dbt.relation_name(source)] = name
    found = {}
    for source, names in tables.items():
        if _LOADS not in names:
            continue
        try:
            counted = {table: _row(connection, f"select count(*) from {name}") for table, name in sorted(names.items())}
            loads = _row(connection, f"select sum(hash(load_id, status, inserted_at)) from {names[_LOADS]}")
        except duckdb.CatalogException:
            continue
        found[source] = hashlib.sha256(json.dumps([counted, str(loads)]).encode()).hexdigest()
    return found


def _relations(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> dict[str, int | None]:
    """ "schema.name" -> rows of each table of the project that is there, None for a view."""
    present = connection.execute(
        """
        select schema_name, table_name, true from duckdb_tables() where database_name = current_database()
        union all
        select schema_name, view_name, false from duckdb_views() where database_name = current_database()
        """
    ).fetchall()
    is_table = {f"{schema}.{name}": table for schema, name, table in present}
    found: dict[str, int | None] = {}
    for node in manifest["nodes"].values():
        name = _name(node)
        if node["resource_type"] in ("model", "seed") and name in is_table:
            quoted = f"{quote(node['schema'])}.{quote(dbt.relation_name(node))}"
            found[name] = _row(connection, f"select count(*) from {quoted}") if is_table[name] else None
    return found


def _name(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{dbt.relation_name(node)}"


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> int | None:
    ((value,),) = connection.execute(query).fetchall()
    return None if value is None else int(value)

"""Views whose rows are published already stay views: a copy of their rows would double the publication."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from orchestration.publication_tables import Relation, quote


def published_queries(
    connection: duckdb.DuckDBPyConnection, relations: Sequence[Relation], source: str
) -> dict[str, str]:
    """ "schema.view" -> its query without the name of the database `source`, of views on published tables only."""
    names = {relation.name for relation in relations}
    found = {}
    for relation in relations:
        if relation.view_sql is None:
            continue
        # "CREATE VIEW schema.name AS SELECT ...", as the engine writes it
        body = relation.view_sql.partition(" AS ")[2].strip().rstrip(";")
        ((text,),) = connection.execute("select json_serialize_sql(?)", [body]).fetchall()
        tree = json.loads(text)
        if tree["error"] or not _references(tree, source) <= names:
            continue
        ((query,),) = connection.execute("select json_deserialize_sql(?::json)", [json.dumps(tree)]).fetchall()
        found[relation.name] = str(query)
    return found


def _references(tree: Any, source: str) -> set[str]:
    """Tables that a query reads, and functions in their place; takes the name of the database out of theirs.

    A function such as duckdb_tables() tells of the file that it is called in: no table has its name.
    """
    found = set()
    for node in _nodes(tree):
        if node.get("type") == "TABLE_FUNCTION":
            found.add("a function")
        elif node.get("type") == "BASE_TABLE" and node.get("schema_name"):
            found.add(f"{node['schema_name']}.{node['table_name']}")
            if node.get("catalog_name") == source:
                node["catalog_name"] = ""
    return found


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for one in tree:
            yield from _nodes(one)


def is_answered(
    connection: duckdb.DuckDBPyConnection, relation: Relation, query: str, source: str, target: str
) -> bool:
    """Whether the database `target` answers the query of a view with the view's columns."""
    connection.execute(f"use {quote(target)}")
    try:
        described = connection.execute(f"describe {query}").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    finally:
        connection.execute(f"use {quote(source)}")
    columns = [(column.name, column.type) for column in relation.columns]
    return [(name, kind) for name, kind, *_ in described] == columns


def create_view(
    connection: duckdb.DuckDBPyConnection, relation: Relation, query: str, source: str, target: str
) -> None:
    """Create the view in the database `target`, in the place of a table of its name."""
    connection.execute(f"drop table if exists {relation.within(target)}")
    connection.execute(f"use {quote(target)}")
    try:
        connection.execute(f"create view {relation.within(target)} as {query}")
    finally:
        connection.execute(f"use {quote(source)}")

"""Writing the file that is to be published: whole, or as the last publication with what changed since."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingestion.engine import connect
from ingestion.settings import Settings
from ingestion.sql import literal
from orchestration.publication_changes import Contents, PublicationError, bring_up_to_date, view_contents
from orchestration.publication_state import Published
from orchestration.publication_tables import Relation, comment_on, published_relations, published_schemas, quote
from orchestration.publication_views import create_view, is_answered, published_queries

Step = Callable[[str], None]
_TARGET = "publication"


def write_whole(settings: Settings, target: Path, on_step: Step) -> dict[str, Contents]:
    """Write all published tables to the new file `target`; "schema.table" -> what it holds.

    Raises:
        PublicationError: there is nothing to publish, or a table did not arrive whole.
        duckdb.Error: it cannot be written.
    """
    return _write(settings, target, Published({}, 0, 0), {}, on_step)


def write_changes(
    settings: Settings, target: Path, published: Published, keys: Mapping[str, Sequence[str]], on_step: Step
) -> dict[str, Contents]:
    """Write the published file with what changed since to the new file `target`.

    Args:
        published: what the published file holds.
        keys: see `orchestration.dbt.unique_keys`; a table without is copied whole if it changed.

    Returns:
        "schema.table" -> what it holds.

    Raises:
        PublicationError: there is nothing to publish, or a table did not arrive whole.
        duckdb.Error: a file is damaged, or cannot be written.
    """
    _clone(settings.published_path, target)
    return _write(settings, target, published, keys, on_step)


def _write(
    settings: Settings, target: Path, published: Published, keys: Mapping[str, Sequence[str]], on_step: Step
) -> dict[str, Contents]:
    with _opened(settings, target) as (connection, source):
        writer = _Writer(connection, source, published, keys, on_step)
        writer.write()
    return writer.found


def verify(settings: Settings, path: Path, expected: Mapping[str, Contents]) -> None:
    """Open a written file as a reader does, and compare its tables, their columns and numbers of rows.

    Raises:
        PublicationError: something is missing or different.
    """
    with connect(settings, path, read_only=True) as connection:
        relations = {relation.name: relation for relation in published_relations(connection)}
        if relations.keys() != expected.keys():
            raise PublicationError(f"The copy does not hold the tables that it should: {sorted(relations)}.")
        for name, contents in expected.items():
            columns = tuple((column.name, column.type) for column in relations[name].columns)
            if columns != contents.columns:
                raise PublicationError(f"The copy of {name} has other columns than its source.")
            schema, table = quote(relations[name].schema), quote(relations[name].table)
            ((rows,),) = connection.execute(f"select count(*) from {schema}.{table}").fetchall()
            if rows != contents.rows:
                raise PublicationError(f"The copy of {name} has {rows} rows and not {contents.rows}.")


class _Writer:
    """One new file: the build file's tables and views go into it one by one."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: str,
        published: Published,
        keys: Mapping[str, Sequence[str]],
        on_step: Step,
    ) -> None:
        self._connection, self._source = connection, source
        self._published, self._keys = published, keys
        self._on_step = on_step
        self.found: dict[str, Contents] = {}

    def write(self) -> None:
        relations = published_relations(self._connection)
        if not relations:
            raise PublicationError("The build file holds no marts: build the models first.")
        present = self._clear(relations)
        queries = published_queries(self._connection, relations, self._source)
        for relation in relations:
            if relation.name not in queries:
                self._write_table(relation, present.get(relation.name))
        waiting = [relation for relation in relations if relation.name in queries]
        while waiting:
            ready = next((one for one in waiting if self._is_answered(one, queries[one.name])), None)
            if ready is not None:
                self._write_view(ready, queries[ready.name])
            else:
                # It needs a column that readers do not get, for example.
                ready = waiting[0]
                self._write_table(ready, present.get(ready.name))
            waiting.remove(ready)
        self._on_step("checkpoint")
        self._connection.execute(f"checkpoint {_TARGET}")

    def _is_answered(self, relation: Relation, query: str) -> bool:
        return is_answered(self._connection, relation, query, self._source, _TARGET)

    def _write_table(self, relation: Relation, present: Relation | None) -> None:
        self._on_step(f"copy {relation.name}")
        self.found[relation.name], how = bring_up_to_date(
            self._connection,
            relation,
            self._source,
            _TARGET,
            self._published.tables.get(relation.name) if present else None,
            key=self._keys.get(relation.name, ()),
            turn=self._published.since_whole,
        )
        comment_on(self._connection, relation, _TARGET, None if how == "whole" else present)

    def _write_view(self, relation: Relation, query: str) -> None:
        self._on_step(f"view {relation.name}")
        create_view(self._connection, relation, query, self._source, _TARGET)
        comment_on(self._connection, relation, _TARGET, is_view=True)
        self.found[relation.name] = view_contents(self._connection, relation, self._source)

    def _clear(self, relations: Sequence[Relation]) -> dict[str, Relation]:
        """Drop views, which are made anew, and what is not published any more; the tables that are left, by name."""
        wanted = {relation.name for relation in relations}
        kept = {}
        for relation in published_relations(self._connection, _TARGET):
            if relation.view_sql is not None:
                self._connection.execute(f"drop view {relation.within(_TARGET)}")
            elif relation.name not in wanted:
                self._connection.execute(f"drop table {relation.within(_TARGET)}")
            else:
                kept[relation.name] = relation
        schemas = {relation.schema for relation in relations}
        for schema in set(published_schemas(self._connection, _TARGET)) - schemas:
            self._connection.execute(f"drop schema {_TARGET}.{quote(schema)}")
        for schema in schemas:
            self._connection.execute(f"create schema if not exists {_TARGET}.{quote(schema)}")
        return kept


@contextmanager
def _opened(settings: Settings, target: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """The build file, read-only, with the file to write attached; and the name of the build file's catalog.

    Views are read with that name, under which dbt has compiled them.
    """
    with connect(settings, settings.database_path, read_only=True) as connection:
        ((source,),) = connection.execute("select current_database()").fetchall()
        connection.execute(f"attach {literal(target)} as {_TARGET} (read_write)")
        yield connection, source


def _clone(source: Path, target: Path) -> None:
    """Copy a file inside the kernel; file systems that can share blocks, such as XFS and Btrfs, do."""
    with source.open("rb") as read, target.open("wb") as write:
        left = os.fstat(read.fileno()).st_size
        try:
            os.posix_fallocate(write.fileno(), 0, left)  # less than half the time, and a full disk shows at once
            while left > 0 and (done := os.copy_file_range(read.fileno(), write.fileno(), left)):
                left -= done
        except (AttributeError, OSError):
            # Not on this system, or not between these folders; a disk that is full fails again below.
            read.seek(0)
            write.seek(0)
            shutil.copyfileobj(read, write, 2**20)

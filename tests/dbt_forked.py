"""Imported by the process that dbt commands are forked from (dbt_command.py): dbt, and what it makes at its first use.

The first parse in a process builds schemas of dbt's own types, the same for a project with one node of each kind.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from textwrap import dedent
from typing import Any, TextIO

import dbt.adapters.duckdb
import dbt.task.build  # noqa: F401
from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
from dbt_common.events.event_manager import EventManager


def _dump(value: Any, file: TextIO, **options: Any) -> None:
    """As json.dump, which encodes to a file in Python: dbt writes its manifest at each command."""
    file.write(json.dumps(value, **options))


json.dump = _dump  # type: ignore[assignment]

_make, _fire = BaseEvent.__init__, EventManager.fire_event


def _make_when_read(event: BaseEvent, *args: Any, **values: Any) -> None:
    """Events of level debug, which the project writes nowhere, are a quarter of the time of a build."""
    if isinstance(event, DebugLevel) and not args:
        event.__dict__["_values"] = values
    else:
        _make(event, *args, **values)


def _read(event: BaseEvent, name: str) -> Any:
    if name == "pb_msg":
        if "_values" not in event.__dict__:
            raise AttributeError(name)
        _make(event, **event.__dict__.pop("_values"))
        return event.__dict__["pb_msg"]
    return getattr(event.pb_msg, name)


def _fire_all_but_debug(
    manager: EventManager, e: BaseEvent, level: EventLevel | None = None, *args: Any, **options: Any
) -> None:
    if (level or e.level_tag()) != EventLevel.DEBUG:
        _fire(manager, e, level, *args, **options)


BaseEvent.__init__ = _make_when_read  # type: ignore[method-assign]
BaseEvent.__getattr__ = _read  # type: ignore[method-assign]
EventManager.fire_event = _fire_all_but_debug  # type: ignore[method-assign]

_PROJECT = {
    "dbt_project.yml": "{name: small, profile: small, flags: {send_anonymous_usage_stats: false}}",
    "profiles.yml": "small: {target: here, outputs: {here: {type: duckdb, path: ':memory:'}}}",
    "macros/one.sql": "{% macro one() %}1{% endmacro %}",
    "seeds/numbers.csv": "n\n1\n",
    "tests/no_row.sql": "select n from {{ ref('copies') }} where false",
    "models/copies.sql": "{{ config(materialized='incremental', on_schema_change='fail') }}"
    " select n from {{ source('raw', 'numbers') }}",
    "models/copies.yml": """
        sources: [{name: raw, tables: [{name: numbers}]}]
        models:
          - name: copies
            config: {contract: {enforced: true}}
            columns: [{name: n, data_type: int, data_tests: [not_null, unique]}]
        unit_tests:
          - name: copied
            model: copies
            given: [{input: "source('raw', 'numbers')", rows: [{n: 1}]}]
            expect: {rows: [{n: 1}]}
    """,
}

with tempfile.TemporaryDirectory() as folder:
    for name, text in _PROJECT.items():
        path = Path(folder, name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text))
    # The static parser starts threads, for which a forked process would wait for ever.
    arguments = ["--quiet", "--no-static-parser", "parse", "--project-dir", folder, "--profiles-dir", folder]
    arguments += ["--target-path", f"{folder}/target", "--log-path", f"{folder}/logs"]
    # The second one takes up what the first has parsed, as most commands do.
    for _ in range(2):
        parsed = dbtRunner().invoke(arguments)
        assert parsed.success, parsed.exception

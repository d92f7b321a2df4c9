"""Random rows of raw tables that sit on the borders of the models' rules, and a way to load them.

Around the last Sunday of March 2026, when the clocks of Europe/Berlin are set forward. Rows are by "source.table",
without their origin.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pyarrow as pa

from ingestion.registry import SOURCES
from ingestion.schema import ROW_ORIGIN, arrow_schema

Row = dict[str, Any]
Rows = dict[str, list[Row]]


def add_load(path: str, load_id: str, loaded_at: dt.datetime, rows: Rows) -> None:
    """Append rows to the raw tables of a database file as one completed load of each source."""
    with duckdb.connect(path) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for source in sorted({table.split(".")[0] for table in rows}):
            connection.execute(
                f"insert into raw_{source}._dlt_loads by name"
                " select ? as load_id, ? as schema_name, 0 as status, ? as inserted_at, 'h' as schema_version_hash",
                [load_id, source, loaded_at.replace(tzinfo=dt.UTC)],
            )
        for table, found in rows.items():
            source, resource = table.split(".")
            (spec,) = (spec for spec in SOURCES[source].resources if spec.name == resource)
            schema = arrow_schema(spec.columns | ROW_ORIGIN)
            origin = {"file_id": f"file-{load_id}", "_dlt_load_id": load_id}
            arrived = pa.Table.from_pylist(
                [row | origin | {"line_number": number} for number, row in enumerate(found, start=1)], schema=schema
            )
            connection.register("arrived", arrived)
            connection.execute(f"insert into raw_{source}.{resource} by name select * from arrived")
            connection.unregister("arrived")
